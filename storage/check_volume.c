#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "storage/check.h"
#include "storage/volume.h"

/* What is wrong with it: 0 nothing, else *ret_code and the message. */
static bool is_damaged(struct store *s, const char *name, const char **ret_code, struct err *err)
{
	auto_free char *data = xasprintf("%s/_data", name);
	struct volume v;
	struct stat st;

	*ret_code = "volume-record";
	if (volume_find(s, name, &v, err) < 0)
		return true;
	volume_done(&v);
	*ret_code = "volume-data";
	if (fstatat(s->volumes, data, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(err, "_data") < 0;
	return !S_ISDIR(st.st_mode) && err_set(err, EK_INVALID, "_data is no directory") < 0;
}

static int check_one(const struct check *c, const char *name, struct err *err)
{
	auto_fd int fd = fd_open_dir(c->store->volumes, name);
	struct check_finding f = {.kind = "volume", .id = name};
	struct err why = ERR_INIT;
	struct stat a, b;

	if (fd == -ENOENT || !volume_name_ok(name) || !is_damaged(c->store, name, &f.code, &why))
		return c->report(c->arg, NULL, err);
	/* removed meanwhile? */
	if (fd >= 0 && (fstat(fd, &a) < 0 || fstatat(c->store->volumes, name, &b, AT_SYMLINK_NOFOLLOW) < 0 ||
		a.st_ino != b.st_ino))
		return 0;
	f.message = why.msg;
	return c->report(c->arg, &f, err);
}

int check_volumes(const struct check *c, struct err *err)
{
	auto_dir DIR *dir = fs_dir(fd_open_dir(c->store->volumes, "."));
	const char *name;
	int r = 0;

	if (!dir)
		return err_sys(err, "open the volumes of %s", c->store->root);
	while (!r && (name = fs_dir_next(dir)))
		r = check_one(c, name, err);
	return r;
}
