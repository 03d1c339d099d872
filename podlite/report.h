/*
 * report.h - what programs are told beside the output: podlite-scripting(7) has the format.
 *
 * Errors go to standard error, as a line of text or as an object of JSON (--error-format). With
 * --status-fd, events go to a descriptor of their own, where nothing of the container mingles with
 * them: one object a line, each one write, the last one "exit". A reader who is slow or gone loses
 * lines, those of progress first; the command goes on.
 */
#ifndef PODLITE_REPORT_H
#define PODLITE_REPORT_H

#include "podlite/context.h"
#include "podlite/transfer/request.h"

#define REPORT_VERSION 1 /* of all JSON that podlite prints: raised when a key goes or changes its meaning */

/* Take over the descriptor of --status-fd; an error if it is none. */
int report_open(struct context *c, struct err *err) __must_check;
/* Is that descriptor one of those that the container gets (bit N: descriptor N)? It could forge events. */
int report_check_preserved(const struct context *c, uint64_t preserve, struct err *err) __must_check;
/* For main, and for commands that go on with their next argument after an error. Nothing is said of
 * a reader of standard output that went away (EPIPE). */
void report_error(struct context *c, const struct err *err);
/* one joins what went wrong before in *last: all but the last are told here, main tells that one. */
void report_but_last(struct context *c, struct err *last, const struct err *one);
void report_container(struct context *c, const char *id); /* it was made */
void report_started(struct context *c, const char *id, int64_t pid);
void report_image(struct context *c, const char *id, const char *name); /* it was pulled */
/* operation: "pull", "push", "download"; name: of the image or URL, as it was given. */
void report_progress(struct context *c, const char *operation, const char *name, const struct request_progress *p);
/* podlite ends with this status: the container's if c->status_is_containers. */
void report_exit(struct context *c, int status);

#endif
