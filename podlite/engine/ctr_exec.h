/*
 * ctr_exec.h - another process in a running container.
 *
 * No monitor is started: the process is a child of this podlite, or of a fork of it where it may go on
 * without its client (ctr_exec_apart.h). Standard input, output and error go straight to the process where they
 * are pipes or /dev/null; anything else (a terminal, a file) is relayed, so that the container
 * never holds a descriptor of the caller's terminal or files (threats.md V2, V21).
 */
#ifndef PODLITE_ENGINE_CTR_EXEC_H
#define PODLITE_ENGINE_CTR_EXEC_H

#include "podlite/engine/ctr_record.h"

struct exec_opts {
	bool detach, interactive, tty, privileged;
	const char *user, *workdir;     /* NULL: the container's */
	const struct svec *env;         /* NAME=VALUE, already resolved against ours */
	const char *detach_keys;        /* "" : none */
	uint64_t preserve;              /* as struct start_opts */
	char *const *argv;
	int told;                       /* ours, of ctr_exec_apart.h */
};

/* ret_code: exit status of the process; 0 at once when detached. */
int ctr_exec(struct context *c, const char *id, const struct exec_opts *o, int *ret_code, struct err *err) __must_check;

#endif
