#include "quadlet/unit.h"

#include <fcntl.h>
#include <string.h>

#include "common/alloc.h"
#include "common/fs.h"

#define SPACE " \t\r\n"

/* ---- making ---- */

static struct unit_section *section_find(const struct unit *u, const char *name)
{
	for (size_t i = 0; i < u->n; i++)
		if (!strcmp(u->v[i].name, name))
			return &u->v[i];
	return NULL;
}

static struct unit_section *section_make(struct unit *u, const char *name)
{
	struct unit_section *s = section_find(u, name);

	if (s)
		return s;
	u->v = xrealloc(u->v, u->n + 1, sizeof(*u->v));
	u->v[u->n] = (struct unit_section){.name = xstrdup(name)};
	return &u->v[u->n++];
}

/* Nothing between the quotes is looked at: "a "b" c" is a "b" c, as for podman. */
static char *without_quotes(char *value)
{
	size_t n = strlen(value);

	return n >= 2 && value[0] == '"' && value[n - 1] == '"' ? xstrndup(value + 1, n - 2) : value;
}

static void append(struct unit_section *s, char *key, char *value, const char *path, unsigned line)
{
	if (!(s->n & (s->n - 1))) /* room doubles at each power of two */
		s->v = xrealloc(s->v, s->n ? 2 * s->n : 1, sizeof(*s->v));
	s->v[s->n++] = (struct unit_entry){.key = key, .value = value, .single = without_quotes(value), .path = path, .line = line};
}

void unit_add(struct unit *u, const char *section, const char *key, const char *value)
{
	append(section_make(u, section), xstrdup(key), xstrdup(value), NULL, 0);
}

void unit_addf(struct unit *u, const char *section, const char *key, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	append(section_make(u, section), xstrdup(key), alloc_vfmt(fmt, ap), NULL, 0);
	va_end(ap);
}

void unit_done(struct unit *u)
{
	for (size_t i = 0; i < u->n; i++) {
		for (size_t k = 0; k < u->v[i].n; k++) {
			struct unit_entry *e = &u->v[i].v[k];

			if (e->single != e->value)
				free(e->single);
			free(e->key);
			free(e->value);
		}
		free(u->v[i].v);
		free(u->v[i].name);
	}
	free(u->v);
	svec_done(&u->paths);
	*u = (struct unit)UNIT_INIT;
}

/* ---- parsing ---- */

struct reader {
	const char *path, *at, *end;
	unsigned line;              /* of what next_line returned last */
	struct unit *unit;
	const char *section;        /* its name, or NULL before the first */
	struct svec *errors;
};

static void complain(const struct reader *r, unsigned line, const char *what)
{
	svec_addf(r->errors, "%s:%u: %s", r->path, line, what);
}

/* One physical line without its end and without spaces around; false at the end of the text. */
static bool next_line(struct reader *r, const char **ret, size_t *n)
{
	const char *nl, *s = r->at, *e;

	if (r->at >= r->end)
		return false;
	nl = memchr(s, '\n', (size_t)(r->end - s));
	e = nl ? nl : r->end;
	r->at = nl ? nl + 1 : r->end;
	r->line++;
	while (s < e && strchr(SPACE, *s))
		s++;
	while (e > s && strchr(SPACE, e[-1]))
		e--;
	*ret = s;
	*n = (size_t)(e - s);
	return true;
}

/* By a backslash at its end that is not itself escaped. */
static bool continues(const char *s, size_t n)
{
	size_t k = 0;

	while (k < n && s[n - 1 - k] == '\\')
		k++;
	return k % 2;
}

/* A line with those that continue it, joined by spaces. */
static bool logical_line(struct reader *r, struct sbuf *ret, unsigned *ret_first)
{
	bool more = false;
	const char *s;
	size_t n;

	sbuf_reset(ret);
	while (next_line(r, &s, &n)) {
		bool note = n && (*s == '#' || *s == ';');

		if (!more)
			*ret_first = r->line;
		if (note || (!n && !more)) {
			if (!more)
				return true; /* empty */
			continue;
		}
		more = continues(s, n);
		sbuf_add(ret, s, more ? n - 1 : n);
		if (!more)
			return true;
		sbuf_addch(ret, ' ');
	}
	return more;
}

static bool key_ok(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!((s[i] | 32) >= 'a' && (s[i] | 32) <= 'z') && !(s[i] >= '0' && s[i] <= '9') && s[i] != '-' && s[i] != '_')
			return false;
	return n > 0;
}

