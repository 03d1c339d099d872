#include "common/conf.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "common/fd.h"
#include "common/fs.h"
#include "common/toml.h"

struct conf_file *conf_add(struct conf *c, const char *path, struct jval *doc)
{
	c->v = xrealloc(c->v, c->n + 1, sizeof(*c->v));
	c->v[c->n] = (struct conf_file){.path = xstrdup(path), .doc = doc};
	return &c->v[c->n++];
}

int conf_add_file(struct conf *c, const char *path, struct err *err)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	struct jval *doc;
	int r = fs_read_file(AT_FDCWD, path, CONF_FILE_MAX, &text);

	if (r == -ENOENT || r == -ENOTDIR)
		return 0;
	if (r < 0)
		return err_neg(err, r, "read %s", path);
	doc = toml_parse(text.buf, text.len, err);
	if (!doc)
		return err_wrap(err, "%s", path);
	conf_add(c, path, doc);
	return 1;
}

static bool is_drop_in(const char *name)
{
	size_t n = strlen(name);

	return n > 5 && !strcmp(name + n - 5, ".conf");
}

int conf_add_dir(struct conf *c, const char *dir, struct err *err)
{
	auto_dir DIR *d = fs_dir(fd_open(AT_FDCWD, dir, O_RDONLY | O_DIRECTORY, 0));
	auto_svec struct svec names = SVEC_INIT;
	const char *file;

	while ((file = fs_dir_next(d)))
		if (is_drop_in(file))
			svec_add(&names, file);
	svec_sort(&names);
	SVEC_EACH(name, &names) {
		auto_free char *path = xasprintf("%s/%s", dir, name);

		if (conf_add_file(c, path, err) < 0)
			return -1;
	}
	return 0;
}

void conf_done(struct conf *c)
{
	for (size_t i = 0; i < c->n; i++) {
		free(c->v[i].path);
		jval_free(c->v[i].doc);
		free(c->v[i].unused);
	}
	free(c->v);
	memset(c, 0, sizeof(*c));
}
