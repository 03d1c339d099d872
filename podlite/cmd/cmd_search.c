/* cmd_search.c - `podlite search`. */
#include "podlite/cmd/cmd.h"

#include "common/jval.h"
#include "podlite/engine/reg_search.h"
#include "podlite/output.h"

#define DESCRIPTION_MAX 44

struct search_opts {
	bool compatible, list_tags, no_trunc;
	int tls_verify;
	int64_t limit;
	char *authfile, *cert_dir, *creds, *format;
	struct svec filter;
};

#define O(n, l, t, m, a, h) OPT_ROW(n, l, t, struct search_opts, m, a, h)
static const struct option_def rows[] = {
	O("authfile", 0, OPT_STR, authfile, "FILE", "Credentials file instead of the default ones"),
	O("cert-dir", 0, OPT_STR, cert_dir, "DIR", "Certificates of the registry"),
	O("compatible", 0, OPT_BOOL, compatible, NULL, "Show stars, official and automated too"),
	O("creds", 0, OPT_STR, creds, "USER:PASSWORD", "Credentials for the registry"),
	O("filter", 'f', OPT_LIST, filter, "FILTER", "Show only what matches: stars=N, is-official, is-automated"),
	O("format", 0, OPT_STR, format, "TEMPLATE", "Print with a Go template, or json"),
	O("limit", 0, OPT_INT, limit, "N", "At most so many of each registry (25)"),
	O("list-tags", 0, OPT_BOOL, list_tags, NULL, "List the tags of a repository"),
	O("no-trunc", 0, OPT_BOOL, no_trunc, NULL, "Do not shorten descriptions"),
	O("tls-verify", 0, OPT_TRI, tls_verify, NULL, "Check the registry's certificate and refuse plain http"),
	OPT_ROWS_END,
};

static const struct output_column plain[] = {{"NAME", "Name"}, {"DESCRIPTION", "Description"}, {NULL, NULL}};
static const struct output_column compatible[] = {{"INDEX", "Index"}, {"NAME", "Name"},
	{"DESCRIPTION", "Description"}, {"STARS", "Stars"}, {"OFFICIAL", "Official"}, {"AUTOMATED", "Automated"},
	{NULL, NULL}};
static const struct output_column tags[] = {{"NAME", "Name"}, {"TAG", "Tag"}, {NULL, NULL}};

static void shorten(struct jval *list)
{
	for (size_t i = 0; i < jval_len(list); i++) {
		struct jval *row = jval_at(list, i);
		auto_sbuf struct sbuf text = SBUF_INIT;
		size_t n;

		sbuf_addstr(&text, jval_get_str(row, "Description", ""));
		if (text.len <= DESCRIPTION_MAX)
			continue;
		for (n = DESCRIPTION_MAX - 3; n && ((unsigned char)text.buf[n] & 0xc0) == 0x80; n--)
			; /* not within a character */
		sbuf_setlen(&text, n);
		sbuf_addstr(&text, "...");
		jval_set_str(row, "Description", text.buf);
	}
}

static int run(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct search_opts *o = opt;
	struct reg_search s = {.authfile = o->authfile, .cert_dir = o->cert_dir, .creds = o->creds,
		.tls_verify = o->tls_verify, .list_tags = o->list_tags, .filter = &o->filter,
		.limit = o->limit ? o->limit : 25};
	struct output_list l = {.columns = o->list_tags ? tags : o->compatible ? compatible : plain, .format = o->format};
	auto_jval struct jval *list = NULL;

	(void)argc;
	if (o->limit < 0 || o->limit > 100000)
		return err_set(err, EK_USAGE, "invalid value %lld for --limit: expected 1 to 100000", (long long)o->limit);
	if (o->list_tags && o->filter.n)
		return err_set(err, EK_USAGE, "--list-tags excludes --filter");
	list = reg_search(c, argv[0], &s, err);
	if (!list)
		return -1;
	if (!o->no_trunc && !o->format)
		shorten(list);
	return output_list(&l, list, list, err);
}

static const struct option_def *const groups[] = {rows, NULL};

const struct command cmd_search = {
	.name = "search",
	.args = "[options] TERM",
	.summary = "Search registries for an image",
	.groups = groups,
	.opt_size = sizeof(struct search_opts),
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
