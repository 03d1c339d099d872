/*
 * report.h - what programs are told beside the output: podlite-scripting(7) has the format.
 *
 * Errors go to standard error, as a line of text or as an object of JSON (--error-format). With
 * --status-fd, events go to a descriptor of their own, where nothing of the container mingles with
 * them: one object a line, each one write, the last one "exit".
 */
#ifndef PODLITE_REPORT_H
#define PODLITE_REPORT_H

#include "podlite/context.h"

#define REPORT_VERSION 1 /* of all JSON that podlite prints: raised when a key goes or changes its meaning */

/* Take over the descriptor of --status-fd; an error if it is none. */
int report_open(struct context *c, struct err *err) __must_check;
/* Is that descriptor one of those that the container gets (bit N: descriptor N)? It could forge events. */
int report_check_preserved(const struct context *c, uint64_t preserve, struct err *err) __must_check;
/* For main, and for commands that go on with their next argument after an error. Nothing is said of
 * a reader of standard output that went away (EPIPE). */
void report_error(const struct context *c, const struct err *err);
void report_container(const struct context *c, const char *id); /* it was made */
/* podlite ends with this status: the container's if c->status_is_containers. */
void report_exit(const struct context *c, int status);

#endif
