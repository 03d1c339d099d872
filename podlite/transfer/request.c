#include "podlite/transfer/request.h"

#include <stdio.h>
#include <string.h>

#include "common/digest.h"
#include "common/jmap.h"

static const struct jmap save_map[] = {
	JMAP_STR("id", struct request_save, id, JMAP_NEED),
	JMAP_STRS("names", struct request_save, names, 0),
	JMAP_END,
};

static const struct jmap request_map[] = {
	JMAP_STR("op", struct request, op, 0),
	JMAP_STR("root", struct request, root, 0),
	JMAP_STR("driver", struct request, driver, 0),
	JMAP_STR("name", struct request, name, JMAP_NEED),
	JMAP_STR("platform", struct request, platform, 0),
	JMAP_INT("tls_verify", struct request, tls_verify, 0),
	JMAP_STR("authfile", struct request, authfile, 0),
	JMAP_STR("creds", struct request, creds, 0),
	JMAP_STR("cert_dir", struct request, cert_dir, 0),
	JMAP_BOOL("quiet", struct request, quiet, 0),
	JMAP_BOOL("all_tags", struct request, all_tags, 0),
	JMAP_BOOL("progress", struct request, progress, 0),
	JMAP_BOOL("events", struct request, events, 0),
	JMAP_BOOL("debug", struct request, debug, 0),
	JMAP_INT("retry", struct request, retry, JMAP_KEEP),
	JMAP_INT("retry_delay_ns", struct request, retry_delay_ns, 0),
	JMAP_INT("stall_seconds", struct request, stall_seconds, 0),
	JMAP_STR("image", struct request, image, 0),
	JMAP_STR("compression", struct request, compression, 0),
	JMAP_STR("format", struct request, format, 0),
	JMAP_INT("level", struct request, level, 0),
	JMAP_STR("select", struct request, select, 0),
	JMAP_BOOL("single", struct request, single, 0),
	JMAP_BOOL("list_tags", struct request, list_tags, 0),
	JMAP_INT("limit", struct request, limit, 0),
	JMAP_STR("config", struct request, config, 0),
	JMAP_STRS("refused", struct request, refused, 0),
	JMAP_STRS("stores", struct request, stores, 0),
	JMAP_STRS("renew", struct request, renew, 0),
	JMAP_INT("depth", struct request, depth, 0),
	JMAP_INT("max_age_ns", struct request, max_age_ns, 0),
	JMAP_BOOL("compress", struct request, compress, 0),
	JMAP_BOOL("uncompressed", struct request, uncompressed, 0),
	JMAP_BOOL("all", struct request, all, 0),
	JMAP_STR("list", struct request, list, 0),
	JMAP_LIST("save", struct request, save, save_map, struct request_save, 0),
	JMAP_END,
};

static const struct jmap image_map[] = {
	JMAP_STR("id", struct request_image, id, JMAP_NEED),
	JMAP_STR("name", struct request_image, name, JMAP_NEED),
	JMAP_END,
};

static const struct jmap answer_map[] = {
	JMAP_LIST("images", struct request_answer, images, image_map, struct request_image, 0),
	JMAP_STR("realm", struct request_answer, realm, 0),
	JMAP_STR("digest", struct request_answer, digest, 0),
	JMAP_STR("text", struct request_answer, text, 0),
	JMAP_END,
};

const char *const request_stages[] = {"waiting", "fetching", "unpacking", "sending", "committing", "done", "exists", NULL};

static const struct jmap progress_map[] = {
	JMAP_STR("blob", struct request_progress, blob, 0),
	JMAP_STR("stage", struct request_progress, stage, JMAP_NEED),
	JMAP_UINT("bytes", struct request_progress, bytes, 0),
	JMAP_UINT("total", struct request_progress, total, 0),
	JMAP_END,
};

struct jval *request_progress_emit(const struct request_progress *p)
{
	return jmap_emit(progress_map, p);
}

static bool is_stage(const char *word)
{
	for (const char *const *s = request_stages; *s; s++)
		if (!strcmp(*s, word))
			return true;
	return false;
}

