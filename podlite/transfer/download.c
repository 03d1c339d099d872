#include "podlite/transfer/download.h"

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "net/auth.h"
#include "podlite/transfer/sandbox.h"

#define MAX_REDIRECTS  5
#define ERROR_BODY_MAX (64 << 10)

struct work {
	struct http *http;
	struct progress *progress;
	int out;
	uint64_t bytes, room; /* got; that there may be */
	uint64_t other;       /* bytes of the answer that are not what was asked for */
	int failed;  /* -errno of writing */
	bool inside; /* the user named a loopback address: redirects may lead to one */
};

static enum http_take on_body(void *arg, const struct http_response *r, const void *data, size_t n)
{
	struct work *w = arg;

	if (r->status != 200) {
		w->other += n;
		return w->other > ERROR_BODY_MAX ? HTTP_ABORT : HTTP_TAKEN; /* its status is all that is asked of it */
	}
	w->failed = n > w->room - w->bytes ? -EFBIG : fd_write_all(w->out, data, n);
	w->bytes += n;
	progress_set(w->progress, 0, NULL, PROGRESS_BYTES, "fetching", w->bytes, 0);
	progress_draw(w->progress, false);
	return w->failed ? HTTP_ABORT : HTTP_TAKEN;
}

static bool is_redirect(long status)
{
	return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* Where a redirect leads replaces *url. */
static int follow(const struct http_response *r, struct http_url *url, struct err *err)
{
	struct http_url to;

	if (!r->location)
		return err_set(err, EK_INVALID, "%s answered %ld without a Location", url->host, r->status);
	if (http_url_parse(url->url, r->location, &to, err) < 0)
		return err_wrap(err, "redirect");
	if (url->tls && !to.tls) {
		err_set(err, EK_INVALID, "%s redirects from https to http, refused", url->host);
		http_url_done(&to);
		return -1;
	}
	http_url_done(url);
	*url = to;
	return 0;
}

/* 1: it is there, 0: go on at *url. */
static int judge(struct work *w, const struct http_xfer *x, struct http_url *url, struct err *err)
{
	const struct http_response *r = http_response(x);
	unsigned hints;
	const char *why = http_failure(x, &hints);

	if (w->failed == -EFBIG)
		return err_set(err, EK_SYSTEM, "it is larger than the space for it");
	if (w->failed)
		return err_neg(err, w->failed, "write the archive");
	if (why && !http_aborted(x))
		return err_set(err, EK_NETWORK, "%s", why);
	if (is_redirect(r->status))
		return follow(r, url, err);
	if (r->status != 200)
		return err_set(err, r->status == 404 ? EK_NOT_FOUND : EK_NETWORK, "%s answered %ld", url->host, r->status);
	return 1;
}

static int get_once(struct work *w, struct http_url *url, bool redirected, struct err *err)
{
	const struct http_request rq = {.url = url->url, .body = on_body, .arg = w, .no_linklocal = redirected,
		.no_loopback = redirected && !w->inside};
	struct http_xfer *x = http_start(w->http, &rq, err);
	int r = x ? 0 : -1;

	w->other = 0;
	while (!r && !http_finished(x))
		r = http_pump(w->http, NULL, 0, 1000, err);
	if (!r)
		r = judge(w, x, url, err);
	http_end(x);
	return r;
}

static int get(struct work *w, struct http_url *url, struct err *err)
{
	for (unsigned i = 0; i <= MAX_REDIRECTS; i++) {
		int r = get_once(w, url, i > 0, err);

		if (r)
			return r < 0 ? -1 : 0;
	}
	return err_set(err, EK_INVALID, "more than %d redirects", MAX_REDIRECTS);
}

int download_run(const struct request *rq, struct http *http, struct progress *progress, int out, struct err *err)
{
	struct work w = {.http = http, .progress = progress, .out = out};
	auto_svec struct svec none = SVEC_INIT;
	struct http_url url;
	int r;

	if (out < 0)
		return err_set(err, EK_INVALID, "request: no file");
	r = fs_room(out, &w.room);
	if (r < 0)
		return err_neg(err, r, "look at the file system");
	if (http_url_parse(NULL, rq->name, &url, err) < 0)
		return -1;
	w.inside = auth_host_is_loopback(url.host);
	progress_rows(progress, 1);
	r = sandbox_enter(NULL, &none, err);
	if (!r)
		r = get(&w, &url, err);
	if (!r)
		progress_set(progress, 0, NULL, PROGRESS_DONE, NULL, w.bytes, w.bytes);
	progress_rows_end(progress);
	http_url_done(&url);
	return r < 0 ? err_wrap(err, "fetch %s", rq->name) : 0;
}
