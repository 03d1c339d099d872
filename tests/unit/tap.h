/* tap.h - unit tests in TAP (Test Anything Protocol): TAP_OK(cond, name...), then tap_done(). */
#ifndef PODLITE_TAP_H
#define PODLITE_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int tap_count, tap_failed;

__attribute__((format(printf, 4, 5), unused)) static bool tap_check(bool ok, const char *file, int line,
	const char *fmt, ...)
{
	va_list ap;

	printf("%sok %d - ", ok ? "" : "not ", ++tap_count);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	if (!ok) {
		printf("# %s:%d\n", file, line);
		tap_failed++;
	}
	fflush(stdout);
	return ok;
}

#define TAP_OK(cond, ...) tap_check((cond), __FILE__, __LINE__, __VA_ARGS__)
#define TAP_STR(got, want, ...)                                                                    \
	do {                                                                                       \
		const char *g_ = (got), *w_ = (want);                                              \
		if (!tap_check(g_ && w_ && !strcmp(g_, w_), __FILE__, __LINE__, __VA_ARGS__))      \
			printf("# got:  %s\n# want: %s\n", g_ ? g_ : "(null)", w_ ? w_ : "(null)"); \
	} while (0)

__attribute__((unused)) static int tap_done(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed ? 1 : 0;
}

#endif
