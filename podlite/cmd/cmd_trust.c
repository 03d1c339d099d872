/* cmd_trust.c - `podlite image trust`, and `podlite image sign`, which is not built. */
#include "podlite/cmd/cmd.h"

#include <fcntl.h>
#include <string.h>

#include "common/alloc.h"
#include "common/fs.h"
#include "net/policy.h"
#include "podlite/cmd/trust.h"
#include "podlite/output.h"

/* ---- trust show ---- */

struct show_opts {
	bool json, raw, noheading;
};

static const struct option_def show_rows[] = {
	OPT_ROW("json", 'j', OPT_BOOL, struct show_opts, json, NULL, "Print JSON"),
	OPT_ROW("noheading", 'n', OPT_BOOL, struct show_opts, noheading, NULL, "Do not print headings"),
	OPT_ROW("raw", 0, OPT_BOOL, struct show_opts, raw, NULL, "Print the policy file as it is"),
	OPT_ROWS_END,
};
static const struct option_def *const show_groups[] = {show_rows, NULL};

static void add_rule(const char *transport, const char *name, const struct jval *list, struct jval *rows,
	struct jval *json)
{
	struct jval *row = jval_new_object(), *v = jval_new_object();

	jval_set_str(row, "Transport", transport);
	jval_set_str(row, "RepoName", name);
	jval_set_str(row, "Type", policy_word(list));
	jval_set_str(row, "GPGId", "");
	jval_set_str(row, "SignatureStore", "");
	jval_add(rows, row);
	jval_set_str(v, "transport", transport);
	if (!strcmp(transport, "all"))
		jval_set_str(v, "name", "* (default)");
	else
		jval_set_str(v, "name", name);
	jval_set_str(v, "repo_name", name);
	jval_set_str(v, "type", policy_word(list));
	jval_add(json, v);
}

/* only: the scope asked for, or NULL for all */
static void add_rules(const struct policy *p, const char *only, struct jval *rows, struct jval *json)
{
	if (!only || !strcmp(only, "default"))
		add_rule("all", "default", jval_get(p->doc, "default"), rows, json);
	for (const struct jval_iter *t = jval_first(jval_get(p->doc, "transports")); t; t = jval_next(t)) {
		const char *transport = !strcmp(jval_key(t), "docker") ? "repository" : jval_key(t);

		for (const struct jval_iter *s = jval_first(jval_value(t)); s; s = jval_next(s))
			if (!only || !strcmp(only, jval_key(s)))
				add_rule(transport, jval_key(s), jval_value(s), rows, json);
	}
}

static int print_rules(const struct policy *p, const struct show_opts *o, const char *only, struct err *err)
{
	static const struct output_column columns[] = {{"TRANSPORT", "Transport"}, {"NAME", "RepoName"},
		{"TYPE", "Type"}, {"ID", "GPGId"}, {"STORE", "SignatureStore"}, {NULL, NULL}};
	struct output_list list = {.columns = columns, .format = o->json ? "json" : NULL,
		.noheading = o->noheading};
	auto_jval struct jval *rows = jval_new_array(), *json = jval_new_array();

	add_rules(p, only, rows, json);
	if (only && !jval_len(rows))
		return err_set(err, EK_NOT_FOUND, "%s has no rule for %s of its own", p->path, only);
	return output_list(&list, rows, json, err);
}

static int run_show(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	static const char accept_all[] = "{\"default\":[{\"type\":\"insecureAcceptAnything\"}]}";
	const struct show_opts *o = opt;
	struct policy p;
	int r;

	(void)c;
	if (policy_load(&p, err) < 0)
		return -1;
	if (!p.doc && policy_parse(accept_all, sizeof(accept_all) - 1, &p, err) < 0)
		return -1;
	r = o->raw ? output_value(NULL, p.doc, false, err) : print_rules(&p, o, argc ? argv[0] : NULL, err);
	policy_done(&p);
	return r;
}

static const struct command trust_show = {
	.name = "show",
	.args = "[options] [REGISTRY]",
	.summary = "Show which images policy.json lets in",
	.groups = show_groups,
	.opt_size = sizeof(struct show_opts),
	.max_args = 1,
	.run = run_show,
};

/* ---- trust set ---- */

struct set_opts {
	char *type;
	struct svec keys;
};

static const char *const set_types[] = {"accept", "reject", "signedBy", "sigstoreSigned", NULL};
static const struct option_def set_rows[] = {
	OPT_ROW("pubkeysfile", 'f', OPT_LIST, struct set_opts, keys, "FILE", "Public key; of several, each must have signed"),
	{"type", 't', OPT_STR, offsetof(struct set_opts, type), "TYPE",
		"What is demanded: accept, reject or sigstoreSigned", 0, "signedBy", NULL, set_types},
	OPT_ROWS_END,
};
static const struct option_def *const set_groups[] = {set_rows, NULL};

static void add_requirement(struct jval *list, const char *type, const char *key)
{
	struct jval *v = jval_new_object();

	jval_set_str(v, "type", type);
	if (key)
		jval_set_str(v, "keyPath", key);
	jval_add(list, v);
}

static int add_key(struct jval *list, const char *file, struct err *err)
{
	auto_free char *path = fs_abspath(file);

	if (!fs_exists(AT_FDCWD, path))
		return err_set(err, EK_NOT_FOUND, "image trust set: there is no key %s", file);
	add_requirement(list, "sigstoreSigned", path);
	return 0;
}

static int make_rule(const struct set_opts *o, struct jval *list, struct err *err)
{
	const char *type = o->type ? o->type : "signedBy";
	bool sigstore = !strcmp(type, "sigstoreSigned");

	if (!strcmp(type, "signedBy")) {
		err_set(err, EK_UNSUPPORTED, "image trust set: signedBy (GPG signatures) cannot be checked by podlite");
		return err_advise(err, "use --type sigstoreSigned, accept or reject");
	}
	if (sigstore != (o->keys.n > 0))
		return err_set(err, EK_USAGE, "image trust set: --type %s %s --pubkeysfile", type,
			sigstore ? "needs" : "takes no");
	if (!sigstore)
		add_requirement(list, strcmp(type, "accept") ? "reject" : "insecureAcceptAnything", NULL);
	SVEC_EACH(file, &o->keys)
		if (add_key(list, file, err) < 0)
			return -1;
	return 0;
}

static int run_set(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	auto_jval struct jval *list = jval_new_array();

	(void)c, (void)argc;
	if (policy_check_scope(argv[0], err) < 0 || make_rule(opt, list, err) < 0)
		return -1;
	return policy_store(argv[0], jval_ref(list), err);
}

static const struct command trust_set = {
	.name = "set",
	.args = "[options] REGISTRY",
	.summary = "Set which images of a registry policy.json lets in",
	.groups = set_groups,
	.opt_size = sizeof(struct set_opts),
	.min_args = 1,
	.max_args = 1,
	.run = run_set,
};

static const struct command *const trust_sub[] = {&trust_set, &trust_show, NULL};

const struct command trust_group = {
	.name = "trust",
	.args = "COMMAND",
	.summary = "Which images are let in",
	.sub = trust_sub,
};

/* ---- sign ---- */

static int run_sign(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	(void)c, (void)opt, (void)argc;
	err_set(err, EK_UNSUPPORTED, "image sign %s: signing is not built", argv[0]);
	return err_advise(err, "cosign and skopeo copy --sign-by sign what podlite push sent");
}

const struct command trust_sign = {
	.name = "sign",
	.args = "IMAGE [IMAGE...]",
	.summary = "Refused: podlite does not sign",
	.min_args = 1,
	.max_args = -1,
	.run = run_sign,
};
