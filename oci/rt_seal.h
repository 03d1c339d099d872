/*
 * rt_seal.h - a program whose file nobody inside a container can write (threats.md V1, M4).
 *
 * A container can make whatever joins or starts it execute /proc/self/exe, and then hold that
 * file: where the file belongs to the user who is root in the container, it could be overwritten.
 * A program that will call rt_create or rt_exec therefore begins with rt_seal_exe, which, if its
 * file is writable for its user, executes it again from a sealed copy in memory.
 */
#ifndef PODLITE_RT_SEAL_H
#define PODLITE_RT_SEAL_H

#include "common/err.h"

/* First in main, before anything is entered or opened. 0: this process is safe as it is. Otherwise
 * it does not return, or -1. The path of the original is then in $PODLITE_EXE, since
 * /proc/self/exe no longer tells. */
int rt_seal_exe(char *const *argv, struct err *err) __must_check;

#endif
