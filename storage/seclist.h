/*
 * seclist.h - a seccomp filter from a list of system calls (threats.md M7): what is not on it is not
 * there (ENOSYS), whatever a later kernel has. For programs that parse what strangers wrote and have
 * done everything else by then.
 *
 * On top of the list: mmap and mprotect that give no executable memory (code_files: mmap of files may,
 * for libraries that libc loads on demand), and clone for threads only.
 */
#ifndef PODLITE_SECLIST_H
#define PODLITE_SECLIST_H

#include "common/err.h"

/* A sanitizer needs room and calls that such a process must not have: nothing is installed then. */
#if defined __has_feature
#if __has_feature(address_sanitizer)
#define SECLIST_SANITIZED 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define SECLIST_SANITIZED 1
#endif

/* For this thread and those it starts later; no_new_privs must be set. At most SECLIST_MAX calls. */
#define SECLIST_MAX 250
int seclist_install(const int *allowed, size_t n, bool code_files, struct err *err) __must_check;

#endif
