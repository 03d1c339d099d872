#include "monitor/logfile.h"

#include <string.h>

#include "common/units.h"

static char *put_digits(char *p, unsigned value, unsigned digits)
{
	for (unsigned i = digits; i > 0; i--, value /= 10)
		p[i - 1] = (char)('0' + value % 10);
	return p + digits;
}

/* Proleptic Gregorian date of a day number since 1970 (eras of 400 years that begin in March). */
static void civil(int64_t days, unsigned *year, unsigned *month, unsigned *day)
{
	int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097;
	unsigned doe = (unsigned)(z - era * 146097);
	unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	unsigned mp = (5 * doy + 2) / 153;

	*day = doy - (153 * mp + 2) / 5 + 1;
	*month = mp < 10 ? mp + 3 : mp - 9;
	*year = (unsigned)((int64_t)yoe + era * 400 + (*month <= 2));
}

void logfile_stamp(int64_t time_ns, char ret[LOGFILE_STAMP_LEN + 1])
{
	int64_t sec = time_ns / 1000000000;
	unsigned ns = (unsigned)(time_ns % 1000000000), s = (unsigned)(sec % 86400);
	unsigned year, month, day;
	char *p = ret;

	civil(sec / 86400, &year, &month, &day);
	p = put_digits(p, year, 4);
	*p++ = '-';
	p = put_digits(p, month, 2);
	*p++ = '-';
	p = put_digits(p, day, 2);
	*p++ = 'T';
	p = put_digits(p, s / 3600, 2);
	*p++ = ':';
	p = put_digits(p, s / 60 % 60, 2);
	*p++ = ':';
	p = put_digits(p, s % 60, 2);
	*p++ = '.';
	p = put_digits(p, ns, 9);
	*p++ = 'Z';
	*p = '\0';
}

/* ---- writing ---- */

static char *put(char *p, const char *s, size_t n)
{
	memcpy(p, s, n);
	return p + n;
}
#define PUT(p, literal) put(p, literal, sizeof(literal) - 1)

/* Length of the valid UTF-8 sequence at s, 0 if there is none. *ret_cut: it is valid so far but
 * ends with the input. */
static size_t utf8_len(const unsigned char *s, size_t n, bool *ret_cut)
{
	static const unsigned char lo[] = {0x80, 0xa0, 0x90}, hi[] = {0xbf, 0x9f, 0x8f};
	size_t want = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : s[0] < 0xf5 ? 4 : 0;
	unsigned char min = lo[s[0] == 0xe0 ? 1 : s[0] == 0xf0 ? 2 : 0];
	unsigned char max = hi[s[0] == 0xed ? 1 : s[0] == 0xf4 ? 2 : 0];

	*ret_cut = false;
	for (size_t i = 1; i < want; i++) {
		if (i >= n) {
			*ret_cut = true;
			return 0;
		}
		if (s[i] < (i == 1 ? min : 0x80) || s[i] > (i == 1 ? max : 0xbf))
			return 0;
	}
	return want;
}

size_t logfile_utf8_tail(const char *text, size_t len)
{
	for (size_t back = 1; back <= 3 && back <= len; back++) {
		const unsigned char *s = (const unsigned char *)text + len - back;
		bool cut;

		if (*s < 0x80)
			return 0;
		if (*s < 0xc0)
			continue;
		utf8_len(s, back, &cut);
		return cut ? back : 0;
	}
	return 0;
}

static char *put_escaped(char *p, unsigned char c)
{
	static const char digits[] = "0123456789abcdef";

	switch (c) {
	case '"':
		return PUT(p, "\\\"");
	case '\\':
		return PUT(p, "\\\\");
	case '\n':
		return PUT(p, "\\n");
	case '\r':
		return PUT(p, "\\r");
	case '\t':
		return PUT(p, "\\t");
	default:
		p = PUT(p, "\\u00");
		*p++ = digits[c >> 4];
		*p++ = digits[c & 15];
		return p;
	}
}

