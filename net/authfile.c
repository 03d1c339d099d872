#include "net/authfile.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/account.h"
#include "common/alloc.h"
#include "common/fs.h"
#include "common/userns.h"
#include "net/base64.h"
#include "net/credhelper.h"

#define FILE_MAX (1u << 20)

int authfile_parse_creds(const char *text, struct auth_creds *ret, struct err *err)
{
	const char *colon = strchr(text, ':');

	if (!colon || colon == text)
		return err_set(err, EK_USAGE, "credentials must be USER:PASSWORD");
	ret->user = xstrndup(text, (size_t)(colon - text));
	ret->password = xstrdup(colon + 1);
	return 0;
}

/* Docker writes keys as URLs; podman as host[/path]. */
char *authfile_key(const char *key)
{
	const char *start = !strncmp(key, "https://", 8) ? key + 8 : !strncmp(key, "http://", 7) ? key + 7 : key;
	bool url = start != key;
	size_t n = url ? strcspn(start, "/") : strlen(start);

	while (n && start[n - 1] == '/')
		n--;
	if ((n == 15 && !strncmp(start, "index.docker.io", n)) || (n == 18 && !strncmp(start, "index.docker.io/v1", n)) ||
		(n == 20 && !strncmp(start, "registry-1.docker.io", n)))
		return xstrdup("docker.io");
	return xstrndup(start, n);
}

const char *authfile_server(const char *host)
{
	return !strcmp(host, "docker.io") ? AUTHFILE_HUB_KEY : host;
}

/* ---- files ---- */

static int read_entry(const struct jval *entry, struct auth_creds *ret, struct err *err)
{
	auto_sbuf struct sbuf pair = SBUF_INIT;
	const char *text = jval_get_str(entry, "auth", ""), *identity = jval_get_str(entry, "identitytoken", "");
	int r;

	if (*identity) {
		ret->identity = xstrdup(identity);
		return 1;
	}
	if (!*text)
		return 0;
	if (!base64_decode(text, &pair) || strlen(pair.buf) != pair.len)
		return err_set(err, EK_INVALID, "\"auth\" is not base64 of USER:PASSWORD");
	r = authfile_parse_creds(pair.buf, ret, err);
	explicit_bzero(pair.buf, pair.len);
	return r < 0 ? -1 : 1;
}

/* The token server that login was told of, beside the secret, wherever that is kept. */
static void read_realm(const struct jval *entry, struct auth_creds *ret)
{
	const char *realm = jval_get_str(entry, "realm", "");

	if (*realm && !ret->realm)
		ret->realm = xstrdup(realm);
}

static const struct jval *entry_for(const struct jval *auths, const char *key)
{
	const struct jval *exact = jval_get(auths, key);

	for (const struct jval_iter *it = jval_first(auths); it && !exact; it = jval_next(it)) {
		auto_free char *k = authfile_key(jval_key(it));

		if (!strcmp(k, key))
			exact = jval_value(it);
	}
	return exact;
}

int authfile_find(const struct jval *doc, const char *name, struct auth_creds *ret, struct err *err)
{
	auto_free char *key = xstrdup(name), *host = xstrndup(name, strcspn(name, "/"));
	const char *server = authfile_server(host);
	const char *helper = jval_get_str(jval_get(doc, "credHelpers"), host, NULL);
	const char *store = jval_get_str(doc, "credsStore", "");
	int r = 0;

	for (;;) {
		const struct jval *e = entry_for(jval_get(doc, "auths"), key);
		char *slash = strrchr(key, '/');

		r = e && !helper ? read_entry(e, ret, err) : 0;
		if (r < 0)
			return err_wrap(err, "entry %s", key);
		read_realm(e, ret);
		if (r || !slash)
			break;
		*slash = '\0';
	}
	if (!r && (helper || *store))
		r = credhelper_get(helper ? helper : store, server, ret, err);
	return r;
}

static int look_in(const char *path, bool must, const char *name, struct auth_creds *ret, struct err *err)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	auto_jval struct jval *doc = NULL;
	int r = fs_read_file(AT_FDCWD, path, FILE_MAX, &text);

	/* a default place may be somebody else's directory */
	if ((r == -ENOENT || r == -ENOTDIR || r == -EACCES) && !must)
		return 0;
	if (r < 0)
		return err_neg(err, r, "auth file %s", path);
	if (!text.len)
		return 0;
	doc = jval_parse(text.buf, text.len, 0, err);
	explicit_bzero(text.buf, text.len);
	if (!doc)
		return err_wrap(err, "auth file %s", path);
	r = authfile_find(doc, name, ret, err);
	return r < 0 ? err_wrap(err, "auth file %s", path) : r;
}

static void default_files(struct svec *ret)
{
	const char *run = getenv("XDG_RUNTIME_DIR");
	auto_free char *own = account_config("containers/auth.json");
	auto_free char *docker = account_dir("DOCKER_CONFIG", ".docker", "config.json");

	if (run && *run == '/')
		svec_addf(ret, "%s/containers/auth.json", run);
	else
		svec_addf(ret, "/run/containers/%u/auth.json", (unsigned)userns_outer_uid());
	if (own)
		svec_add(ret, own);
	if (docker)
		svec_add(ret, docker);
}

int authfile_lookup(const char *file, const char *name, struct auth_creds *ret, struct err *err)
{
	auto_svec struct svec files = SVEC_INIT;
	const char *env = getenv("REGISTRY_AUTH_FILE");

	memset(ret, 0, sizeof(*ret));
	if (file)
		return look_in(file, true, name, ret, err) < 0 ? -1 : 0;
	if (env && *env)
		return look_in(env, false, name, ret, err) < 0 ? -1 : 0;
	default_files(&files);
	SVEC_EACH(path, &files) {
		int r = look_in(path, false, name, ret, err);

		if (r)
			return r < 0 ? -1 : 0;
	}
	return 0;
}

static bool file_alone(const struct svec *helpers, const char *file)
{
	const char *env = getenv("REGISTRY_AUTH_FILE");

	return file || (env && *env) || !helpers || !helpers->n;
}

const char *authfile_keeper(const struct svec *helpers, const char *file)
{
	return file_alone(helpers, file) || !strcmp(helpers->v[0], AUTHFILE_ITSELF) ? NULL : helpers->v[0];
}

int authfile_lookup_by(const struct svec *helpers, const char *file, const char *name, struct auth_creds *ret,
	struct err *err)
{
	auto_free char *host = xstrndup(name, strcspn(name, "/"));

	if (file_alone(helpers, file))
		return authfile_lookup(file, name, ret, err);
	memset(ret, 0, sizeof(*ret));
	SVEC_EACH(helper, helpers) {
		int r = !strcmp(helper, AUTHFILE_ITSELF) ? authfile_lookup(NULL, name, ret, err) :
			credhelper_get(helper, authfile_server(host), ret, err);

		if (r < 0)
			return -1;
		if (ret->user || ret->identity)
			return 0;
	}
	return 0;
}
