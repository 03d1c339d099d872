/* Changing auth files: the one place that writes them. */
#include "net/authfile.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/account.h"
#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/lock.h"
#include "net/base64.h"
#include "net/credhelper.h"

#define FILE_MAX (1u << 20)

char *authfile_path(const char *file)
{
	const char *env = getenv("REGISTRY_AUTH_FILE"), *run = getenv("XDG_RUNTIME_DIR");

	if (file || (env && *env))
		return xstrdup(file ? file : env);
	if (run && *run == '/')
		return xasprintf("%s/containers/auth.json", run);
	return account_config("containers/auth.json");
}

/* An auth file held for changing: read, changed in memory, written or dropped. */
struct edit {
	const char *path;    /* for messages */
	char *name;          /* in dir */
	int dir, lock;
	struct jval *doc;
};

static char *lock_name(const struct edit *e)
{
	return xasprintf(".%s.lock", e->name ? e->name : "");
}

static void edit_done(struct edit *e)
{
	auto_free char *lock = lock_name(e);

	if (e->lock >= 0)
		unlinkat(e->dir, lock, 0); /* who waits for it looks again */
	fd_close(e->lock);
	fd_close(e->dir);
	free(e->name);
	jval_free(e->doc);
}

/* The file may be a link: what it points to is changed, in its own directory. */
static int edit_open_dir(struct edit *e, struct err *err)
{
	auto_free char *real = realpath(e->path, NULL);
	auto_free char *path = real ? take_ptr(real) : fs_abspath(e->path);
	char *slash = strrchr(path, '/');

	e->name = xstrdup(slash + 1);
	*slash = '\0';
	e->dir = fs_open_dir_p(AT_FDCWD, *path ? path : "/");
	return e->dir < 0 ? err_neg(err, e->dir, "auth file %s: open its directory", e->path) : 0;
}

/* Two logins at once must not lose one: the lock is a file beside it. */
static int edit_open(const char *path, struct edit *ret, struct err *err)
{
	struct edit e = {.path = path, .dir = -1, .lock = -1};
	auto_sbuf struct sbuf text = SBUF_INIT;
	auto_free char *lock = NULL;
	int r = edit_open_dir(&e, err);

	if (r < 0)
		goto out;
	lock = lock_name(&e);
	e.lock = lock_open(e.dir, lock, LOCK_EXCLUSIVE_, true);
	r = e.lock < 0 ? e.lock : fs_read_file(e.dir, e.name, FILE_MAX, &text);
	if (r < 0 && r != -ENOENT) {
		r = err_neg(err, r, "auth file %s", path);
		goto out;
	}
	e.doc = text.len ? jval_parse(text.buf, text.len, 0, err) : jval_new_object();
	explicit_bzero(text.buf, text.len);
	r = e.doc ? 0 : err_wrap(err, "auth file %s", path);
	if (!r && jval_type(e.doc) != JV_OBJECT)
		r = err_set(err, EK_INVALID, "auth file %s: not an object", path);
out:
	if (r < 0)
		edit_done(&e);
	else
		*ret = e;
	return r;
}

static int edit_write(const struct edit *e, struct err *err)
{
	return jval_write_file(e->dir, e->name, e->doc, FS_SYNC, err) < 0 ? err_wrap(err, "auth file %s", e->path) : 0;
}

static const char *helper_of(const struct edit *e, const char *host)
{
	const char *helper = jval_get_str(jval_get(e->doc, "credHelpers"), host, "");

	if (!*helper)
		helper = jval_get_str(e->doc, "credsStore", "");
	return *helper ? helper : NULL;
}

static struct jval *auths_of(struct edit *e)
{
	if (jval_type(jval_get(e->doc, "auths")) != JV_OBJECT)
		jval_set(e->doc, "auths", jval_new_object());
	return jval_get(e->doc, "auths");
}

/* All spellings of the key; how many there were. */
static size_t drop_entries(struct edit *e, const char *key)
{
	struct jval *auths = jval_get(e->doc, "auths");
	auto_svec struct svec names = SVEC_INIT;

	for (const struct jval_iter *it = jval_first(auths); it; it = jval_next(it)) {
		auto_free char *k = authfile_key(jval_key(it));

		if (!strcmp(k, key))
			svec_add(&names, jval_key(it));
	}
	SVEC_EACH(name, &names)
		jval_del(auths, name);
	return names.n;
}

static char *host_of(const char *key)
{
	return xstrndup(key, strcspn(key, "/"));
}

static struct jval *new_entry(const struct auth_creds *c, bool secret)
{
	struct jval *entry = jval_new_object();
	auto_sbuf struct sbuf pair = SBUF_INIT, text = SBUF_INIT;

	if (secret && c->identity) {
		jval_set_str(entry, "identitytoken", c->identity);
	} else if (secret) {
		sbuf_addf(&pair, "%s:%s", c->user, c->password);
		base64_encode(pair.buf, pair.len, &text);
		jval_set_str(entry, "auth", text.buf);
		explicit_bzero(pair.buf, pair.len);
		explicit_bzero(text.buf, text.len);
	}
	if (c->realm)
		jval_set_str(entry, "realm", c->realm);
	return entry;
}

int authfile_store(const struct authfile_target *t, const char *key, const struct auth_creds *c, struct err *err)
{
	auto_free char *host = host_of(key);
	const char *name = t->docker ? authfile_server(key) : key, *helper;
	struct edit e;
	int r;

	if (c->user && strchr(c->user, ':'))
		return err_set(err, EK_USAGE, "a user name cannot hold ':'");
	if (edit_open(t->path, &e, err) < 0)
		return -1;
	helper = helper_of(&e, host);
	r = helper ? credhelper_store(helper, authfile_server(host), c, err) : 0;
	if (!r) {
		drop_entries(&e, key);
		jval_set(auths_of(&e), name, new_entry(c, !helper));
		r = edit_write(&e, err);
	}
	edit_done(&e);
	return r;
}

int authfile_erase(const struct authfile_target *t, const char *key, struct err *err)
{
	auto_free char *host = host_of(key);
	const char *helper;
	struct edit e;
	int found, r = 0;

	if (edit_open(t->path, &e, err) < 0)
		return -1;
	helper = helper_of(&e, host);
	found = helper ? credhelper_erase(helper, authfile_server(host), err) : 0;
	if (found >= 0 && drop_entries(&e, key)) {
		found = 1;
		r = edit_write(&e, err);
	}
	edit_done(&e);
	return r < 0 ? -1 : found;
}

int authfile_erase_all(const struct authfile_target *t, struct err *err)
{
	struct jval *auths;
	struct edit e;
	int r = 0;

	if (edit_open(t->path, &e, err) < 0)
		return -1;
	auths = jval_get(e.doc, "auths");
	for (const struct jval_iter *it = jval_first(auths); it && r >= 0; it = jval_next(it)) {
		auto_free char *key = authfile_key(jval_key(it)), *host = host_of(key);
		const char *helper = helper_of(&e, host);

		r = helper ? credhelper_erase(helper, authfile_server(host), err) : 0;
	}
	for (const struct jval_iter *it = jval_first(jval_get(e.doc, "credHelpers")); it && r >= 0; it = jval_next(it))
		r = credhelper_erase(jval_str(jval_value(it), ""), authfile_server(jval_key(it)), err);
	if (r >= 0) {
		jval_set(e.doc, "auths", jval_new_object());
		r = edit_write(&e, err);
	}
	edit_done(&e);
	return r < 0 ? -1 : 0;
}