static char *put_json_text(char *p, const char *text, size_t len)
{
	const unsigned char *s = (const unsigned char *)text, *end = s + len;

	while (s < end) {
		const unsigned char *run = s;
		size_t n = 1;
		bool cut;

		while (s < end && *s >= 0x20 && *s < 0x7f && *s != '"' && *s != '\\')
			s++;
		p = put(p, (const char *)run, (size_t)(s - run));
		if (s == end)
			break;
		if (*s >= 0x80)
			n = utf8_len(s, (size_t)(end - s), &cut);
		if (!n)
			p = PUT(p, "\\ufffd");
		else if (n > 1)
			p = put(p, (const char *)s, n);
		else
			p = put_escaped(p, *s);
		s += n ? n : 1;
	}
	return p;
}

size_t logfile_format_at(char *buf, bool json, const char *stamp, bool is_stderr, bool partial,
	const char *text, size_t len)
{
	char *p = buf;

	if (!json) {
		p = put(p, stamp, LOGFILE_STAMP_LEN);
		p = is_stderr ? PUT(p, " stderr ") : PUT(p, " stdout ");
		p = partial ? PUT(p, "P ") : PUT(p, "F ");
		p = put(p, text, len);
		*p++ = '\n';
		return (size_t)(p - buf);
	}
	p = PUT(p, "{\"log\":\"");
	p = put_json_text(p, text, len);
	if (!partial)
		p = PUT(p, "\\n");
	p = is_stderr ? PUT(p, "\",\"stream\":\"stderr\",\"time\":\"") : PUT(p, "\",\"stream\":\"stdout\",\"time\":\"");
	p = put(p, stamp, LOGFILE_STAMP_LEN);
	p = PUT(p, "\"}\n");
	return (size_t)(p - buf);
}

size_t logfile_format(char *buf, size_t size, bool json, int64_t time_ns, bool is_stderr, bool partial,
	const char *text, size_t len)
{
	char stamp[LOGFILE_STAMP_LEN + 1];

	if (size < LOGFILE_ROOM(json, len))
		return 0;
	logfile_stamp(time_ns, stamp);
	return logfile_format_at(buf, json, stamp, is_stderr, partial, text, len);
}

/* ---- reading ---- */

static bool parse_time(const char *s, size_t n, int64_t *ret)
{
	char text[48];

	if (n < 20 || n >= sizeof(text) || memchr(s, '\0', n) || s[4] != '-' || s[10] != 'T')
		return false;
	memcpy(text, s, n);
	text[n] = '\0';
	return units_parse_time(text, 0, ret);
}

static bool parse_stream(const char *s, size_t n, bool *ret_stderr)
{
	*ret_stderr = n == 6 && !memcmp(s, "stderr", 6);
	return *ret_stderr || (n == 6 && !memcmp(s, "stdout", 6));
}

static bool parse_k8s(const char *line, size_t n, struct logfile_record *ret)
{
	const char *end = line + n;
	const char *sp = memchr(line, ' ', n);
	const char *stream = sp ? sp + 1 : end;
	const char *flag;

	if (!sp || end - stream < 9 || stream[6] != ' ')
		return false;
	flag = stream + 7;
	/* the CRI allows more tags after the first, "P:x"; nobody writes any */
	if ((*flag != 'F' && *flag != 'P') || flag[1] != ' ')
		return false;
	if (!parse_time(line, (size_t)(sp - line), &ret->time_ns) || !parse_stream(stream, 6, &ret->is_stderr))
		return false;
	ret->partial = *flag == 'P';
	ret->text = flag + 2;
	ret->len = (size_t)(end - ret->text);
	return true;
}

static int hex4(const char *s, const char *end)
{
	int v = 0;

	if (end - s < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int c = s[i], d = c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;

		if (d < 0)
			return -1;
		v = v * 16 + d;
	}
	return v;
}

/* The four digits after \u, and a second half where the first asks for it. */
static const char *unicode_escape(const char *s, const char *end, struct sbuf *out)
{
	int a = hex4(s, end), b;

	if (a < 0)
		return NULL;
	s += 4;
	if (a >= 0xd800 && a < 0xdc00 && end - s >= 6 && s[0] == '\\' && s[1] == 'u') {
		b = hex4(s + 2, end);
		if (b >= 0xdc00 && b < 0xe000) {
			sbuf_add_utf8(out, 0x10000 + ((unsigned)(a - 0xd800) << 10) + (unsigned)(b - 0xdc00));
			return s + 6;
		}
	}
	sbuf_add_utf8(out, a >= 0xd800 && a < 0xe000 ? 0xfffd : (unsigned)a);
	return s;
}

