#include "podlite/output_yaml.h"

#include <string.h>
#include <strings.h>

static void add_value(const struct jval *v, int indent, struct sbuf *b);

/* Would a YAML reader take the bare text for something else than this string? */
static bool needs_quotes(const char *s)
{
	static const char *const words[] = {"true", "false", "yes", "no", "on", "off", "null", "~", "y", "n"};
	char *end;

	if (!*s || strchr(" -?:,[]{}#&*!|>'\"%@`", *s) || s[strlen(s) - 1] == ' ' || s[strlen(s) - 1] == ':')
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (!strcasecmp(s, words[i]))
			return true;
	strtod(s, &end);
	return !*end || strstr(s, ": ") || strstr(s, " #");
}

static void add_string(const char *s, int indent, struct sbuf *b)
{
	if (strchr(s, '\n')) {
		sbuf_addstr(b, " |-");
		for (; *s; s += strcspn(s, "\n"), s += *s == '\n')
			sbuf_addf(b, "\n%*s%.*s", indent, "", (int)strcspn(s, "\n"), s);
		return;
	}
	if (!needs_quotes(s)) {
		sbuf_addf(b, " %s", s);
		return;
	}
	sbuf_addstr(b, " '");
	for (; *s; s++)
		sbuf_addf(b, *s == '\'' ? "''" : "%c", *s);
	sbuf_addch(b, '\'');
}

static void add_object(const struct jval *v, int indent, bool in_list, struct sbuf *b)
{
	auto_svec struct svec keys = SVEC_INIT;

	for (const struct jval_iter *it = jval_first(v); it; it = jval_next(it))
		svec_add(&keys, jval_key(it));
	svec_sort(&keys);
	for (size_t i = 0; i < keys.n; i++) {
		if (i || !in_list)
			sbuf_addf(b, "\n%*s", indent, "");
		else
			sbuf_addch(b, ' ');
		sbuf_addf(b, "%s:", keys.v[i]);
		add_value(jval_get(v, keys.v[i]), indent + 2, b);
	}
}

/* Lists stand as far in as their key. */
static void add_array(const struct jval *v, int indent, struct sbuf *b)
{
	for (size_t i = 0; i < jval_len(v); i++) {
		const struct jval *e = jval_at(v, i);

		sbuf_addf(b, "\n%*s-", indent - 2, "");
		if (jval_type(e) == JV_OBJECT && jval_len(e))
			add_object(e, indent, true, b);
		else
			add_value(e, indent, b);
	}
}

static void add_value(const struct jval *v, int indent, struct sbuf *b)
{
	switch (jval_type(v)) {
	case JV_OBJECT:
		if (jval_len(v))
			add_object(v, indent, false, b);
		else
			sbuf_addstr(b, " {}");
		break;
	case JV_ARRAY:
		if (jval_len(v))
			add_array(v, indent, b);
		else
			sbuf_addstr(b, " []");
		break;
	case JV_STRING:
		add_string(jval_str(v, ""), indent, b);
		break;
	default:
		sbuf_addch(b, ' ');
		jval_print(v, false, b);
		break;
	}
}

void output_yaml_add(const struct jval *v, struct sbuf *ret)
{
	auto_sbuf struct sbuf b = SBUF_INIT;

	add_value(v, 0, &b);
	sbuf_addstr(ret, b.buf + (b.len && (b.buf[0] == '\n' || b.buf[0] == ' ')));
	sbuf_addch(ret, '\n');
}
