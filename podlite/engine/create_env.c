#include "podlite/engine/create_env.h"

#include <fcntl.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"

#define ENV_FILE_MAX (4u << 20)

static void add_prefix(const char *prefix, size_t len, struct svec *ret)
{
	for (char **e = environ; *e; e++) {
		auto_free char *name = xstrndup(*e, strcspn(*e, "="));

		if (!strncmp(name, prefix, len) && strlen(*e) > strlen(name))
			svec_env_set(ret, name, strchr(*e, '=') + 1);
	}
}

int create_env_add(const char *text, const char *what, struct svec *ret, struct err *err)
{
	const char *eq = strchr(text, '=');
	size_t len = eq ? (size_t)(eq - text) : strlen(text);
	auto_free char *name = xstrndup(text, len);
	const char *ours;

	if (!len)
		return err_set(err, EK_USAGE, "%s: environment variable \"%s\" has no name", what, text);
	if (eq) {
		svec_env_set(ret, name, eq + 1);
		return 0;
	}
	if (name[len - 1] == '*') {
		add_prefix(name, len - 1, ret);
		return 0;
	}
	ours = getenv(name);
	if (ours)
		svec_env_set(ret, name, ours);
	return 0;
}

static int add_file(const char *path, struct svec *ret, struct err *err)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	auto_svec struct svec lines = SVEC_INIT;
	/* also a pipe: --env-file <(...), --env-file /dev/stdin */
	auto_fd int fd = fd_open(AT_FDCWD, path, O_RDONLY | O_NOCTTY, 0);
	int r = fd < 0 ? fd : fd_read_all(fd, ENV_FILE_MAX, &text);

	if (r < 0)
		return err_neg(err, r, "read the environment file %s", path);
	svec_add_split(&lines, text.buf, '\n');
	for (size_t i = 0; i < lines.n; i++) {
		const char *line = lines.v[i] + strspn(lines.v[i], " \t");
		size_t len = strlen(line);

		if (len && line[len - 1] == '\r')
			lines.v[i][strlen(lines.v[i]) - 1] = '\0';
		if (*line && *line != '#' && create_env_add(line, path, ret, err) < 0)
			return -1;
	}
	return 0;
}

int create_env_resolve(const struct svec *files, const struct svec *env, struct svec *ret, struct err *err)
{
	for (size_t i = 0; i < files->n; i++)
		if (add_file(files->v[i], ret, err) < 0)
			return -1;
	for (size_t i = 0; i < env->n; i++)
		if (create_env_add(env->v[i], "--env", ret, err) < 0)
			return -1;
	return 0;
}
