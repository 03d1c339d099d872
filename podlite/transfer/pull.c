#include "podlite/transfer/pull.h"

#include <string.h>

#include "common/alloc.h"
#include "net/policy.h"
#include "net/sigstore.h"
#include "podlite/transfer/describe.h"
#include "podlite/transfer/pull_image.h"
#include "podlite/transfer/pull_site.h"
#include "podlite/transfer/sandbox.h"
#include "podlite/transfer/shelves.h"

#define MAX_TAGS        10000

/* One full name the asked one may stand for, and the places it can come from. */
struct candidate {
	struct ref ref;
	char *name;     /* of ref */
	struct pull_sources from;
	const struct policy *policy;
	const struct jval *demand;   /* signatures that the policy wants, or NULL */
	struct sigstore *signatures; /* the same with its keys */
	struct err err; /* blocked or misconfigured */
};

struct candidates {
	struct candidate *v;
	size_t n;
};

/* ---- preparation ---- */

/* repository (host/path) with the tag and digest the user wrote */
static int make_ref(const struct pull *p, const char *repository, const struct ref *asked, struct ref *ret,
	struct err *err)
{
	if (ref_parse(repository, ret, err) < 0)
		return err_wrap(err, "registries.conf");
	if (!ret->host) {
		ref_done(ret);
		return err_set(err, EK_INVALID, "registries.conf: \"%s\" is not a full image name", repository);
	}
	ret->digest = asked->digest;
	if (asked->tag) {
		free(ret->tag);
		ret->tag = xstrdup(asked->tag);
	}
	if (!ret->tag && !digest_is_set(&ret->digest) && !p->rq->all_tags)
		ret->tag = xstrdup("latest");
	return 0;
}

static int open_candidate(const struct pull *p, struct candidate *c, struct err *err)
{
	if (policy_check_docker(c->policy, &c->ref, &c->demand, err) < 0)
		return -1;
	if (c->demand && p->store) {
		c->signatures = sigstore_open(c->demand, &c->ref, err);
		if (!c->signatures)
			return -1;
	}
	return pull_sources_open(p->rq, p->conf, &c->ref, &c->from, err);
}

static int prepare(const struct pull *p, const struct policy *policy, const struct ref *asked, struct candidates *ret,
	struct err *err)
{
	auto_svec struct svec names = SVEC_INIT;
	auto_free char *repository = ref_repository(asked);

	if (asked->host)
		svec_add(&names, repository);
	else if (regconf_candidates(p->conf, asked, &names, err) < 0)
		return -1;
	ret->v = xcalloc(names.n, sizeof(*ret->v));
	for (; ret->n < names.n; ret->n++) {
		struct candidate *c = &ret->v[ret->n];

		if (make_ref(p, names.v[ret->n], asked, &c->ref, err) < 0)
			return -1;
		c->name = ref_text(&c->ref, false);
		c->policy = policy;
		(void)!open_candidate(p, c, &c->err);
	}
	return 0;
}

static void candidates_done(struct candidates *l)
{
	for (size_t i = 0; i < l->n; i++) {
		struct candidate *c = &l->v[i];

		pull_sources_done(&c->from);
		sigstore_free(c->signatures);
		free(c->name);
		ref_done(&c->ref);
	}
	free(l->v);
}

/* ---- asking ---- */

static void advise(const struct registry *reg, const struct regconf_source *src, struct err *err)
{
	int n = (int)strcspn(src->name, "/");

	if (err->kind == EK_NOT_FOUND && reg->status == 404)
		err_advise(err, "check the name, or log in with: podlite login %.*s", n, src->name);
	else if (err->kind == EK_DENIED)
		err_advise(err, "log in with: podlite login %.*s", n, src->name);
}

/* A tag can have a rule of its own, whose keys are out of reach by now. */
static int check_tag(const struct candidate *c, const struct ref *one, struct err *err)
{
	const struct jval *demand;

	if (policy_check_docker(c->policy, one, &demand, err) < 0)
		return -1;
	if (demand && demand != c->demand)
		return err_set(err, EK_UNSUPPORTED, "policy.json demands other signatures of it than of the repository; "
			"pull it by itself");
	return 0;
}

static int pull_tag(const struct pull *p, struct registry *reg, const struct candidate *c, const char *tag,
	struct request_answer *ret, struct err *err)
{
	auto_free char *repo = ref_repository(&c->ref);
	auto_free char *name = xasprintf("%s:%s", repo, tag);
	struct ref one;
	char id[65];
	int r;

	if (ref_parse(name, &one, err) < 0)
		return -1;
	r = check_tag(c, &one, err);
	if (!r)
		r = pull_image(p, reg, &one, c->signatures, id, err);
	ref_done(&one);
	if (r < 0)
		return err_wrap(err, "tag %s", tag);
	request_add_image(ret, id, name);
	return 0;
}

/* Signatures beside the images are no images. */
static bool is_attachment(const char *tag)
{
	size_t n = strlen(tag);

	return n > 7 + 64 && !strncmp(tag, "sha256-", 7) && tag[7 + 64] == '.';
}

