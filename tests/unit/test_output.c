/* links: libpodlite.a libcommon.a -ljson-c */
/* What commands print: columns as Go's tabwriter, lists in every format, YAML. */
#include "podlite/output.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "common/fd.h"
#include "podlite/output_table.h"
#include "podlite/output_yaml.h"
#include "tests/unit/tap.h"

static void aligned(const char *text, const char *want, const char *name)
{
	auto_sbuf struct sbuf b = SBUF_INIT;

	output_table_align(text, &b);
	TAP_STR(b.buf, want, "table: %s", name);
}

static void tables(void)
{
	aligned("A\tB\tC\n", "A           B           C\n", "cells are 12 wide");
	aligned("A\tB\nlonger than twelve\tx\n", "A                   B\nlonger than twelve  x\n", "two spaces between");
	aligned("exactly 10\tx\nexactly 11.\ty\n", "exactly 10   x\nexactly 11.  y\n", "the widest counts");
	aligned("a\n", "a\n", "one cell is not padded");
	aligned("", "", "nothing");
	aligned("\n", "\n", "an empty line");
	aligned("a\tb\n\nlonger than twelve\tx\n", "a           b\n\nlonger than twelve  x\n", "a line between parts blocks");
	aligned("\tx\n", "            x\n", "an empty cell");
	aligned("\xc3\xa9\xc3\xa9\tx\n", "\xc3\xa9\xc3\xa9          x\n", "characters, not bytes");
	aligned("a\tb\t\nc\td\t\n", "a           b           \nc           d           \n", "a tab at the end pads");
	aligned("a\tb\tc\nxxxxxxxxxxxxx\ty\nlong long long long\tz\tw\n",
		"a                    b           c\nxxxxxxxxxxxxx        y\nlong long long long  z           w\n",
		"columns of fewer lines");
	aligned("no newline\tx", "no newline  x\n", "the last line is ended");
}

/* Standard output of fn as text. */
static void capture(int (*fn)(const void *), const void *arg, struct sbuf *ret)
{
	auto_fd int file = fd_memfd("out", 0), saved = fd_dup(1);

	fflush(stdout);
	if (file < 0 || fd_dup_to(file, 1) < 0)
		return;
	if (fn(arg) < 0)
		sbuf_addstr(ret, "(error)");
	fflush(stdout);
	if (fd_dup_to(saved, 1) < 0 || lseek(file, 0, SEEK_SET) < 0 || fd_read_all(file, 1 << 20, ret) < 0)
		sbuf_addstr(ret, "(broken)");
}

struct list_case {
	const char *format;
	bool quiet, noheading;
	const char *rows, *want;
};

static const struct output_column columns[] = {{"NAME", "Name"}, {"IMAGE ID", "ID"}, {NULL, NULL}};
static const struct output_column headers[] = {{"SPECIAL", "Size"}, {NULL, NULL}};

static int list_one(const void *arg)
{
	const struct list_case *t = arg;
	struct err err = ERR_INIT;
	auto_jval struct jval *rows = jval_parse(t->rows, strlen(t->rows), 0, &err);
	struct output_list o = {.columns = columns, .headers = headers, .format = t->format, .quiet = t->quiet,
		.noheading = t->noheading, .quiet_key = "ID"};

	return output_list(&o, rows, rows, &err);
}

#define TWO "[{\"Name\":\"a\",\"ID\":\"1\",\"Size\":5,\"CreatedAt\":\"x\"},{\"Name\":\"b\\tc\\nd\",\"ID\":\"2\",\"Size\":6,\"CreatedAt\":\"y\"}]"

static const struct list_case cases[] = {
	{NULL, false, false, TWO, "NAME        IMAGE ID\na           1\nb c d       2\n"},
	{NULL, false, true, TWO, "a           1\nb c d       2\n"},
	{NULL, true, false, TWO, "1\n2\n"},
	{"table", false, false, TWO, "NAME        IMAGE ID\na           1\nb c d       2\n"},
	{"{{.ID}}", false, false, TWO, "1\n2\n"},
	{"{{.ID}}\\t{{.Size}}", false, false, TWO, "1\t5\n2\t6\n"},
	{"{{.ID}}\\n", false, false, TWO, "1\n2\n"},
	{"table {{.ID}}\\t{{.Size}}\\t{{.CreatedAt}}", false, false, TWO,
		"IMAGE ID    SPECIAL     CREATED AT\n1           5           x\n2           6           y\n"},
	{"table {{.ID}}\\t{{.Size}}", false, true, TWO, "1           5\n2           6\n"},
	{"table {{.ID}}", false, false, "[]", "IMAGE ID\n"},
	{"table {{.ID}}\\t{{.SizeOnDisk}}", false, false, "[]", "IMAGE ID    SIZE ON DISK\n"},
	{"{{range .}}<{{.ID}}>{{end}}", false, false, TWO, "<1><2>"},
	{"{{ range . }}{{.ID}}{{end}}{{len .}}", false, false, "[]", "0"},
	{"{{range .Nope}}x{{end}}", false, false, TWO, "(error)"},
	{"{{.Nope}}", false, false, TWO, "(error)"},
	{"{{.Nope", false, false, "[]", "(error)"},
	{"{{.Nope}}", false, false, "[]", ""},
	{"json", false, false, "[]", "[]\n"},
	{"json", true, false, "[{\"a\":1}]", "[\n    {\n        \"a\": 1\n    }\n]\n"},
	{NULL, false, false, "[]", "NAME        IMAGE ID\n"},
	{NULL, true, false, "[]", ""},
};

static void lists(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_sbuf struct sbuf b = SBUF_INIT;

		capture(list_one, &cases[i], &b);
		TAP_STR(b.buf, cases[i].want, "list: %s%s%s", cases[i].format ? cases[i].format : "default",
			cases[i].quiet ? " quiet" : "", cases[i].noheading ? " noheading" : "");
	}
}

static void yaml(void)
{
	static const char json[] = "{\"b\":{\"y\":[1,\"two\",{\"k\":1,\"a\":[]}],\"x\":\"\"},\"a\":null,\"c\":\"12\",\"d\":\"a: b\","
		"\"e\":{},\"f\":\"two\\nlines\",\"g\":\"it's: x\",\"h\":true,\"i\":\"true\",\"j\":\"plain text/x:1\"}";
	auto_jval struct jval *v = jval_parse(json, sizeof(json) - 1, 0, NULL);
	auto_sbuf struct sbuf b = SBUF_INIT;

	output_yaml_add(v, &b);
	TAP_STR(b.buf,
		"a: null\n"
		"b:\n"
		"  x: ''\n"
		"  y:\n"
		"  - 1\n"
		"  - two\n"
		"  - a: []\n"
		"    k: 1\n"
		"c: '12'\n"
		"d: 'a: b'\n"
		"e: {}\n"
		"f: |-\n"
		"  two\n"
		"  lines\n"
		"g: 'it''s: x'\n"
		"h: true\n"
		"i: 'true'\n"
		"j: plain text/x:1\n",
		"yaml");
}

int main(void)
{
	tables();
	lists();
	yaml();
	return tap_done();
}
