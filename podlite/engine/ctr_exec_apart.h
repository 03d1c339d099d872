/*
 * ctr_exec_apart.h - a command that may outlive its client: `exec -d`, and one that is detached from by
 * keys. A fork of us runs it and waits for it, since only its parent learns how it ends and a command
 * with a client ends with its parent; we are the client that may go.
 */
#ifndef PODLITE_ENGINE_CTR_EXEC_APART_H
#define PODLITE_ENGINE_CTR_EXEC_APART_H

#include "common/err.h"

/* run in the fork, with the descriptor for ctr_exec_apart_let_go. Until then signals that reach us are
 * handed on to it, and it ends with us. *ret_code: its result, 0 when it let go; *ret_ended: which. */
int ctr_exec_apart(int (*run)(void *arg, int told, int *ret_code, struct err *err), void *arg, int *ret_code, bool *ret_ended, struct err *err) __must_check;
/* In the fork: the client returns; what was his (streams, session, descriptors) is let go of. */
void ctr_exec_apart_let_go(int told);

#endif
