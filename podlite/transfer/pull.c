#include "podlite/transfer/pull.h"

#include <string.h>

#include "common/alloc.h"
#include "podlite/transfer/pull_image.h"
#include "podlite/transfer/pull_site.h"

#define DEFAULT_RETRIES 3
#define MAX_TAGS        10000

static void note(void *arg, const char *text)
{
	progress_line(arg, "%s", text);
}

static void advise(const struct registry *reg, const struct regconf_source *src, struct err *err)
{
	size_t n = strcspn(src->name, "/");

	if (reg->status == 404)
		err_advise(err, "check the name, or log in with: podlite login %.*s", (int)n, src->name);
	else if (reg->status == 401 || reg->status == 403)
		err_advise(err, "log in with: podlite login %.*s", (int)n, src->name);
}

static int all_tags(const struct pull *p, struct registry *reg, const struct ref *full, struct request_answer *ret,
	struct err *err)
{
	auto_svec struct svec tags = SVEC_INIT;
	char id[65];

	if (registry_tags(reg, &tags, err) < 0)
		return -1;
	if (tags.n > MAX_TAGS)
		return err_set(err, EK_INVALID, "%zu tags; the limit is %d", tags.n, MAX_TAGS);
	SVEC_EACH(tag, &tags) {
		auto_free char *repo = ref_repository(full);
		auto_free char *name = xasprintf("%s:%s", repo, tag);
		struct ref one;
		int r;

		if (ref_parse(name, &one, err) < 0)
			return -1;
		r = pull_image(p, reg, &one, id, err);
		ref_done(&one);
		if (r < 0)
			return err_wrap(err, "tag %s", tag);
		request_add_image(ret, id, name);
	}
	return tags.n ? 0 : err_set(err, EK_NOT_FOUND, "the repository has no tags");
}

static int try_source(const struct pull *p, const struct regconf_source *src, const struct ref *full,
	struct request_answer *ret, struct err *err)
{
	struct fetch_site site;
	struct registry reg = {
		.http = p->http,
		.site = &site,
		.repo = src->repo,
		.policy = {
			.retries = p->rq->retry < 0 ? DEFAULT_RETRIES : (unsigned)p->rq->retry,
			.delay_ns = p->rq->retry_delay_ns,
			.note = note,
			.note_arg = p->progress,
		},
	};
	char id[65];
	int r;

	if (pull_site_open(p->rq, src, &site, err) < 0)
		return -1;
	if (p->rq->all_tags) {
		r = all_tags(p, &reg, full, ret, err);
	} else {
		auto_free char *name = ref_text(full, true);

		r = pull_image(p, &reg, full, id, err);
		if (!r)
			request_add_image(ret, id, name);
	}
	if (r < 0)
		advise(&reg, src, err);
	fetch_site_done(&site);
	return r;
}

/* Every place a full name can come from. */
static int pull_full(const struct pull *p, const struct ref *full, struct request_answer *ret, struct err *err)
{
	auto_free char *name = ref_text(full, !p->rq->all_tags);
	struct regconf_source *src = NULL;
	size_t n = 0;
	int r;

	progress_line(p->progress, "Trying to pull %s...", name);
	r = regconf_sources(p->conf, full, &src, &n, err);
	for (size_t i = 0; !r && i < n; i++) {
		err_clear(err);
		r = try_source(p, &src[i], full, ret, err);
		if (!r)
			break;
		if (i + 1 < n) {
			progress_line(p->progress, "%s: %s; trying the next source", src[i].name, err->msg);
			r = 0;
		}
	}
	regconf_sources_free(src, n);
	return r < 0 ? err_wrap(err, "pull %s", name) : 0;
}

/* candidate (host/path) with the tag and digest the user wrote */
static int pull_candidate(const struct pull *p, const char *candidate, const struct ref *asked,
	struct request_answer *ret, struct err *err)
{
	struct ref full;
	int r;

	if (ref_parse(candidate, &full, err) < 0)
		return err_wrap(err, "registries.conf");
	if (!full.host) {
		ref_done(&full);
		return err_set(err, EK_INVALID, "registries.conf: \"%s\" is not a full image name", candidate);
	}
	full.digest = asked->digest;
	if (asked->tag) {
		free(full.tag);
		full.tag = xstrdup(asked->tag);
	}
	if (!full.tag && !digest_is_set(&full.digest) && !p->rq->all_tags)
		full.tag = xstrdup("latest");
	r = pull_full(p, &full, ret, err);
	ref_done(&full);
	return r;
}

static int pull_names(const struct pull *p, const struct ref *asked, struct request_answer *ret, struct err *err)
{
	auto_svec struct svec names = SVEC_INIT;
	auto_free char *repo = ref_repository(asked);
	struct err first = ERR_INIT;

	if (asked->host)
		svec_add(&names, repo);
	else if (regconf_candidates(p->conf, asked, &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		err_clear(err);
		if (pull_candidate(p, names.v[i], asked, ret, err) == 0)
			return 0;
		if (i == 0)
			first = *err;
		if (i + 1 < names.n)
			progress_line(p->progress, "%s", err->msg);
	}
	*err = first;
	return -1;
}

int pull_run(const struct pull *p, struct request_answer *ret, struct err *err)
{
	struct ref asked;
	int r;

	if (ref_parse(p->rq->name, &asked, err) < 0)
		return err_wrap(err, "pull");
	if (p->rq->all_tags && (asked.tag || digest_is_set(&asked.digest)))
		r = err_set(err, EK_USAGE, "pull %s: --all-tags takes a name without tag and digest", p->rq->name);
	else
		r = pull_names(p, &asked, ret, err);
	ref_done(&asked);
	return r;
}
