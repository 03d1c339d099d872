#include "podlite/output_table.h"

#include <string.h>

#include "common/alloc.h"

#define MIN_WIDTH 12
#define PADDING   2

struct line {
	const char *text;
	size_t len;
	size_t cells; /* ended by a tab */
	size_t *width; /* of each cell, by its column's block of lines */
};

static size_t count_runes(const char *s, size_t n)
{
	size_t runes = 0;

	for (size_t i = 0; i < n; i++)
		runes += ((unsigned char)s[i] & 0xc0) != 0x80;
	return runes;
}

static struct line *split_lines(const char *text, size_t *ret_n)
{
	struct line *v = NULL;
	size_t n = 0;

	while (*text) {
		size_t len = strcspn(text, "\n");
		struct line l = {.text = text, .len = len};

		for (size_t i = 0; i < len; i++)
			l.cells += text[i] == '\t';
		l.width = xcalloc(l.cells + 1, sizeof(*l.width));
		v = xrealloc(v, n + 1, sizeof(*v));
		v[n++] = l;
		text += len + (text[len] == '\n');
	}
	*ret_n = n;
	return v;
}

static void measure_own(struct line *l)
{
	const char *p = l->text;

	for (size_t i = 0; i < l->cells; i++) {
		const char *tab = memchr(p, '\t', l->len - (size_t)(p - l->text));

		l->width[i] = MAX_OF(count_runes(p, (size_t)(tab - p)) + PADDING, (size_t)MIN_WIDTH);
		p = tab + 1;
	}
}

/* A column is as wide as its widest cell among neighbouring lines that have it. */
static void measure_block(struct line *v, size_t n, size_t first, size_t col)
{
	size_t width = 0, end;

	for (end = first; end < n && v[end].cells > col; end++)
		width = MAX_OF(width, v[end].width[col]);
	for (size_t i = first; i < end; i++)
		v[i].width[col] = width;
}

static void print_line(const struct line *l, struct sbuf *b)
{
	const char *p = l->text, *end = l->text + l->len;

	for (size_t i = 0; i < l->cells; i++) {
		const char *tab = memchr(p, '\t', (size_t)(end - p));
		size_t len = (size_t)(tab - p);

		sbuf_add(b, p, len);
		for (size_t fill = count_runes(p, len); fill < l->width[i]; fill++)
			sbuf_addch(b, ' ');
		p = tab + 1;
	}
	sbuf_add(b, p, (size_t)(end - p));
	sbuf_addch(b, '\n');
}

void output_table_align(const char *text, struct sbuf *ret)
{
	size_t n;
	struct line *v = split_lines(text, &n);

	for (size_t i = 0; i < n; i++)
		measure_own(&v[i]);
	for (size_t i = 0; i < n; i++)
		for (size_t col = 0; col < v[i].cells; col++)
			if (i == 0 || v[i - 1].cells <= col)
				measure_block(v, n, i, col);
	for (size_t i = 0; i < n; i++) {
		print_line(&v[i], ret);
		free(v[i].width);
	}
	free(v);
}
