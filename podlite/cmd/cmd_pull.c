/* cmd_pull.c - `podlite pull`. */
#include "podlite/cmd/cmd.h"

#include <stdlib.h>

#include "common/alloc.h"
#include "podlite/cmd/registry_opts.h"
#include "podlite/engine/img_budget.h"
#include "podlite/engine/transfer.h"
#include "podlite/output.h"
#include "podlite/report.h"

struct pull_opts {
	struct registry_opts registry;
	bool quiet, all_tags, content_trust;
	char *platform, *arch, *os, *variant, *policy;
};

static const char *const policies[] = {"always", "missing", "never", "newer", NULL};

#define O(n, l, t, m, a, h) OPT_ROW(n, l, t, struct pull_opts, m, a, h)
#define REFUSED(n, why) {n, 0, OPT_REFUSED, 0, "VALUE", why, 0, NULL, NULL, NULL}
static const struct option_def rows[] = {
	O("all-tags", 'a', OPT_BOOL, all_tags, NULL, "Every tag of the repository"),
	O("arch", 0, OPT_STR, arch, "ARCH", "Architecture instead of this machine's"),
	REFUSED("decryption-key", "encrypted images are not supported"),
	{"disable-content-trust", 0, OPT_BOOL, offsetof(struct pull_opts, content_trust), NULL, "Accepted for docker's sake; has no effect", OPT_F_HIDDEN, NULL, NULL, NULL},
	O("os", 0, OPT_STR, os, "OS", "Operating system instead of linux"),
	{"override-arch", 0, OPT_STR, offsetof(struct pull_opts, arch), "ARCH", "The same as --arch", OPT_F_HIDDEN, NULL, NULL, NULL},
	{"override-os", 0, OPT_STR, offsetof(struct pull_opts, os), "OS", "The same as --os", OPT_F_HIDDEN, NULL, NULL, NULL},
	{"override-variant", 0, OPT_STR, offsetof(struct pull_opts, variant), "VARIANT", "The same as --variant", OPT_F_HIDDEN, NULL, NULL, NULL},
	O("platform", 0, OPT_STR, platform, "OS/ARCH[/VARIANT]", "Platform of the image"),
	{"policy", 0, OPT_STR, offsetof(struct pull_opts, policy), "POLICY", "When to pull: always, missing, never or newer", 0, "always", NULL, policies},
	O("quiet", 'q', OPT_BOOL, quiet, NULL, "Print the image ID only"),
	O("variant", 0, OPT_STR, variant, "VARIANT", "Variant of the architecture"),
	OPT_ROWS_END,
};

/* --arch, --os and --variant together say what --platform says. */
static int platform_of(const struct pull_opts *o, char **ret, struct err *err)
{
	struct spec_platform host;

	if (o->platform && (o->arch || o->os || o->variant))
		return err_set(err, EK_USAGE, "--platform excludes --arch, --os and --variant");
	spec_platform_host(&host);
	if (o->platform)
		*ret = xstrdup(o->platform);
	else if (o->arch || o->os || o->variant)
		*ret = xasprintf("%s/%s%s%s", o->os ? o->os : host.os, o->arch ? o->arch : host.architecture,
			o->variant ? "/" : "", o->variant ? o->variant : "");
	return 0;
}

static int pull_all_tags(struct context *c, const char *name, const struct img_pull_opts *p, struct err *err)
{
	struct request_answer a;
	int r = 0;

	if (transfer_run(c, name, p, &a, err) < 0)
		return -1;
	for (size_t i = 0; i < a.images.n && !r; i++)
		r = output_line(err, "%s", a.images.v[i].id);
	if (!r && a.images.n)
		r = img_budget_keep(c, a.images.v[a.images.n - 1].id, err);
	request_answer_done(&a);
	return r;
}

static int pull_one(struct context *c, const char *name, enum pull_policy policy, const struct img_pull_opts *p,
	struct err *err)
{
	struct image img;
	auto_free char *found = NULL;
	int r;

	if (p->all_tags)
		return pull_all_tags(c, name, p, err);
	if (img_resolve(c, name, policy, p, &img, &found, err) < 0)
		return -1;
	r = output_line(err, "%s", img.id);
	if (!r)
		r = img_budget_keep(c, img.id, err);
	image_done(&img);
	return r;
}

static int run(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct pull_opts *o = opt;
	auto_free char *platform = NULL;
	enum pull_policy policy = PULL_ALWAYS;
	int status = 0;
	struct img_pull_opts p = {
		.tls_verify = o->registry.tls_verify,
		.authfile = o->registry.authfile,
		.creds = o->registry.creds,
		.cert_dir = o->registry.cert_dir,
		.quiet = o->quiet,
		.all_tags = o->all_tags,
	};

	if (platform_of(o, &platform, err) < 0 || img_retry_parse(o->registry.retry, o->registry.retry_delay, &p.retry, &p.retry_delay_ns, err) < 0 ||
		(o->policy && img_pull_policy(o->policy, &policy, err) < 0))
		return -1;
	p.platform = platform;
	for (int i = 0; i < argc; i++) {
		struct err one = ERR_INIT;

		if (pull_one(c, argv[i], policy, &p, &one) == 0)
			continue;
		if (err_lacks_means(&one) || i == argc - 1)
			return err_take(err, &one);
		report_error(c, &one);
		status = 125;
	}
	return status;
}

static const struct option_def *const groups[] = {registry_opts_auth, rows, registry_opts_retry, NULL};

const struct command cmd_pull = {
	.name = "pull",
	.args = "[options] IMAGE [IMAGE...]",
	.summary = "Fetch images from a registry",
	.groups = groups,
	.opt_size = sizeof(struct pull_opts),
	.needs = CMD_STORE,
	.min_args = 1,
	.max_args = -1,
	.run = run,
};
