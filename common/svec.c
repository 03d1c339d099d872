#include "common/svec.h"

#include <stdarg.h>

#include "common/alloc.h"
#include "common/sbuf.h"

void svec_take(struct svec *l, char *s)
{
	if (l->n + 2 > l->cap) {
		l->cap = l->cap ? l->cap * 2 : 8;
		l->v = xrealloc(l->v, l->cap, sizeof(*l->v));
	}
	l->v[l->n++] = s;
	l->v[l->n] = NULL;
}

void svec_add(struct svec *l, const char *s)
{
	svec_take(l, xstrdup(s));
}

void svec_addf(struct svec *l, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	svec_take(l, alloc_vfmt(fmt, ap));
	va_end(ap);
}

void svec_add_all(struct svec *l, const struct svec *from)
{
	for (size_t i = 0; i < from->n; i++)
		svec_add(l, from->v[i]);
}

void svec_add_split(struct svec *l, const char *s, char sep)
{
	for (;;) {
		const char *end = strchrnul(s, sep);

		svec_take(l, xstrndup(s, (size_t)(end - s)));
		if (!*end)
			return;
		s = end + 1;
	}
}

bool svec_add_csv(struct svec *l, const char *text)
{
	while (true) {
		auto_sbuf struct sbuf field = SBUF_INIT;
		bool quoted = *text == '"';

		if (quoted)
			text++;
		for (; *text && (quoted || *text != ','); text++) {
			if (*text == '"' && quoted) {
				if (text[1] != '"') {
					quoted = false;
					continue;
				}
				text++;
			}
			sbuf_addch(&field, *text);
		}
		if (quoted)
			return false;
		svec_take(l, sbuf_take(&field));
		if (!*text)
			return true;
		text++;
	}
}

void svec_add_words(struct svec *l, const char *text)
{
	for (const char *p = text + strspn(text, " \t"); *p; p += strspn(p, " \t")) {
		size_t n = strcspn(p, " \t");

		svec_take(l, xstrndup(p, n));
		p += n;
	}
}

bool svec_has(const struct svec *l, const char *s)
{
	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(l->v[i], s))
			return true;
	return false;
}

char **svec_argv(struct svec *l)
{
	if (!l->v) {
		svec_take(l, NULL);
		l->n = 0;
	}
	return l->v;
}

char *svec_join(const struct svec *l, const char *sep)
{
	struct sbuf b = SBUF_INIT;

	for (size_t i = 0; i < l->n; i++) {
		if (i)
			sbuf_addstr(&b, sep);
		sbuf_addstr(&b, l->v[i]);
	}
	return sbuf_take(&b);
}

char *svec_join_csv(const struct svec *l)
{
	struct sbuf b = SBUF_INIT;

	for (size_t i = 0; i < l->n; i++) {
		const char *field = l->v[i];
		bool quoted = strpbrk(field, ",\"\r\n");

		sbuf_addstr(&b, i ? "," : "");
		sbuf_addstr(&b, quoted ? "\"" : "");
		for (; *field; field++) {
			if (*field == '"')
				sbuf_addch(&b, '"');
			sbuf_addch(&b, *field);
		}
		sbuf_addstr(&b, quoted ? "\"" : "");
	}
	return sbuf_take(&b);
}

void svec_remove(struct svec *l, size_t i)
{
	free(l->v[i]);
	memmove(l->v + i, l->v + i + 1, (l->n - i) * sizeof(*l->v));
	l->n--;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void svec_sort(struct svec *l)
{
	if (l->n)
		qsort(l->v, l->n, sizeof(*l->v), by_text);
}

void svec_done(struct svec *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i]);
	free(l->v);
	*l = (struct svec)SVEC_INIT;
}

static bool env_is(const char *entry, const char *name, size_t len)
{
	return !strncmp(entry, name, len) && entry[len] == '=';
}

const char *svec_env_get(const struct svec *l, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = l->n; i-- > 0;)
		if (env_is(l->v[i], name, len))
			return l->v[i] + len + 1;
	return NULL;
}

void svec_env_unset(struct svec *l, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = l->n; i-- > 0;)
		if (env_is(l->v[i], name, len))
			svec_remove(l, i);
}

void svec_env_set(struct svec *l, const char *name, const char *value)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < l->n; i++)
		if (env_is(l->v[i], name, len)) {
			free(l->v[i]);
			l->v[i] = xasprintf("%s=%s", name, value);
			return;
		}
	svec_addf(l, "%s=%s", name, value);
}
