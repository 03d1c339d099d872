/* base.h - attributes and ownership macros shared by every file, and a test of strings that libc lacks; header only. */
#ifndef PODLITE_BASE_H
#define PODLITE_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <string.h>

#define __must_check  __attribute__((warn_unused_result))
#define __printf(a, b) __attribute__((format(printf, a, b)))
#define __noreturn    __attribute__((noreturn))
#define __unused      __attribute__((unused))

#define SWAP(a, b) do { __typeof__(a) swap_ = (a); (a) = (b); (b) = swap_; } while (0)
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define MIN_OF(a, b)  ((a) < (b) ? (a) : (b))
#define MAX_OF(a, b)  ((a) > (b) ? (a) : (b))

static inline bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), k = strlen(end);

	return n >= k && !strcmp(s + n - k, end);
}

/* Run fn on a local when it leaves scope. The local must be initialised at its declaration. */
#define auto_cleanup(fn) __attribute__((cleanup(fn)))

/*
 * DEFINE_AUTO(type, fn): defines type_autop(struct type **), so that
 * `auto_cleanup(type_autop) struct type *x = NULL;` ends in fn(x). fn accepts NULL.
 */
#define DEFINE_AUTO(type, fn)                                                                      \
	static inline __unused void type##_autop(struct type **p)                                  \
	{                                                                                          \
		fn(*p);                                                                            \
	}

/* Move a pointer or descriptor out of an auto_ variable. */
#define take_ptr(p)                                                                                \
	({                                                                                         \
		__typeof__(p) taken_ = (p);                                                        \
		(p) = NULL;                                                                        \
		taken_;                                                                            \
	})
#define take_fd(fd)                                                                                \
	({                                                                                         \
		int taken_ = (fd);                                                                 \
		(fd) = -1;                                                                         \
		taken_;                                                                            \
	})

#endif