static void take_section(struct reader *r, const char *s, size_t n, unsigned line)
{
	auto_free char *name = NULL;

	r->section = NULL;
	if (n < 3 || s[n - 1] != ']' || memchr(s + 1, '[', n - 1) || memchr(s, ']', n - 1)) {
		complain(r, line, "not a section: expected [NAME]");
		return;
	}
	name = xstrndup(s + 1, n - 2);
	r->section = section_make(r->unit, name)->name;
}

static void take_entry(struct reader *r, const char *s, size_t n, unsigned line, bool *orphans)
{
	const char *eq = memchr(s, '=', n), *value = eq ? eq + 1 : NULL, *end = s + n;
	size_t key = eq ? (size_t)(eq - s) : 0;

	while (key && strchr(SPACE, s[key - 1]))
		key--;
	if (!eq || !key_ok(s, key)) {
		complain(r, line, "neither KEY=VALUE nor [SECTION] nor a comment");
		return;
	}
	if (!r->section) {
		if (!*orphans)
			complain(r, line, "an assignment outside of every section");
		*orphans = true;
		return;
	}
	while (value < end && strchr(SPACE, *value))
		value++;
	while (end > value && strchr(SPACE, end[-1]))
		end--;
	append(section_make(r->unit, r->section), xstrndup(s, key), xstrndup(value, (size_t)(end - value)),
		r->unit->paths.v[r->unit->paths.n - 1], line);
}

/* What systemd would drop or stop at: control characters, and bytes that are no UTF-8. */
static bool text_ok(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] < 32 && s[i] != '\t')
			return false;
	return sbuf_is_utf8(s, n);
}

void unit_parse(struct unit *u, const char *path, const char *text, size_t n, struct svec *errors)
{
	struct reader r = {.path = path, .at = text, .end = text + n, .unit = u, .errors = errors};
	auto_sbuf struct sbuf line = SBUF_INIT;
	bool orphans = false;
	unsigned first = 0;

	svec_add(&u->paths, path);
	if (n >= 3 && !memcmp(text, "\xef\xbb\xbf", 3)) /* a byte order mark */
		r.at += 3;
	while (logical_line(&r, &line, &first)) {
		if (!line.len)
			continue;
		if (!text_ok(line.buf, line.len))
			complain(&r, first, "not text in UTF-8, or with control characters");
		else if (line.buf[0] == '[')
			take_section(&r, line.buf, line.len, first), orphans = false;
		else
			take_entry(&r, line.buf, line.len, first, &orphans);
	}
}

void unit_read(struct unit *u, int dirfd, const char *name, const char *path, struct svec *errors)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	int r = fs_read_file(dirfd, name, UNIT_FILE_MAX, &text);

	if (r < 0)
		svec_addf(errors, "%s: %s", path, r == -EFBIG ? "larger than 1 MiB" : strerror(-r));
	else
		unit_parse(u, path, text.buf, text.len, errors);
}

/* ---- looking ---- */

const struct unit_section *unit_section(const struct unit *u, const char *name)
{
	return section_find(u, name);
}

const struct unit_entry *unit_last(const struct unit *u, const char *section, const char *key)
{
	const struct unit_section *s = section_find(u, section);

	for (size_t i = s ? s->n : 0; i > 0; i--)
		if (!strcmp(s->v[i - 1].key, key))
			return *s->v[i - 1].single ? &s->v[i - 1] : NULL;
	return NULL;
}

const char *unit_value(const struct unit *u, const char *section, const char *key, const char *dflt)
{
	const struct unit_entry *e = unit_last(u, section, key);

	return e ? e->single : dflt;
}

const struct unit_entry *unit_next(const struct unit *u, const char *section, const char *key, const struct unit_entry *prev)
{
	const struct unit_section *s = section_find(u, section);
	size_t from = 0;

	if (!s)
		return NULL;
	if (prev)
		from = (size_t)(prev - s->v) + 1;
	for (size_t i = 0; !prev && i < s->n; i++)
		if (!strcmp(s->v[i].key, key) && !*s->v[i].value)
			from = i + 1;
	for (size_t i = from; i < s->n; i++)
		if (!strcmp(s->v[i].key, key))
			return &s->v[i];
	return NULL;
}

bool unit_has(const struct unit *u, const char *section, const char *key)
{
	const struct unit_section *s = section_find(u, section);

	for (size_t i = 0; s && i < s->n; i++)
		if (!strcmp(s->v[i].key, key))
			return true;
	return false;
}

void unit_print(const struct unit *u, struct sbuf *ret)
{
	for (size_t i = 0; i < u->n; i++) {
		if (!u->v[i].n)
			continue;
		sbuf_addf(ret, "%s[%s]\n", i ? "\n" : "", u->v[i].name);
		for (size_t k = 0; k < u->v[i].n; k++)
			sbuf_addf(ret, "%s=%s\n", u->v[i].v[k].key, u->v[i].v[k].value);
	}
}
