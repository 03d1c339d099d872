#include "podlite/transfer/check_store.h"

#include "common/fd.h"
#include "podlite/transfer/cancel.h"
#include "podlite/transfer/sandbox.h"
#include "storage/check.h"

static int write_finding(void *arg, const struct check_finding *f, struct err *err)
{
	auto_jval struct jval *v = f ? jval_new_object() : NULL;
	auto_sbuf struct sbuf text = SBUF_INIT;
	int r;

	if (!f)
		return cancel_check(err);
	jval_set_str(v, "code", f->code);
	jval_set_str(v, "kind", f->kind);
	jval_set_str(v, "id", f->id);
	if (f->path)
		jval_set_str(v, "path", f->path);
	jval_set_str(v, "message", f->message);
	if (f->leftover)
		jval_set_bool(v, "leftover", true);
	jval_print(v, false, &text);
	sbuf_addch(&text, '\n');
	r = fd_write_all(*(int *)arg, text.buf, text.len);
	return r < 0 ? err_neg(err, r, "write what was found") : 0;
}

int check_store(const struct request *rq, struct store *s, int out, struct err *err)
{
	const struct svec readable = SVEC_INIT;
	const struct check c = {.store = s, .depth = (enum inventory_depth)rq->depth, .max_age_ns = rq->max_age_ns,
		.report = write_finding, .arg = &out};

	if (rq->depth < INVENTORY_STAT || rq->depth > INVENTORY_DATA)
		return err_set(err, EK_INVALID, "request: depth");
	if (sandbox_enter(s, &readable, err) < 0)
		return -1;
	return check_run(&c, err);
}
