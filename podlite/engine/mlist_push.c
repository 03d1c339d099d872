#include "podlite/engine/mlist.h"

#include <string.h>

#include "common/alloc.h"
#include "podlite/engine/events.h"
#include "podlite/engine/transfer.h"

/* The document with "from" in its entries, for the worker. zstd layers make OCI manifests of all images. */
static int print_list(const struct image *list, const struct img_push_opts *o, struct sbuf *ret, struct err *err)
{
	bool zstd = o->compression && !strcmp(o->compression, "zstd");
	const struct jval *entries = jval_get(list->list, "manifests");
	auto_jval struct jval *doc = mlist_document(list, o->format ? o->format : zstd ? "oci" : NULL, err);

	if (!doc)
		return -1;
	for (size_t i = 0; i < jval_len(entries); i++)
		jval_set_str(jval_at(jval_get(doc, "manifests"), i), "from", jval_get_str(jval_at(entries, i), "from", ""));
	jval_print(doc, false, ret);
	return 0;
}

int mlist_push(struct context *c, const struct image *list, const char *to, bool all, const struct img_push_opts *o,
	char **ret_digest, struct err *err)
{
	auto_free char *name = img_push_destination(list, list->id, to, err);
	struct request rq = img_push_request(c, o, "push-list", name);
	auto_sbuf struct sbuf text = SBUF_INIT;
	struct request_answer a;

	if (!name || print_list(list, o, &text, err) < 0)
		return -1;
	rq.list = text.buf;
	rq.all = all;
	if (transfer_ask(c, &rq, &a, err) < 0)
		return -1;
	events_image(c, list->id, name, "push");
	*ret_digest = take_ptr(a.digest);
	request_answer_done(&a);
	return 0;
}
