#include "podlite/output.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "podlite/format.h"
#include "podlite/format_tree.h"
#include "podlite/output_table.h"
#include "podlite/output_yaml.h"

static int write_failed(struct err *err)
{
	int sys = errno;

	clearerr(stdout); /* reported once, here */
	errno = sys;
	return err_sys(err, "write to standard output");
}

int output_write(const void *data, size_t n, struct err *err)
{
	return fwrite(data, 1, n, stdout) == n ? 0 : write_failed(err);
}

int output_flush(struct err *err)
{
	return fflush(stdout) == 0 ? 0 : write_failed(err);
}

int output_clear(struct err *err)
{
	static const char clear[] = "\033[H\033[2J";

	return isatty(STDOUT_FILENO) ? output_write(clear, sizeof(clear) - 1, err) : 0;
}

int output_line(struct err *err, const char *fmt, ...)
{
	auto_sbuf struct sbuf b = SBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	sbuf_addvf(&b, fmt, ap);
	va_end(ap);
	sbuf_addch(&b, '\n');
	return output_write(b.buf, b.len, err);
}

/* Escape all but the line and column breaks, which our own tables and templates are made of. */
static void add_safe_text(struct sbuf *b, const char *s)
{
	while (*s) {
		size_t n = strcspn(s, "\n\t");

		sbuf_addsafe(b, s, n);
		if (s[n])
			sbuf_addch(b, s[n++]);
		s += n;
	}
}

int output_safe(const char *text, struct err *err)
{
	auto_sbuf struct sbuf b = SBUF_INIT;

	if (!isatty(STDOUT_FILENO))
		return output_write(text, strlen(text), err);
	add_safe_text(&b, text);
	return output_write(b.buf, b.len, err);
}

/* ---- lists ---- */

static void add_cell(const struct jval *row, const char *key, struct sbuf *b)
{
	const struct jval *cell = jval_get(row, key);
	size_t start = b->len;

	if (cell)
		format_print_value(cell, b);
	/* a tab or newline in a label would break the columns */
	for (size_t i = start; i < b->len; i++)
		if (b->buf[i] == '\t' || b->buf[i] == '\n')
			b->buf[i] = ' ';
}

static int print_table(const char *text, struct err *err)
{
	auto_sbuf struct sbuf b = SBUF_INIT, safe = SBUF_INIT;

	if (isatty(STDOUT_FILENO))
		add_safe_text(&safe, text);
	else
		sbuf_addstr(&safe, text);
	output_table_align(safe.buf, &b);
	return output_write(b.buf, b.len, err);
}

static size_t count_rows(const struct output_list *o, const struct jval *rows)
{
	return o->make_row ? o->nrows : jval_len(rows);
}

static struct jval *row_at(const struct output_list *o, const struct jval *rows, size_t i)
{
	return o->make_row ? o->make_row(o->arg, i) : jval_ref(jval_at(rows, i));
}

static int default_table(const struct output_list *o, const struct jval *rows, struct err *err)
{
	auto_sbuf struct sbuf b = SBUF_INIT;

	for (size_t c = 0; !o->noheading && o->columns[c].header; c++)
		sbuf_addf(&b, "%s%s", c ? "\t" : "", o->columns[c].header);
	if (!o->noheading)
		sbuf_addch(&b, '\n');
	for (size_t i = 0; i < count_rows(o, rows); i++) {
		auto_jval struct jval *row = row_at(o, rows, i);

		for (size_t c = 0; o->columns[c].header; c++) {
			if (c)
				sbuf_addch(&b, '\t');
			add_cell(row, o->columns[c].key, &b);
		}
		sbuf_addch(&b, '\n');
	}
	return print_table(b.buf, err);
}

static int print_quiet(const struct output_list *o, const struct jval *rows, struct err *err)
{
	auto_sbuf struct sbuf b = SBUF_INIT;

	for (size_t i = 0; i < count_rows(o, rows); i++) {
		auto_jval struct jval *row = row_at(o, rows, i);

		add_cell(row, o->quiet_key, &b);
		sbuf_addch(&b, '\n');
	}
	return output_safe(b.buf, err);
}

/* "CreatedAt" -> "CREATED AT", "ImageID" -> "IMAGE ID": Go's words in capitals. */
static struct jval *header_of(const char *key)
{
	auto_sbuf struct sbuf b = SBUF_INIT;

	for (const char *p = key; *p; p++) {
		bool upper = *p >= 'A' && *p <= 'Z';
		bool after_lower = p > key && p[-1] >= 'a' && p[-1] <= 'z';
		bool before_lower = p > key && upper && p[1] >= 'a' && p[1] <= 'z';

		if (upper && (after_lower || before_lower))
			sbuf_addch(&b, ' ');
		sbuf_addch(&b, *p >= 'a' && *p <= 'z' ? (char)(*p - 32) : *p);
	}
	return jval_new_str(b.buf);
}

