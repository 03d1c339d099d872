/* Changing policy.json, for `podlite image trust set`. */
#include "net/policy.h"

#include <fcntl.h>
#include <string.h>

#include "common/alloc.h"
#include "common/fs.h"

int policy_check_scope(const char *scope, struct err *err)
{
	struct ref r;

	if (!strcmp(scope, "default"))
		return 0;
	if (!strncmp(scope, "*.", 2) && scope[2] && !strchr(scope, '/') && !strchr(scope + 1, '*'))
		return 0;
	/* a host alone is no reference: with a path it must be one */
	auto_free char *name = strchr(scope, '/') ? xstrdup(scope) : xasprintf("%s/x", scope);

	if (ref_parse(name, &r, err) < 0)
		return err_wrap(err, "scope \"%.80s\"", scope);
	if (!r.host)
		err_set(err, EK_USAGE, "scope \"%.80s\": it begins with a registry, such as docker.io/library", scope);
	bool ok = r.host != NULL;
	ref_done(&r);
	return ok ? 0 : -1;
}

static struct jval *member(struct jval *parent, const char *key)
{
	struct jval *v = jval_get(parent, key);

	if (!v) {
		v = jval_new_object();
		jval_set(parent, key, v);
	}
	return v;
}

/* Without a policy everything is let in: that stays so for what the new rule is not about. */
static struct jval *begin(struct err *err)
{
	static const char accept_all[] = "{\"default\":[{\"type\":\"insecureAcceptAnything\"}]}";
	struct jval *doc;
	struct policy p;

	if (policy_load(&p, err) < 0)
		return NULL;
	doc = p.doc ? jval_ref(p.doc) : jval_parse(accept_all, sizeof(accept_all) - 1, 0, err);
	policy_done(&p);
	return doc;
}

static int write_file(const char *path, const struct jval *doc, struct err *err)
{
	auto_free char *dir = xstrndup(path, (size_t)(strrchr(path, '/') - path));
	auto_sbuf struct sbuf text = SBUF_INIT;
	int r = fs_mkdir_p(AT_FDCWD, dir);

	jval_print(doc, true, &text);
	sbuf_addch(&text, '\n');
	if (!r)
		r = fs_write_file(AT_FDCWD, path, text.buf, text.len, 0644, FS_SYNC);
	return r < 0 ? err_neg(err, r, "write %s", path) : 0;
}

int policy_store(const char *scope, struct jval *list, struct err *err)
{
	auto_jval struct jval *requirements = list, *doc = begin(err);
	auto_free char *path = policy_own_path();

	if (!doc)
		return -1;
	if (!path)
		return err_set(err, EK_USAGE, "no home directory to write containers/policy.json in; set HOME");
	if (!strcmp(scope, "default"))
		jval_set(doc, "default", jval_ref(requirements));
	else
		jval_set(member(member(doc, "transports"), "docker"), scope, jval_ref(requirements));
	return write_file(path, doc, err);
}