int request_progress_parse(const char *line, size_t n, struct request_progress *ret, struct err *err)
{
	static const char begin[] = "{\"" REQUEST_PROGRESS "\":";
	struct request_progress p = {.stage = NULL};
	auto_jval struct jval *v = NULL;
	struct digest blob;

	if (n < strlen(begin) || memcmp(line, begin, strlen(begin)) != 0)
		return 0;
	v = jval_parse(line, n, JVAL_UNIQUE_KEYS, err);
	if (!v || jmap_parse(progress_map, jval_get(v, REQUEST_PROGRESS), &p, err) < 0) {
		request_progress_done(&p);
		return -1;
	}
	if (!is_stage(p.stage) || (p.blob && !digest_parse(p.blob, &blob))) {
		request_progress_done(&p);
		return err_set(err, EK_INVALID, "progress of an unknown kind");
	}
	*ret = p;
	return 1;
}

void request_progress_done(struct request_progress *p)
{
	jmap_done(progress_map, p);
}

struct jval *request_emit(const struct request *r)
{
	return jmap_emit(request_map, r);
}

int request_parse(const char *text, size_t n, struct request *ret, struct err *err)
{
	auto_jval struct jval *v = jval_parse(text, n, JVAL_UNIQUE_KEYS, err);
	struct request r = {.name = NULL};

	if (!v)
		return -1;
	if (jmap_parse(request_map, v, &r, err) < 0) {
		jmap_done(request_map, &r);
		return -1;
	}
	*ret = r;
	return 0;
}

void request_done(struct request *r)
{
	if (r->creds)
		explicit_bzero(r->creds, strlen(r->creds));
	jmap_done(request_map, r);
	memset(r, 0, sizeof(*r));
}

void request_add_image(struct request_answer *a, const char *id, const char *name)
{
	a->images.v = xrealloc(a->images.v, a->images.n + 1, sizeof(*a->images.v));
	a->images.v[a->images.n++] = (struct request_image){xstrdup(id), xstrdup(name)};
}

struct jval *request_answer_emit(const struct request_answer *a)
{
	struct jval *v = jmap_emit(answer_map, a);
	struct jval *e;

	if (a->err.kind == EK_OK)
		return v;
	e = jval_new_object();
	jval_set_int(e, "kind", a->err.kind);
	jval_set_int(e, "sys", a->err.sys);
	jval_set_int(e, "cause", a->err.cause);
	jval_set_int(e, "fix", a->err.fix);
	jval_set_str(e, "msg", a->err.msg);
	jval_set(v, "error", e);
	return v;
}

int request_answer_parse(const char *text, size_t n, struct request_answer *ret, struct err *err)
{
	auto_jval struct jval *v = jval_parse(text, n, JVAL_UNIQUE_KEYS, err);
	struct request_answer a = {.err = ERR_INIT};
	const struct jval *e = jval_get(v, "error");
	int64_t kind = jval_get_int(e, "kind", EK_OK);

	if (!v)
		return -1;
	if (jmap_parse(answer_map, v, &a, err) < 0) {
		request_answer_done(&a);
		return -1;
	}
	if (e) {
		/* the worker spoke with strangers: its words are checked and escaped */
		auto_sbuf struct sbuf msg = SBUF_INIT;
		const char *said = jval_get_str(e, "msg", "");
		struct err got = {.kind = kind > EK_OK && kind <= EK_SYSTEM ? (enum err_kind)kind : EK_SYSTEM};

		sbuf_addsafe(&msg, said, strlen(said));
		got.sys = (int)jval_get_int(e, "sys", 0);
		if (msg.len == strlen(said)) { /* else the parts are no longer where they were */
			got.cause = (uint16_t)jval_get_int(e, "cause", 0);
			got.fix = (uint16_t)jval_get_int(e, "fix", 0);
		}
		snprintf(got.msg, sizeof(got.msg), "%s", msg.buf);
		err_take(&a.err, &got);
	}
	*ret = a;
	return 0;
}

void request_answer_done(struct request_answer *a)
{
	jmap_done(answer_map, a);
	err_clear(&a->err);
}
