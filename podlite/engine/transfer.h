/*
 * transfer.h - running podlite-transfer, the worker that speaks with registries.
 *
 * It needs the user namespace; the caller does not, and must not enter it for this: what it execs
 * later (the monitor) belongs outside. So a child enters and starts the worker.
 */
#ifndef PODLITE_TRANSFER_H
#define PODLITE_TRANSFER_H

#include "podlite/context.h"
#include "podlite/engine/img.h"
#include "podlite/transfer/request.h"

/* One request, answered; an error in the answer is the error of the call. rq needs op and name, root
 * where the operation works on the store; strings are borrowed. Progress goes to stderr. */
int transfer_ask(struct context *c, const struct request *rq, struct request_answer *ret, struct err *err) __must_check;
/* With an archive that the worker reads or writes, or -1; borrowed. */
int transfer_ask_file(struct context *c, const struct request *rq, int file, struct request_answer *ret, struct err *err) __must_check;
/* Everything that was pulled (with all_tags: several). */
int transfer_run(struct context *c, const char *text, const struct img_pull_opts *o, struct request_answer *ret,
	struct err *err) __must_check;

#endif