/* Without rows nobody knows the fields: believe those that the template names. */
static void believe_fields(const char *template, struct jval *headers)
{
	for (const char *p = strchr(template, '.'); p; p = strchr(p + 1, '.')) {
		size_t n = strspn(p + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
		auto_free char *name = xstrndup(p + 1, n);

		if (n)
			jval_set(headers, name, header_of(name));
	}
}

/* An object like a row, with the columns' headers as values. */
static struct jval *header_row(const struct output_list *o, const struct jval *rows, const char *template)
{
	const struct output_column *lists[] = {o->headers, o->columns};
	struct jval *h = jval_new_object();

	if (!jval_len(rows))
		believe_fields(template, h);
	for (const struct jval_iter *it = jval_first(jval_at(rows, 0)); it; it = jval_next(it))
		jval_set(h, jval_key(it), header_of(jval_key(it)));
	for (size_t l = 0; l < ARRAY_SIZE(lists); l++)
		for (const struct output_column *c = lists[l]; c && c->header; c++)
			jval_set(h, c->key, jval_new_str(c->header));
	return h;
}

static int add_row(const struct format *f, const struct jval *dot, struct sbuf *b, struct err *err)
{
	if (format_run(f, dot, b, err) < 0)
		return err_wrap(err, "--format");
	if (!b->len || b->buf[b->len - 1] != '\n')
		sbuf_addch(b, '\n');
	return 0;
}

/* {{range .}}...: the template wants all rows at once. */
static bool ranges_over_all(const char *text)
{
	static const char word[] = "range";

	if (strncmp(text, "{{", 2))
		return false;
	text += 2 + (text[2] == '-');
	text += strspn(text, " ");
	if (strncmp(text, word, sizeof(word) - 1))
		return false;
	text += sizeof(word) - 1;
	text += strspn(text, " ");
	return text[0] == '.' && !strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ_", text[1]);
}

static int print_template(const struct output_list *o, const char *text, bool table,
	const struct jval *rows, struct err *err)
{
	auto_cleanup(format_autop) struct format *f = format_parse(text, err);
	auto_sbuf struct sbuf b = SBUF_INIT;
	auto_jval struct jval *headers = NULL;

	if (!f)
		return err_wrap(err, "--format");
	if (ranges_over_all(text)) {
		if (format_run(f, rows, &b, err) < 0)
			return err_wrap(err, "--format");
		return output_safe(b.buf, err);
	}
	if (table && !o->noheading) {
		headers = header_row(o, rows, text);
		if (add_row(f, headers, &b, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < jval_len(rows); i++)
		if (add_row(f, jval_at(rows, i), &b, err) < 0)
			return -1;
	return table ? print_table(b.buf, err) : output_safe(b.buf, err);
}

static int print_json(const struct jval *v, struct err *err)
{
	auto_sbuf struct sbuf b = SBUF_INIT;

	jval_print(v, true, &b);
	if (!b.len || b.buf[b.len - 1] != '\n')
		sbuf_addch(&b, '\n');
	return output_safe(b.buf, err);
}

/* In a table's template, blanks between the fields part the columns, as podman has it. */
static char *columns_of(const char *text)
{
	char *s = xstrdup(text);
	bool inside = false;

	for (char *p = s; *p; p++) {
		if (p[0] == '{' && p[1] == '{')
			inside = true;
		else if (p[0] == '}' && p[1] == '}')
			inside = false;
		if (!inside && *p == ' ')
			*p = '\t';
	}
	return s;
}

int output_list(const struct output_list *o, const struct jval *rows, const struct jval *json,
	struct err *err)
{
	const char *f = o->format;

	if (f && !strcmp(f, "json"))
		return print_json(json, err);
	if (o->quiet)
		return print_quiet(o, rows, err);
	if (!f || !*f || !strcmp(f, "table"))
		return default_table(o, rows, err);
	if (!strncmp(f, "table", 5) && strchr(" \t\\", f[5])) {
		auto_free char *columns = columns_of(f + 5 + strspn(f + 5, " \t"));

		return print_template(o, columns, true, rows, err);
	}
	return print_template(o, f, false, rows, err);
}

/* A template per object, each with a newline, as podman. */
int output_inspect(const char *format, const struct jval *array, struct err *err)
{
	struct output_list o = {.format = format};

	if (!format || !*format || !strcmp(format, "json"))
		return print_json(array, err);
	return print_template(&o, format, false, array, err);
}

int output_value(const char *format, const struct jval *v, bool yaml, struct err *err)
{
	auto_cleanup(format_autop) struct format *f = NULL;
	auto_sbuf struct sbuf b = SBUF_INIT;

	if (!format && yaml) {
		output_yaml_add(v, &b);
		return output_safe(b.buf, err);
	}
	if (!format || !*format || !strcmp(format, "json"))
		return print_json(v, err);
	f = format_parse(format, err);
	if (!f)
		return err_wrap(err, "--format");
	return add_row(f, v, &b, err) < 0 ? -1 : output_safe(b.buf, err);
}
