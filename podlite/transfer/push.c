#include "podlite/transfer/push.h"

#include "common/alloc.h"
#include "podlite/transfer/push_image.h"
#include "podlite/transfer/sandbox.h"

static int send(struct push_to *t, const struct push_image *i, struct request_answer *ret, struct err *err)
{
	auto_svec struct svec readable = SVEC_INIT;
	struct spec_descriptor sent = {.size = 0};
	char text[DIGEST_TEXT_LEN + 1];

	push_image_lenders(i, t);
	if (push_to_open(t, &readable, err) < 0 || sandbox_enter(t->p->store, &readable, err) < 0)
		return -1;
	push_to_start(t);
	if (push_image_send(i, t, true, &sent, err) == 0) {
		ret->digest = xstrdup(digest_text(&sent.digest, text));
		return 0;
	}
	return err->kind == EK_DENIED ? err_advise(err, "log in with: podlite login %s", t->ref.host) : -1;
}

int push_run(const struct push *p, struct request_answer *ret, struct err *err)
{
	struct push_image image = {.img = {.id = ""}};
	struct push_to to;
	int r = push_to_parse(p, &to, err);

	if (!r)
		r = push_image_read(p, p->rq->image, &image, err);
	if (!r)
		r = send(&to, &image, ret, err);
	push_image_done(&image);
	push_to_done(&to);
	return r < 0 ? err_wrap(err, "push %s", p->rq->name) : 0;
}