static int pull_all_tags(const struct pull *p, struct registry *reg, const struct candidate *c,
	struct request_answer *ret, struct err *err)
{
	auto_svec struct svec tags = SVEC_INIT;

	if (registry_tags(reg, &tags, err) < 0)
		return -1;
	if (!tags.n)
		return err_set(err, EK_NOT_FOUND, "the repository has no tags");
	if (tags.n > MAX_TAGS)
		return err_set(err, EK_INVALID, "%zu tags, the limit is %d", tags.n, MAX_TAGS);
	SVEC_EACH(tag, &tags)
		if (!is_attachment(tag) && pull_tag(p, reg, c, tag, ret, err) < 0)
			return -1;
	return 0;
}

/* Only its text, for `manifest inspect`. */
static int read_manifest(struct registry *reg, const struct ref *ref, struct request_answer *ret, struct err *err)
{
	auto_free char *by_digest = digest_is_set(&ref->digest) ? xasprintf("sha256:%s", ref->digest.hex) : NULL;
	auto_free char *type = NULL;
	auto_sbuf struct sbuf text = SBUF_INIT;
	struct digest digest;

	if (registry_manifest(reg, by_digest ? by_digest : ref->tag, &text, &type, &digest, err) < 0)
		return -1;
	ret->text = sbuf_take(&text);
	return 0;
}

static int try_source(const struct pull *p, struct candidate *c, size_t i, struct request_answer *ret, struct err *err)
{
	struct registry reg = {
		.http = p->http,
		.site = &c->from.sites[i],
		.repo = c->from.v[i].repo,
		.policy = pull_site_policy(p->rq, p->progress),
	};
	char id[65];
	int r;

	/* whoever has another source need not wait for a dead mirror; what came of a layer counts for the next, too */
	if (p->rq->retry < 0 && i + 1 < c->from.n)
		reg.policy.retries = 0;
	if (p->rq->op && !strcmp(p->rq->op, "describe"))
		r = describe_image(p->rq, &reg, &c->ref, ret, err);
	else if (!p->store)
		r = read_manifest(&reg, &c->ref, ret, err);
	else if (p->rq->all_tags)
		r = pull_all_tags(p, &reg, c, ret, err);
	else
		r = pull_image(p, &reg, &c->ref, c->signatures, id, err);
	if (!r && p->store && !p->rq->all_tags)
		request_add_image(ret, id, c->name);
	if (r < 0)
		advise(&reg, &c->from.v[i], err);
	return r;
}

static int try_candidate(const struct pull *p, struct candidate *c, struct request_answer *ret, struct err *err)
{
	progress_line(p->progress, "Trying to pull %s...", c->name);
	*err = c->err;
	for (size_t i = 0; i < c->from.n && c->err.kind == EK_OK; i++) {
		err_clear(err);
		if (try_source(p, c, i, ret, err) == 0)
			return 0;
		if (i + 1 < c->from.n)
			progress_line(p->progress, "%s: %s; trying the next source", c->from.v[i].name, err->msg);
	}
	return err_wrap(err, "pull %s", c->name);
}

/* The first candidate's error is the one to report: it is what the user most likely meant. */
static int try_all(const struct pull *p, struct candidates *l, struct request_answer *ret, struct err *err)
{
	struct err first = ERR_INIT;

	for (size_t i = 0; i < l->n; i++) {
		err_clear(err);
		if (try_candidate(p, &l->v[i], ret, err) == 0)
			return 0;
		if (i == 0)
			first = *err;
		if (i + 1 < l->n)
			progress_line(p->progress, "%s", err->msg);
	}
	*err = first;
	return -1;
}

/* Client certificates are opened by name when a connection needs them. */
static int confine(const struct pull *p, const struct candidates *l, struct err *err)
{
	auto_svec struct svec readable = SVEC_INIT;

	if (p->shelves)
		shelves_open(&p->rq->stores, p->shelves, &readable);
	for (size_t i = 0; i < l->n; i++)
		pull_sources_readable(&l->v[i].from, &readable);
	return sandbox_enter(p->store, &readable, err);
}

int pull_run(const struct pull *p, struct request_answer *ret, struct err *err)
{
	struct candidates l = {.v = NULL};
	struct policy policy;
	struct ref asked;
	int r;

	if (ref_parse(p->rq->name, &asked, err) < 0 || policy_load(&policy, err) < 0)
		return err_wrap(err, "pull");
	if (p->rq->all_tags && (asked.tag || digest_is_set(&asked.digest)))
		r = err_set(err, EK_USAGE, "pull %s: --all-tags takes a name without tag and digest", p->rq->name);
	else
		r = prepare(p, &policy, &asked, &l, err);
	if (!r)
		r = confine(p, &l, err);
	if (!r)
		r = try_all(p, &l, ret, err);
	if (p->shelves)
		shelves_close(p->shelves);
	policy_done(&policy);
	candidates_done(&l);
	ref_done(&asked);
	return r;
}
