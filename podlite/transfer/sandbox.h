/*
 * sandbox.h - what podlite-transfer gives up before it speaks with anybody: capabilities but those
 * that file ownership needs, and by Landlock (where the kernel has it) every file but the store,
 * and for reading the system's libraries, certificates and resolver configuration; and every system
 * call that is not on a list (sandbox.c).
 */
#ifndef PODLITE_SANDBOX_H
#define PODLITE_SANDBOX_H

#include "common/svec.h"
#include "storage/store.h"

/* s: NULL for no store. readable: further files and directories, such as client certificates; missing ones are skipped. */
int sandbox_enter(const struct store *s, const struct svec *readable, struct err *err) __must_check;
/* The same; below the directory dirfd, if not -1, files are made too. */
int sandbox_enter_dir(const struct store *s, const struct svec *readable, int dirfd, struct err *err) __must_check;
/* Without a store, but with the right to read what others keep closed, where the process has it: for who only looks at
 * `readable`, on this host alone. */
int sandbox_enter_reader(const struct svec *readable, struct err *err) __must_check;
/* The last part of it, for its test: the filter of system calls. no_new_privs must be set. */
int sandbox_filter(struct err *err) __must_check;

#endif
