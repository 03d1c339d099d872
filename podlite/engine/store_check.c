#include "podlite/engine/store_check.h"

#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "net/network.h"
#include "podlite/engine/transfer.h"

#define REPORT_MAX (1u << 30)

static int add_line(struct store_report *r, const char *line, size_t n, struct err *err)
{
	auto_jval struct jval *v = jval_parse(line, n, JVAL_UNIQUE_KEYS, err);

	if (!v)
		return err_wrap(err, "podlite-transfer's report");
	store_report_add(r, jval_get_str(v, "code", ""), jval_get_str(v, "kind", ""), jval_get_str(v, "id", ""),
		jval_get_str(v, "path", NULL), jval_get_str(v, "message", ""));
	r->v[r->n - 1].leftover = jval_get_bool(v, "leftover", false);
	return 0;
}

static int read_lines(int fd, struct store_report *ret, struct err *err)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	int r = lseek(fd, 0, SEEK_SET) < 0 ? -errno : fd_read_all(fd, REPORT_MAX, &text);
	const char *p = text.buf, *end;

	if (r < 0)
		return err_neg(err, r, "read podlite-transfer's report");
	for (; (end = memchr(p, '\n', (size_t)(text.buf + text.len - p))); p = end + 1)
		if (add_line(ret, p, (size_t)(end - p), err) < 0)
			return -1;
	return 0;
}

static int ask_worker(struct context *c, const struct store_check_opts *o, struct store_report *ret, struct err *err)
{
	struct request rq = {.op = (char *)"check", .root = c->root, .driver = c->storage_driver, .name = c->root,
		.depth = o->depth, .max_age_ns = o->max_age_ns};
	struct request_answer answer;
	auto_fd int out = fd_memfd("podlite-check", 0);

	if (out < 0)
		return err_neg(err, out, "system check: memory for the report");
	if (transfer_ask_file(c, &rq, out, &answer, err) < 0)
		return -1;
	request_answer_done(&answer);
	return read_lines(out, ret, err);
}

/* Records are replaced by a rename: who looks sees the old one or the new one. */
static int check_networks(struct context *c, struct store_report *ret, struct err *err)
{
	auto_cleanup(network_list_done) struct network_list list = {NULL, 0};
	auto_svec struct svec damaged = SVEC_INIT;

	if (network_list(c->store.fd, &list, &damaged, err) < 0)
		return -1;
	SVEC_EACH(name, &damaged) {
		auto_free char *path = xasprintf("%s/networks/%s.json", c->root, name);
		struct network n = {.name = NULL};
		struct err why = ERR_INIT;

		if (!network_name_ok(name))
			(void)!err_set(&why, EK_INVALID, "network %.64s: no network can have that name", name);
		else if (network_read(c->store.fd, name, &n, &why) == 0 || why.kind == EK_NOT_FOUND)
			err_clear(&why); /* written anew or removed meanwhile */
		if (why.kind != EK_OK)
			store_report_add(ret, "network-record", "network", name, path, why.msg);
		network_done(&n);
	}
	return 0;
}

int store_check(struct context *c, const struct store_check_opts *o, struct store_report *ret, struct err *err)
{
	*ret = (struct store_report){NULL, 0};
	if (ask_worker(c, o, ret, err) == 0 && store_check_containers(c, ret, err) == 0 && check_networks(c, ret, err) == 0)
		return 0;
	store_report_done(ret);
	return -1;
}
