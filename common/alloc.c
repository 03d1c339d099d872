#include "common/alloc.h"

#include <stdio.h>
#include <unistd.h>

void alloc_die(void)
{
	static const char msg[] = "podlite: out of memory\n";
	ssize_t r __unused = write(STDERR_FILENO, msg, sizeof(msg) - 1);

	_exit(125);
}

void *alloc_bytes(size_t n)
{
	void *p = malloc(n ? n : 1);

	if (!p)
		alloc_die();
	return p;
}

void *alloc_zero(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size ? size : 1);

	if (!p)
		alloc_die();
	return p;
}

void *alloc_resize(void *p, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		alloc_die();
	p = realloc(p, bytes ? bytes : 1);
	if (!p)
		alloc_die();
	return p;
}

char *alloc_str(const char *s)
{
	return s ? alloc_strn(s, strlen(s)) : NULL;
}

char *alloc_strn(const char *s, size_t n)
{
	size_t len = strnlen(s, n);
	char *p = alloc_bytes(len + 1);

	memcpy(p, s, len);
	p[len] = '\0';
	return p;
}

char *alloc_vfmt(const char *fmt, va_list ap)
{
	char *p = NULL;

	if (vasprintf(&p, fmt, ap) < 0)
		alloc_die();
	return p;
}

char *alloc_fmt(const char *fmt, ...)
{
	va_list ap;
	char *p;

	va_start(ap, fmt);
	p = alloc_vfmt(fmt, ap);
	va_end(ap);
	return p;
}