static const char *escape(const char *s, const char *end, struct sbuf *out)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *at;

	if (s >= end)
		return NULL;
	if (*s == 'u')
		return unicode_escape(s + 1, end, out);
	at = *s ? strchr(from, *s) : NULL;
	if (!at)
		return NULL;
	sbuf_addch(out, to[at - from]);
	return s + 1;
}

/* A JSON string at s, decoded; returns behind its closing quote. Unlike jval it may hold NUL:
 * containers print what they like. */
static const char *json_string(const char *s, const char *end, struct sbuf *out)
{
	if (s >= end || *s++ != '"')
		return NULL;
	while (s && s < end && *s != '"') {
		const char *run = s;

		while (s < end && *s != '"' && *s != '\\')
			s++;
		sbuf_add(out, run, (size_t)(s - run));
		if (s < end && *s == '\\')
			s = escape(s + 1, end, out);
	}
	return s && s < end ? s + 1 : NULL;
}

static const char *skip_blank(const char *s, const char *end)
{
	while (s && s < end && (*s == ' ' || *s == '\t'))
		s++;
	return s;
}

/* Skips a value that is not a string ("attrs": {...}). */
static const char *skip_value(const char *s, const char *end)
{
	int depth = 0;

	for (; s && s < end; s++) {
		if (*s == '"') {
			auto_sbuf struct sbuf unused = SBUF_INIT;

			s = json_string(s, end, &unused);
			if (!s)
				return NULL;
			s--;
		} else if (*s == '{' || *s == '[') {
			depth++;
		} else if ((*s == '}' || *s == ']') && depth) {
			depth--;
		} else if (!depth && (*s == ',' || *s == '}')) {
			return s;
		}
	}
	return NULL;
}

struct json_seen {
	bool log, stream, time;
};

/* One member; the value of "log" stays at the front of text, others are cut off again. */
static const char *json_member(const char *s, const char *end, struct sbuf *text, size_t *log_len,
	struct logfile_record *ret, struct json_seen *seen)
{
	auto_sbuf struct sbuf key = SBUF_INIT, value = SBUF_INIT;
	bool is_log;

	s = skip_blank(json_string(skip_blank(s, end), end, &key), end);
	if (!s || s >= end || *s != ':')
		return NULL;
	s = skip_blank(s + 1, end);
	is_log = !strcmp(key.buf, "log") && !seen->log;
	if (s >= end || *s != '"')
		return skip_value(s, end);
	s = json_string(s, end, is_log ? text : &value);
	if (!s)
		return NULL;
	if (is_log) {
		seen->log = true;
		*log_len = text->len;
	} else if (!strcmp(key.buf, "stream")) {
		seen->stream = parse_stream(value.buf, value.len, &ret->is_stderr);
	} else if (!strcmp(key.buf, "time")) {
		seen->time = parse_time(value.buf, value.len, &ret->time_ns);
	}
	return s;
}

static bool parse_json(const char *line, size_t n, struct sbuf *scratch, struct logfile_record *ret)
{
	const char *end = line + n, *s = skip_blank(line, end);
	struct json_seen seen = {false, false, false};
	size_t log_len = 0;

	sbuf_reset(scratch);
	if (s >= end || *s != '{')
		return false;
	do {
		s = skip_blank(json_member(s + 1, end, scratch, &log_len, ret, &seen), end);
		if (!s || s >= end || (*s != ',' && *s != '}'))
			return false;
	} while (*s == ',');
	if (!seen.log || !seen.stream || !seen.time)
		return false;
	ret->partial = !log_len || scratch->buf[log_len - 1] != '\n';
	ret->text = scratch->buf;
	ret->len = log_len - !ret->partial;
	return true;
}

bool logfile_parse(const char *line, size_t n, bool json, struct sbuf *scratch, struct logfile_record *ret)
{
	struct logfile_record r = {.time_ns = 0};

	if (!(json ? parse_json(line, n, scratch, &r) : parse_k8s(line, n, &r)))
		return false;
	*ret = r;
	return true;
}
