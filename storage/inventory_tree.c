#include "storage/inventory_tree.h"

#include <limits.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/crc32c.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/rootfd.h"

#define XATTR_MAX 65536

DIR *inventory_tree_open(struct inventory_tree *t, struct svec *ret_names)
{
	const char *path = t->path.len ? t->path.buf : ".";
	auto_dir DIR *dir = fs_dir(rootfd_open(t->root, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0));
	const char *name;

	if (!dir || fchdir(dirfd(dir)) < 0)
		return NULL;
	while ((errno = 0, name = fs_dir_next(dir)))
		svec_add(ret_names, name);
	if (errno)
		return NULL;
	svec_sort(ret_names);
	return take_ptr(dir);
}

/* Number of the entry that this inode was first met as, 0 for the first and for single names. */
static uint64_t first_name(struct inventory_tree *t, const struct stat *st)
{
	uint32_t first;

	if (!S_ISREG(st->st_mode) || st->st_nlink < 2)
		return 0;
	if (inode_map_get(&t->first, st->st_ino, &first))
		return first;
	inode_map_set(&t->first, st->st_ino, t->entries);
	return 0;
}

int inventory_tree_look(struct inventory_tree *t, int dirfd, const char *name, struct inventory_entry *e, struct stat *st)
{
	if (fstatat(dirfd, name, st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	t->entries++;
	*e = (struct inventory_entry){
		.mode = st->st_mode,
		.uid = st->st_uid,
		.gid = st->st_gid,
		.mtime = st->st_mtim.tv_sec,
		.mtime_ns = (uint64_t)st->st_mtim.tv_nsec,
		.size = S_ISREG(st->st_mode) ? (uint64_t)st->st_size : S_ISCHR(st->st_mode) ? st->st_rdev : 0,
		.link = first_name(t, st),
	};
	return 0;
}

static int add_attribute(const char *file, const char *name, uint32_t *sum)
{
	auto_free char *value = NULL;
	ssize_t n;

	if (strncmp(name, "user.", 5) && strcmp(name, "security.capability"))
		return 0;
	value = xmalloc(XATTR_MAX);
	n = lgetxattr(file, name, value, XATTR_MAX);
	if (n < 0)
		return -errno;
	*sum = crc32c_add(*sum, name, strlen(name) + 1);
	*sum = crc32c_add(*sum, value, (size_t)n);
	return 0;
}

static int sum_attributes(const char *file, uint64_t *ret)
{
	auto_free char *names = xmalloc(XATTR_MAX);
	auto_svec struct svec sorted = SVEC_INIT;
	ssize_t n = llistxattr(file, names, XATTR_MAX);
	uint32_t sum = 0;
	int r = 0;

	if (n < 0)
		return -errno;
	for (const char *p = names; p < names + n; p += strlen(p) + 1)
		svec_add(&sorted, p);
	svec_sort(&sorted);
	for (size_t i = 0; i < sorted.n && !r; i++)
		r = add_attribute(file, sorted.v[i], &sum);
	*ret = sum;
	return r;
}

int inventory_tree_attributes(const char *name, uint64_t *ret)
{
	ssize_t n = llistxattr(name, NULL, 0);

	*ret = 0;
	if (n <= 0)
		return n < 0 && errno != EOPNOTSUPP ? -errno : 0;
	return sum_attributes(name, ret);
}

int inventory_tree_target(const char *name, uint64_t *ret)
{
	char text[PATH_MAX];
	ssize_t n = readlinkat(AT_FDCWD, name, text, sizeof(text));

	if (n < 0)
		return -errno;
	*ret = crc32c_add(0, text, (size_t)n);
	return 0;
}

void inventory_tree_done(struct inventory_tree *t)
{
	sbuf_done(&t->path);
	inode_map_done(&t->first);
}
