#include "common/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define FRONT_MAX 8192 /* of what was tried: two paths of any length */
#define FRONT_MIN 200  /* so much of it stays in front of the longest cause */

static const struct {
	const char *name;
	int status;
} kinds[] = {
	[EK_OK] = {"ok", 0},
	[EK_USAGE] = {"usage", 125},
	[EK_NOT_FOUND] = {"not-found", 125},
	[EK_EXISTS] = {"exists", 125},
	[EK_IN_USE] = {"in-use", 125},
	[EK_DENIED] = {"denied", 125},
	[EK_INVALID] = {"invalid", 125},
	[EK_NETWORK] = {"network", 125},
	[EK_UNSUPPORTED] = {"unsupported", 125},
	[EK_NO_COMMAND] = {"no-command", 127},
	[EK_NOT_EXECUTABLE] = {"not-executable", 126},
	[EK_SYSTEM] = {"system", 125},
};

/* A message is one line whatever a file name or a server put into it. */
static void err_one_line(char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			*s = ' ';
}

/* An offset into a message; what was cut off begins nowhere. */
static uint16_t err_offset(size_t at)
{
	return at < sizeof(((struct err *)0)->msg) - 1 ? (uint16_t)at : 0;
}

/* Where the advice begins in the text: as far as the format up to it reaches. */
static uint16_t err_find_advice(const char *fmt, va_list ap)
{
	const char *mark = strstr(fmt, "; ");
	char before[sizeof(((struct err *)0)->msg)];
	int n;

	if (!mark || (size_t)(mark - fmt) >= sizeof(before))
		return 0;
	memcpy(before, fmt, (size_t)(mark - fmt));
	before[mark - fmt] = '\0';
	n = vsnprintf(NULL, 0, before, ap);
	return n < 0 ? 0 : err_offset((size_t)n + 2);
}

static void err_fill(struct err *err, enum err_kind kind, int sys, const char *fmt, va_list ap)
{
	char text[sizeof(err->msg)]; /* arguments may point into err->msg */
	va_list again;

	va_copy(again, ap);
	err->fix = err_find_advice(fmt, again);
	va_end(again);
	err->cause = 0;
	vsnprintf(text, sizeof(text), fmt, ap);
	err_one_line(text);
	memcpy(err->msg, text, sizeof(text));
	err->kind = kind;
	err->sys = sys;
}

int err_set(struct err *err, enum err_kind kind, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return -1;
	va_start(ap, fmt);
	err_fill(err, kind, 0, fmt, ap);
	va_end(ap);
	return -1;
}

static enum err_kind err_kind_of(int sys)
{
	switch (sys) {
	case ENOENT:
		return EK_NOT_FOUND;
	case EEXIST:
		return EK_EXISTS;
	case EACCES:
	case EPERM:
		return EK_DENIED;
	case EBUSY:
		return EK_IN_USE;
	default:
		return EK_SYSTEM;
	}
}

/* What was tried, and the cause, as one message. If it is too long, the front loses its middle: the beginning and the end of a
 * path say more than its beginning alone, and the cause more than either. */
static void err_join(struct err *err, const char *front, const char *cause)
{
	size_t len = strlen(front), room = sizeof(err->msg) - 1, head;

	room -= MIN_OF(strlen(cause), room - FRONT_MIN);
	head = (room - 3) / 2;
	if (len <= room)
		snprintf(err->msg, sizeof(err->msg), "%s%s", front, cause);
	else
		snprintf(err->msg, sizeof(err->msg), "%.*s...%s%s", (int)head, front, front + len - (room - 3 - head), cause);
	err->cause = err_offset(MIN_OF(len, room));
}

/* "TRIED: ", and what is said already before the cause. */
static void err_front(char front[FRONT_MAX], const char *said, size_t n, const char *fmt, va_list ap)
{
	size_t len;

	vsnprintf(front, FRONT_MAX - sizeof(((struct err *)0)->msg), fmt, ap);
	err_one_line(front);
	len = strlen(front);
	snprintf(front + len, FRONT_MAX - len, ": %.*s", (int)n, said);
}

static void err_from_sys(struct err *err, int sys, const char *fmt, va_list ap)
{
	char front[FRONT_MAX];
	va_list again;

	va_copy(again, ap);
	err_fill(err, err_kind_of(sys), sys, fmt, ap);
	err_front(front, "", 0, fmt, again);
	va_end(again);
	err_join(err, front, strerror(sys));
}

int err_sys(struct err *err, const char *fmt, ...)
{
	int sys = errno;
	va_list ap;

	if (!err)
		return -1;
	va_start(ap, fmt);
	err_from_sys(err, sys, fmt, ap);
	va_end(ap);
	return -1;
}

int err_neg(struct err *err, int neg, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return -1;
	va_start(ap, fmt);
	err_from_sys(err, -neg, fmt, ap);
	va_end(ap);
	return -1;
}

int err_wrap(struct err *err, const char *fmt, ...)
{
	char front[FRONT_MAX], cause[sizeof(err->msg)];
	size_t at, fix;
	va_list ap;

	if (!err)
		return -1;
	at = err->cause;
	fix = err->fix > at ? err->fix - at : 0;
	snprintf(cause, sizeof(cause), "%s", err->msg + at);
	va_start(ap, fmt);
	err_front(front, err->msg, at, fmt, ap);
	va_end(ap);
	err_join(err, front, cause);
	err->fix = fix ? err_offset(err->cause + fix) : 0;
	return -1;
}

int err_advise(struct err *err, const char *fmt, ...)
{
	char text[sizeof(err->msg)];
	size_t len;
	va_list ap;

	if (!err)
		return -1;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	err_one_line(text);
	len = strlen(err->msg);
	err->fix = err->fix ? err->fix : err_offset(len + 2);
	snprintf(err->msg + len, sizeof(err->msg) - len, "; %s", text);
	return -1;
}

void err_clear(struct err *err)
{
	err->kind = EK_OK;
	err->sys = 0;
	err->cause = err->fix = 0;
	err->msg[0] = '\0';
}

int err_take(struct err *err, const struct err *from)
{
	struct err e = *from;
	size_t len;

	if (!err)
		return -1;
	e.msg[sizeof(e.msg) - 1] = '\0';
	err_one_line(e.msg);
	len = strlen(e.msg);
	if (e.kind == EK_OK || (size_t)e.kind >= ARRAY_SIZE(kinds))
		e.kind = EK_SYSTEM;
	e.cause = e.cause < len ? e.cause : 0;
	e.fix = e.fix >= 2 && e.fix < len ? e.fix : 0;
	*err = e;
	return -1;
}

bool err_lacks_means(const struct err *err)
{
	return err->sys == EMFILE || err->sys == ENFILE || err->sys == ENOMEM;
}

int err_exit_status(const struct err *err)
{
	return (size_t)err->kind < ARRAY_SIZE(kinds) ? kinds[err->kind].status : 125;
}

const char *err_kind_name(enum err_kind kind)
{
	return (size_t)kind < ARRAY_SIZE(kinds) ? kinds[kind].name : "unknown";
}
