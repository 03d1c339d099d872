#include "podlite/cmd/ctr_args.h"

#include <fcntl.h>

#include "common/alloc.h"
#include "common/fs.h"
#include "podlite/engine/ctr_filter.h"
#include "podlite/output.h"
#include "podlite/report.h"

static int from_cidfile(const char *path, struct svec *ret, bool ignore, struct err *err)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	int r = fs_read_file(AT_FDCWD, path, 4096, &text);

	if (r == -ENOENT && ignore)
		return 0;
	if (r < 0)
		return err_neg(err, r, "read the container ID from %s", path);
	text.buf[strcspn(text.buf, "\r\n")] = '\0';
	svec_add(ret, text.buf);
	return 0;
}

static void take(struct svec *ids, struct svec *names, const char *id, const char *name)
{
	if (svec_has(ids, id))
		return;
	svec_add(ids, id);
	svec_add(names, name);
}

static int by_listing(struct context *c, const struct ctr_args_select *s, bool live_only, struct svec *ids,
	struct svec *names, struct err *err)
{
	auto_cleanup(ctr_filter_autop) struct ctr_filter *f = ctr_filter_parse(c, &s->filter, err);
	struct ctr_list list;

	if (!f || ctr_list_all(c, &list, err) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++) {
		const struct ctr *ctr = &list.v[i];

		if (s->latest && i + 1 < list.n)
			continue;
		if (!s->latest && live_only && !ctr_is_live(ctr))
			continue;
		if (ctr_filter_match(f, ctr))
			take(ids, names, ctr->rec.id, ctr->rec.id);
	}
	if (s->latest && !list.n) {
		ctr_list_done(&list);
		return err_set(err, EK_NOT_FOUND, "there is no container");
	}
	ctr_list_done(&list);
	return 0;
}

int ctr_args_select(struct context *c, const struct ctr_args_select *s, int argc, char **argv, bool live_only,
	struct svec *ret_ids, struct svec *ret_names, struct err *err)
{
	auto_svec struct svec wanted = SVEC_INIT;
	bool listing = s->all || s->latest || s->filter.n;
	char id[65];

	for (int i = 0; i < argc; i++)
		svec_add(&wanted, argv[i]);
	if (listing && (wanted.n || s->cidfile.n) && !s->filter.n)
		return err_set(err, EK_USAGE, "--all and --latest cannot be used with container names");
	for (size_t i = 0; i < s->cidfile.n; i++)
		if (from_cidfile(s->cidfile.v[i], &wanted, s->ignore, err) < 0)
			return -1;
	if (!listing && !wanted.n && !s->cidfile.n)
		return err_set(err, EK_USAGE, "you must provide at least one name or id");
	if (listing)
		return by_listing(c, s, live_only, ret_ids, ret_names, err);
	for (size_t i = 0; i < wanted.n; i++) {
		struct err one = ERR_INIT;

		if (ctr_find_id(c, wanted.v[i], id, &one) == 0) {
			take(ret_ids, ret_names, id, wanted.v[i]);
		} else if (one.kind != EK_NOT_FOUND || !s->ignore) {
			*err = one;
			return -1;
		}
	}
	return 0;
}

int ctr_args_each(struct context *c, const struct svec *ids, const struct svec *names,
	int (*fn)(struct context *c, const char *id, void *arg, struct err *err), void *arg, struct err *err)
{
	struct err last = ERR_INIT;

	for (size_t i = 0; i < ids->n; i++) {
		struct err one = ERR_INIT;

		if (fn(c, ids->v[i], arg, &one) == 0) {
			if (output_line(err, "%s", names->v[i]) < 0)
				return -1;
			continue;
		}
		report_but_last(c, &last, &one);
	}
	return last.kind == EK_OK ? 0 : err_take(err, &last);
}
