/*
 * alloc.h - allocation that cannot fail: out of memory ends the program with a message.
 *
 * Not for code between clone and exec, nor for a monitor's steady state (architecture: the
 * monitor allocates nothing after "running").
 */
#ifndef PODLITE_ALLOC_H
#define PODLITE_ALLOC_H

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/base.h"

__noreturn void alloc_die(void);                  /* says so and exits with 125; for what a library could not allocate */
void *alloc_bytes(size_t n);                      /* uninitialised */
void *alloc_zero(size_t n, size_t size);          /* zeroed; overflow of n * size aborts */
void *alloc_resize(void *p, size_t n, size_t size);
char *alloc_str(const char *s);                   /* NULL gives NULL */
char *alloc_strn(const char *s, size_t n);
char *alloc_fmt(const char *fmt, ...) __printf(1, 2);
char *alloc_vfmt(const char *fmt, va_list ap) __printf(1, 0);

#define xmalloc(n)         alloc_bytes(n)
#define xcalloc(n, size)   alloc_zero(n, size)
#define xrealloc(p, n, sz) alloc_resize(p, n, sz)
#define xstrdup(s)         alloc_str(s)
#define xstrndup(s, n)     alloc_strn(s, n)
#define xasprintf(...)     alloc_fmt(__VA_ARGS__)
#define new0(type)         ((type *)alloc_zero(1, sizeof(type)))

static inline void alloc_freep(void *p)
{
	void **pp = p;

	free(*pp);
	*pp = NULL;
}
#define auto_free auto_cleanup(alloc_freep)

#endif
