#include "common/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/sbuf.h"

/* The one mutable file-scope state the conventions allow beside the signal flag. */
static struct {
	enum log_level level;
	int fd;
} sink = {LOG_WARN_, STDERR_FILENO};

static const char *const names[] = {"error", "warning", "info", "debug", "trace"};

void log_setup(enum log_level level, int fd)
{
	sink.level = level;
	sink.fd = fd;
}

int log_parse_level(const char *name)
{
	if (!strcmp(name, "warn"))
		return LOG_WARN_;
	if (!strcmp(name, "fatal") || !strcmp(name, "panic"))
		return LOG_ERROR_;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(name, names[i]))
			return (int)i;
	return -1;
}

bool log_enabled(enum log_level level)
{
	return level <= sink.level;
}

void log_line(enum log_level level, const char *fmt, ...)
{
	char line[1024];
	int saved = errno;
	size_t len;
	va_list ap;

	if (!log_enabled(level))
		return;
	snprintf(line, sizeof(line), "podlite: %s: ", names[level]);
	len = strlen(line);
	va_start(ap, fmt);
	vsnprintf(line + len, sizeof(line) - len - 1, fmt, ap);
	va_end(ap);
	sbuf_blank_unsafe(line); /* names of files are whatever their maker wanted (threats.md M11) */
	len = strlen(line);
	line[len++] = '\n';
	ssize_t r __unused = write(sink.fd, line, len);
	errno = saved;
}
