#include "podlite/transfer/commit.h"

#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/hash.h"
#include "podlite/transfer/cancel.h"
#include "podlite/transfer/put_image.h"
#include "podlite/transfer/sandbox.h"

#define PIECE (256u << 10)

static int hash_part(const struct arc_part *part, struct digest *ret, struct err *err)
{
	auto_free char *buf = xmalloc(PIECE);
	auto_cleanup(hash_autop) struct hash *h = hash_new();
	ssize_t n = 0;

	for (off_t off = part->off; (n = pread(part->fd, buf, PIECE, off)) > 0; off += n) {
		hash_add(h, buf, (size_t)n);
		if (cancel_check(err) < 0)
			return -1;
	}
	if (n < 0)
		return err_sys(err, "read the archive");
	hash_finish(h, ret);
	return 0;
}

static int add_diff_id(const char *config, const struct digest *diff_id, struct sbuf *ret, struct err *err)
{
	auto_jval struct jval *v = jval_parse(config, strlen(config), JVAL_UNIQUE_KEYS, err);
	char text[DIGEST_TEXT_LEN + 1];
	struct jval *list = jval_path(v, "rootfs.diff_ids");

	if (!v)
		return -1;
	if (jval_type(list) != JV_ARRAY)
		return err_set(err, EK_INVALID, "request: a config without rootfs.diff_ids");
	jval_add(list, jval_new_str(digest_text(diff_id, text)));
	jval_print(v, false, ret);
	return 0;
}

static int work(const struct request *rq, const struct put_layer *to, const struct arc_part *part,
	struct request_answer *ret, struct err *err)
{
	const struct svec none = SVEC_INIT, *names = rq->save.n ? &rq->save.v[0].names : &none;
	auto_sbuf struct sbuf config = SBUF_INIT;
	struct put_image p = {.store = to->store, .config = &config, .names = names,
		.docker = rq->format && !strcmp(rq->format, "docker")};
	struct digest diff_id;
	char id[65];

	if (!rq->config)
		return err_set(err, EK_INVALID, "request: no config");
	if (hash_part(part, &diff_id, err) < 0 || put_layer(to, &diff_id, part, NULL, err) < 0 ||
		add_diff_id(rq->config, &diff_id, &config, err) < 0 || put_image(&p, id, err) < 0)
		return -1;
	request_add_image(ret, id, names->n ? names->v[0] : "");
	return 0;
}

int commit_run(const struct request *rq, const struct put_layer *to, int archive, struct request_answer *ret,
	struct err *err)
{
	const struct svec readable = SVEC_INIT;
	struct arc_part part;
	int r;

	if (sandbox_enter(to->store, &readable, err) < 0)
		return -1;
	r = arc_read_plain(archive, to->store->tmp, &part, err);
	if (!r) {
		r = work(rq, to, &part, ret, err);
		arc_read_part_done(&part);
	}
	return r < 0 ? err_wrap(err, "%s %s", rq->op, rq->name) : 0;
}
