#include "net/authfile.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/proc.h"
#include "net/base64.h"

#define FILE_MAX   (1u << 20)
#define HELPER_MAX (1u << 20)
#define HUB_KEY    "https://index.docker.io/v1/"

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
static char *normal_key(const char *key)
{
	const char *start = !strncmp(key, "https://", 8) ? key + 8 : !strncmp(key, "http://", 7) ? key + 7 : key;
	bool url = start != key;
	size_t n = url ? strcspn(start, "/") : strlen(start);

	while (n && start[n - 1] == '/')
		n--;
	return !strncmp(start, "index.docker.io", 15) ? xstrdup("docker.io") : xstrndup(start, n);
}

/* ---- helpers ---- */

static int read_helper_answer(const struct sbuf *text, struct auth_creds *ret, struct err *err)
{
	auto_jval struct jval *v = jval_parse(text->buf, text->len, 0, NULL);
	const char *user = jval_get_str(v, "Username", NULL), *secret = jval_get_str(v, "Secret", NULL);

	if (!user || !secret)
		return err_set(err, EK_INVALID, "its answer is not {\"Username\", \"Secret\"}");
	if (!strcmp(user, "<token>")) {
		ret->identity = xstrdup(secret);
	} else {
		ret->user = xstrdup(user);
		ret->password = xstrdup(secret);
	}
	return 1;
}

static int run_helper(const char *program, const char *server, struct sbuf *out, struct err *err)
{
	char *argv[] = {(char *)program, (char *)"get", NULL};
	auto_fd int in = -1, put = -1;
	int p[2], r = fd_pipe(p);

	if (r < 0)
		return err_neg(err, r, "pipe");
	in = p[0];
	put = p[1];
	r = fd_write_all(put, server, strlen(server)); /* a host name fits any pipe */
	fd_closep(&put);
	if (r < 0)
		return err_neg(err, r, "write to the helper");
	struct proc_fd fds[] = {{in, 0}};
	struct proc_spec spec = {.path = program, .argv = argv, .fds = fds, .nfds = 1, .death_signal = SIGKILL};

	return proc_capture(&spec, HELPER_MAX, out, NULL, err);
}

static int ask_helper(const char *helper, const char *server, struct auth_creds *ret, struct err *err)
{
	auto_free char *name = xasprintf("docker-credential-%s", helper), *program = NULL;
	auto_sbuf struct sbuf out = SBUF_INIT;
	int r;

	if (!*helper || strlen(helper) > 64 ||
		helper[strspn(helper, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")])
		return err_set(err, EK_INVALID, "credential helper: the name may hold letters, digits, '_' and '-' only");
	program = proc_find_program(name);
	if (!program)
		return err_set(err, EK_NOT_FOUND, "credential helper %s is not installed", name);
	r = run_helper(program, server, &out, err);
	if (r < 0)
		return err_wrap(err, "credential helper %s", name);
	if (r > 0) /* "credentials not found" is the usual reason: go on without */
		return 0;
	r = read_helper_answer(&out, ret, err);
	explicit_bzero(out.buf, out.len);
	return r < 0 ? err_wrap(err, "credential helper %s", name) : r;
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
	if (r < 0)
		return -1;
	if (*jval_get_str(entry, "realm", ""))
		ret->realm = xstrdup(jval_get_str(entry, "realm", ""));
	return 1;
}

static const struct jval *entry_for(const struct jval *auths, const char *key)
{
	const struct jval *exact = jval_get(auths, key);

	for (const struct jval_iter *it = jval_first(auths); it && !exact; it = jval_next(it)) {
		auto_free char *k = normal_key(jval_key(it));

		if (!strcmp(k, key))
			exact = jval_value(it);
	}
	return exact;
}

int authfile_find(const struct jval *doc, const char *name, struct auth_creds *ret, struct err *err)
{
	auto_free char *key = xstrdup(name), *host = xstrndup(name, strcspn(name, "/"));
	const char *server = !strcmp(host, "docker.io") ? HUB_KEY : host;
	const char *helper = jval_get_str(jval_get(doc, "credHelpers"), host, NULL);
	const char *store = jval_get_str(doc, "credsStore", "");

	if (helper)
		return ask_helper(helper, server, ret, err);
	for (;;) {
		const struct jval *e = entry_for(jval_get(doc, "auths"), key);
		char *slash = strrchr(key, '/');
		int r = e ? read_entry(e, ret, err) : 0;

		if (r)
			return r < 0 ? err_wrap(err, "entry %s", key) : r;
		if (!slash)
			break;
		*slash = '\0';
	}
	return *store ? ask_helper(store, server, ret, err) : 0;
}

static int look_in(const char *path, bool must, const char *name, struct auth_creds *ret, struct err *err)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	auto_jval struct jval *doc = NULL;
	int r = fs_read_file(AT_FDCWD, path, FILE_MAX, &text);

	if ((r == -ENOENT || r == -ENOTDIR) && !must)
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
	const char *run = getenv("XDG_RUNTIME_DIR"), *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	const char *docker = getenv("DOCKER_CONFIG");

	if (run && *run == '/')
		svec_addf(ret, "%s/containers/auth.json", run);
	if (config && *config == '/')
		svec_addf(ret, "%s/containers/auth.json", config);
	else if (home)
		svec_addf(ret, "%s/.config/containers/auth.json", home);
	if (docker && *docker == '/')
		svec_addf(ret, "%s/config.json", docker);
	else if (home)
		svec_addf(ret, "%s/.docker/config.json", home);
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
