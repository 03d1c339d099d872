#include "podlite/format_time.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/units.h"

#define STRING_LAYOUT "2006-01-02 15:04:05.999999999 -0700 MST"
#define ZERO_SECONDS  (-62135596800) /* the year 1 */

static bool parse(const struct jval *v, struct units_stamp *t, struct tm *tm)
{
	time_t local;

	if (jval_type(v) != JV_STRING || !units_parse_stamp(jval_str(v, ""), t))
		return false;
	local = (time_t)(t->sec + t->offset);
	return gmtime_r(&local, tm) != NULL;
}

/* What the reference time has there, and how the C library says it. A longer one is before its beginning. */
static const struct {
	const char *layout, *c;
} chunks[] = {
	{"January", "%B"}, {"Jan", "%b"}, {"Monday", "%A"}, {"Mon", "%a"}, {"2006", "%Y"}, {"002", "%j"},
	{"01", "%m"}, {"02", "%d"}, {"03", "%I"}, {"04", "%M"}, {"05", "%S"}, {"06", "%y"}, {"15", "%H"}, {"PM", "%p"},
	{"pm", "%P"}, {"_2", "%e"},
	/* without a leading zero */
	{"1", "%m"}, {"2", "%d"}, {"3", "%I"}, {"4", "%M"}, {"5", "%S"},
};

static const char *const zones[] = {"Z07:00", "Z0700", "Z07", "-07:00", "-0700", "-07"};

static void add_zone(const struct units_stamp *t, const char *layout, struct sbuf *b)
{
	long at = labs(t->offset);

	if (*layout == 'Z' && !t->offset) {
		sbuf_addch(b, 'Z');
		return;
	}
	sbuf_addf(b, "%c%02ld", t->offset < 0 ? '-' : '+', at / 3600);
	if (strlen(layout) > 3)
		sbuf_addf(b, "%s%02ld", strchr(layout, ':') ? ":" : "", at / 60 % 60);
}

/* ".000" has so many digits, ".999" as many as are not zero at the end. 0: p is no fraction. */
static size_t add_fraction(const struct units_stamp *t, const char *p, struct sbuf *b)
{
	size_t n = *p == '.' || *p == ',' ? strspn(p + 1, p[1] == '0' ? "0" : "9") : 0;
	char digits[16];
	size_t keep = MIN_OF(n, 9);

	if (!n || (p[1 + n] >= '0' && p[1 + n] <= '9'))
		return 0;
	snprintf(digits, sizeof(digits), "%09u", (unsigned)t->nsec % 1000000000);
	while (p[1] == '9' && keep && digits[keep - 1] == '0')
		keep--;
	if (keep)
		sbuf_addf(b, "%c%.*s", *p, (int)keep, digits);
	return 1 + n;
}

static void add_number(const struct tm *tm, const char *layout, const char *c, struct sbuf *b)
{
	char text[32] = "";

	if (!strcmp(layout, "2006")) {
		sbuf_addf(b, "%04d", tm->tm_year + 1900);
		return;
	}
	strftime(text, sizeof(text), c, tm);
	sbuf_addstr(b, text + (!layout[1] && *text == '0'));
}

/* One element of the layout at p; how long it is. */
static size_t add_chunk(const struct units_stamp *t, const struct tm *tm, const char *p, struct sbuf *b)
{
	size_t n = add_fraction(t, p, b);

	if (n)
		return n;
	if (!strncmp(p, "MST", 3)) {
		sbuf_addstr(b, t->zone);
		return 3;
	}
	for (size_t i = 0; i < ARRAY_SIZE(zones); i++) {
		n = strlen(zones[i]);
		if (strncmp(p, zones[i], n))
			continue;
		add_zone(t, zones[i], b);
		return n;
	}
	for (size_t i = 0; i < ARRAY_SIZE(chunks); i++) {
		n = strlen(chunks[i].layout);
		if (strncmp(p, chunks[i].layout, n))
			continue;
		if (n == 3 && p[n] >= 'a' && p[n] <= 'z') /* "Month" is a word */
			continue;
		add_number(tm, chunks[i].layout, chunks[i].c, b);
		return n;
	}
	sbuf_addch(b, *p);
	return 1;
}

struct jval *format_time_format(const struct jval *v, const char *layout)
{
	auto_sbuf struct sbuf b = SBUF_INIT;
	struct units_stamp t;
	struct tm tm;

	if (!parse(v, &t, &tm))
		return NULL;
	while (*layout)
		layout += add_chunk(&t, &tm, layout, &b);
	return jval_new_strn(b.buf, b.len);
}

struct jval *format_time_get(const struct jval *v, const char *method)
{
	struct units_stamp t;
	struct tm tm;

	if (!parse(v, &t, &tm))
		return NULL;
	const struct {
		const char *name;
		int64_t value;
	} numbers[] = {
		{"Unix", t.sec}, {"UnixMilli", t.sec * 1000 + t.nsec / 1000000},
		/* as Go: what 64 bits do not hold wraps */
		{"UnixNano", (int64_t)((uint64_t)t.sec * 1000000000 + (uint64_t)t.nsec)},
		{"Year", tm.tm_year + 1900}, {"Day", tm.tm_mday}, {"Hour", tm.tm_hour}, {"Minute", tm.tm_min},
		{"Second", tm.tm_sec},
	};

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		if (!strcmp(method, numbers[i].name))
			return jval_new_int(numbers[i].value);
	if (!strcmp(method, "Month"))
		return format_time_format(v, "January");
	if (!strcmp(method, "String"))
		return format_time_format(v, STRING_LAYOUT);
	return !strcmp(method, "IsZero") ? jval_new_bool(t.sec == ZERO_SECONDS && !t.nsec) : NULL;
}
