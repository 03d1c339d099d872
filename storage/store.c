#include "storage/store.h"

#include <dirent.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/lock.h"
#include "common/log.h"
#include "common/proc.h"
#include "common/remove.h"
#include "common/rootfd.h"
#include "common/sbuf.h"
#include "storage/rootfs.h"

#define STORE_VERSION   "1"
#define HOLD_FILE       "hold.lock"
#define MOUNTPOINTS     "mountpoints"
#define MOUNTPOINTS_FEW "mountpoints-few"

static const struct {
	const char *path;
	size_t offset;
} store_dirs[] = {
	{"blobs/sha256", offsetof(struct store, blobs)},
	{"layers", offsetof(struct store, layers)},
	{"images", offsetof(struct store, images)},
	{"names", offsetof(struct store, names)},
	{"containers", offsetof(struct store, containers)},
	{"cnames", offsetof(struct store, cnames)},
	{"volumes", offsetof(struct store, volumes)},
	{"tmp", offsetof(struct store, tmp)},
	{"cache", offsetof(struct store, cache)},
};

static int *dir_fd(struct store *s, size_t i)
{
	return (int *)((char *)s + store_dirs[i].offset);
}

/* Top-level names of a store: what store_dirs begins with, and the files beside. */
static bool is_store_name(const char *name)
{
	static const char *const files[] = {".", "..", "version", "driver", MOUNTPOINTS, HOLD_FILE};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (!strcmp(name, files[i]))
			return true;
	for (size_t i = 0; i < ARRAY_SIZE(store_dirs); i++) {
		size_t len = strcspn(store_dirs[i].path, "/");

		if (!strncmp(name, store_dirs[i].path, len) && !name[len])
			return true;
	}
	return fs_is_temp(name);
}

/* Empty, or on its way to a store: another command may be making it right now. */
static bool holds_nothing_else(int dirfd)
{
	auto_dir DIR *dir = fs_dir(fd_open_dir(dirfd, "."));
	bool ours = dir != NULL;
	const char *name;

	while (ours && (name = fs_dir_next(dir)))
		ours = is_store_name(name);
	return ours;
}

/* A directory that folds case would let two names of one layer meet (threats.md U12). */
static bool folds_case(int fd)
{
	int flags = 0;

	return !ioctl(fd, FS_IOC_GETFLAGS, &flags) && (flags & FS_CASEFOLD_FL);
}

static int create_tree(struct store *s, struct err *err)
{
	int r;

	if (folds_case(s->fd))
		return err_set(err, EK_UNSUPPORTED, "%s: the directory ignores case in names, choose another --root",
			s->root);
	if (fchmod(s->fd, 0700) < 0)
		return err_sys(err, "%s: set mode 0700", s->root);
	for (size_t i = 0; i < ARRAY_SIZE(store_dirs); i++) {
		r = fs_mkdir_p(s->fd, store_dirs[i].path);
		if (r < 0)
			return err_neg(err, r, "%s: make %s", s->root, store_dirs[i].path);
	}
	r = fs_write_file(s->fd, "version", STORE_VERSION "\n", sizeof(STORE_VERSION), 0600, 0);
	return r < 0 ? err_neg(err, r, "%s: write version", s->root) : 0;
}

/* 1: there is none yet. */
static int check_version(struct store *s, struct err *err)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	int r = fs_read_file(s->fd, "version", 64, &text);

	if (r == -ENOENT)
		return 1;
	if (r < 0)
		return err_neg(err, r, "%s: read version", s->root);
	if (strcmp(text.buf, STORE_VERSION "\n"))
		return err_set(err, EK_UNSUPPORTED,
			"%s: the store has format %.*s, this podlite knows " STORE_VERSION, s->root,
			(int)strcspn(text.buf, "\n"), text.buf);
	return 0;
}

static int open_dirs(struct store *s, struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(store_dirs); i++) {
		int fd = fd_open_dir(s->fd, store_dirs[i].path);

		if (fd == -ENOENT)
			fd = fs_open_dir_p(s->fd, store_dirs[i].path);
		if (fd < 0)
			return err_neg(err, fd, "%s/%s: open", s->root, store_dirs[i].path);
		*dir_fd(s, i) = fd;
	}
	return 0;
}

/* Ours, and nobody else's to look into (threats.md V29, M14). */
static int check_owner(struct store *s, struct err *err)
{
	struct stat st;

	if (fstat(s->fd, &st) < 0)
		return err_sys(err, "%s: stat", s->root);
	if (st.st_uid != geteuid())
		return err_set(err, EK_DENIED, "%s: the store belongs to user %u, not to you", s->root,
			(unsigned)st.st_uid);
	if ((st.st_mode & 077) && fchmod(s->fd, 0700) < 0)
		return err_sys(err, "%s: set mode 0700", s->root);
	return 0;
}

static int open_root(struct store *s, struct err *err)
{
	int r;

	s->fd = fd_open(AT_FDCWD, s->root, O_RDONLY | O_DIRECTORY, 0);
	if (s->fd == -ENOENT)
		s->fd = fs_open_dir_p(AT_FDCWD, s->root);
	if (s->fd < 0)
		return err_neg(err, s->fd, "open store %s", s->root);
	r = check_version(s, err);
	if (r < 0)
		return -1;
	/* A mistyped --root must not turn a directory full of other things into 0700. */
	if (r && !holds_nothing_else(s->fd))
		return err_set(err, EK_INVALID, "%s is neither empty nor a podlite store", s->root);
	if (check_owner(s, err) < 0)
		return -1;
	return r ? create_tree(s, err) : 0;
}

/* The names of --storage-driver and of the driver file. */
static bool driver_parse(const char *name, enum store_driver *ret)
{
	if (!strcmp(name, "overlay"))
		*ret = STORE_OVERLAY;
	else if (!strcmp(name, "fuse-overlayfs"))
		*ret = STORE_FUSE_OVERLAY;
	else if (!strcmp(name, "vfs"))
		*ret = STORE_COPY;
	else
		return false;
	return true;
}

static int choose_driver(struct store *s, const char *driver, struct err *err)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	enum store_driver kept;

	s->overlay_only = driver && !strcmp(driver, "overlay");
	if (driver && !driver_parse(driver, &s->driver))
		return err_set(err, EK_USAGE, "storage driver %s is not known: overlay, fuse-overlayfs or vfs",
			driver);
	if (driver && !s->overlay_only) {
		s->driver_set = true;
		return 0;
	}
	if (fs_read_file(s->fd, "driver", 64, &text) < 0)
		return 0;
	sbuf_setlen(&text, strcspn(text.buf, "\n"));
	if (!driver_parse(text.buf, &kept) || (s->overlay_only && kept == STORE_COPY))
		return 0;
	s->driver = kept;
	s->driver_set = true;
	return 0;
}

static void init(struct store *s, const char *root)
{
	memset(s, 0, sizeof(*s));
	s->fd = -1;
	for (size_t i = 0; i < ARRAY_SIZE(store_dirs); i++)
		*dir_fd(s, i) = -1;
	s->root = fs_abspath(root);
}

int store_open(const char *root, const char *driver, struct store *s, struct err *err)
{
	init(s, root);
	if (open_root(s, err) < 0 || open_dirs(s, err) < 0 || choose_driver(s, driver, err) < 0) {
		store_close(s);
		return -1;
	}
	return 0;
}

/* "dir" of root, to read only. */
static int open_other_dir(struct store *s, const char *path, int *ret, struct err *err)
{
	*ret = rootfd_open(s->fd, path, O_RDONLY | O_DIRECTORY | O_NONBLOCK, 0);
	return *ret < 0 ? err_neg(err, *ret, "%s/%s: open", s->root, path) : 0;
}

int store_open_other(const char *root, int fd, struct store *s, struct err *err)
{
	int r;

	init(s, root);
	s->fd = fd_open_dir(fd, ".");
	r = s->fd < 0 ? err_neg(err, s->fd, "open store %s", root) : check_version(s, err);
	if (r > 0)
		r = err_set(err, EK_INVALID, "%s is neither an OCI image layout nor a podlite store", root);
	if (!r && open_other_dir(s, "blobs/sha256", &s->blobs, err) == 0 && open_other_dir(s, "layers", &s->layers, err) == 0 &&
		open_other_dir(s, "images", &s->images, err) == 0 && open_other_dir(s, "names", &s->names, err) == 0)
		return 0;
	store_close(s);
	return -1;
}

void store_close(struct store *s)
{
	if (!s->root)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(store_dirs); i++)
		fd_closep(dir_fd(s, i));
	fd_closep(&s->fd);
	free(s->root);
	s->root = NULL;
}

const char *store_driver_name(enum store_driver d)
{
	return d == STORE_COPY ? "vfs" : "overlay";
}

static const char *driver_file_name(enum store_driver d)
{
	return d == STORE_FUSE_OVERLAY ? "fuse-overlayfs" : store_driver_name(d);
}

int store_probe_driver(struct store *s, struct err *err)
{
	static const enum store_driver order[] = {STORE_OVERLAY, STORE_FUSE_OVERLAY, STORE_COPY};
	struct err why[2] = {ERR_INIT, ERR_INIT};
	struct store_stage st;
	const char *name;
	size_t i;

	if (s->driver_set)
		return 0;
	if (store_stage(s, &st, err) < 0)
		return -1;
	for (i = 0; i < 2; i++)
		if (!rootfs_probe(order[i], st.fd, &why[i]))
			break;
	store_stage_drop(s, &st);
	if (i == 2 && s->overlay_only)
		return err_set(err, EK_UNSUPPORTED, "storage driver overlay does not work here: kernel: %.200s, fuse: %.200s",
			why[0].msg, why[1].msg);
	if (i == 2)
		log_warn("no overlay here, containers are full copies: kernel: %s; fuse: %s", why[0].msg,
			why[1].msg);
	s->driver = order[i];
	s->driver_set = true;
	name = driver_file_name(s->driver);
	/* Only a cache: without it the next command probes again. */
	(void)!fs_write_file(s->fd, "driver", name, strlen(name), 0600, 0);
	return 0;
}

/* --- staging ------------------------------------------------------------------------------------ */

static void stage_name(char *ret, size_t size)
{
	char boot[40];
	uint64_t rnd = 0;

	proc_boot_id(boot);
	if (getrandom(&rnd, sizeof(rnd), 0) != sizeof(rnd))
		rnd = (uint64_t)(uintptr_t)&rnd;
	snprintf(ret, size, "%s-%d-%016llx", boot[0] ? boot : "boot", (int)getpid(), (unsigned long long)rnd);
}

/* The lock is on the directory itself. Between making and locking it, even before it has its mode, a
 * sweep may have taken it for garbage, so afterwards it must still be there. -EAGAIN: it is not. */
static int make_stage(struct store *s, struct store_stage *st)
{
	auto_fd int fd = -1;
	int r;

	stage_name(st->name, sizeof(st->name));
	r = fs_mkdir(s->tmp, st->name, 0700);
	if (!r)
		r = fd = fd_open_dir(s->tmp, st->name);
	if (r >= 0)
		r = lock_dir_try(fd);
	if (r == -ENOENT || (!r && !fs_exists(s->tmp, st->name)))
		r = -EAGAIN;
	if (!r)
		st->fd = take_fd(fd);
	return r;
}

int store_stage(struct store *s, struct store_stage *st, struct err *err)
{
	int r = -EAGAIN;

	st->fd = -1;
	for (int i = 0; i < 100 && r == -EAGAIN; i++)
		r = make_stage(s, st);
	return r < 0 ? err_neg(err, r, "%s/tmp: make staging directory", s->root) : 0;
}

void store_stage_done(struct store_stage *st)
{
	fd_closep(&st->fd);
}

void store_stage_drop(struct store *s, struct store_stage *st)
{
	int r;

	if (st->fd < 0)
		return;
	r = fs_remove_tree(s->tmp, st->name);
	if (r < 0)
		log_debug("staging %s left for the next sweep: %s", st->name, strerror(-r));
	store_stage_done(st);
}

/* Its writer is dead when nobody holds the lock. Trees of subordinate owners go only inside the
 * user namespace: until then they stay. */
static void sweep_one(struct store *s, const char *name)
{
	auto_fd int fd = fd_open_dir(s->tmp, name);

	if (fd < 0 ? fd == -ENOTDIR : !lock_dir_try(fd))
		(void)!fs_remove_tree(s->tmp, name);
}

int store_sweep(struct store *s, struct err *err)
{
	auto_svec struct svec names = SVEC_INIT;
	auto_dir DIR *dir = fs_dir(fd_open_dir(s->tmp, "."));
	const char *entry;

	if (!dir)
		return err_sys(err, "open %s/tmp", s->root);
	while ((entry = fs_dir_next(dir)))
		if (entry[0] != '.' || fs_is_temp(entry))
			svec_add(&names, entry);
	SVEC_EACH(name, &names)
		sweep_one(s, name);
	return 0;
}

/* ---- places to mount at ---- */

static int make_mountpoints(int dir, bool names)
{
	static const char *const dirs[] = {"dev", "etc", "proc", "run", "sys"};
	static const char *const files[] = {"run/.containerenv", "etc/hostname", "etc/hosts", "etc/resolv.conf"};
	int r = fchmod(dir, 0755) < 0 ? -errno : 0;

	for (size_t i = 0; i < ARRAY_SIZE(dirs) && !r; i++)
		r = fs_mkdir(dir, dirs[i], 0755);
	for (size_t i = 0; i < (names ? ARRAY_SIZE(files) : 1) && !r; i++)
		r = fs_write_file(dir, files[i], "", 0, 0644, 0);
	return r;
}

/* Apart from the rest, as stores from before there was one lack it. */
static int make_mtab(int dir)
{
	return symlinkat("/proc/mounts", dir, "etc/mtab") < 0 && errno != EEXIST ? -errno : 0;
}

static int put_mountpoints(struct store *s, const char *name, bool names, struct err *err)
{
	auto_fd int old = fd_open_dir(s->fd, name);
	struct store_stage st;
	int r;

	if (old >= 0)
		return (r = make_mtab(old)) < 0 ? err_neg(err, r, "%s: make %s/etc/mtab", s->root, name) : 0;
	if (store_stage(s, &st, err) < 0)
		return -1;
	r = make_mountpoints(st.fd, names);
	if (!r)
		r = make_mtab(st.fd);
	/* another command may have been faster */
	if (!r && renameat2(s->tmp, st.name, s->fd, name, RENAME_NOREPLACE) < 0)
		r = errno == EEXIST ? 0 : -errno;
	store_stage_drop(s, &st);
	return r < 0 ? err_neg(err, r, "%s: make %s", s->root, name) : 0;
}

int store_mountpoints(struct store *s, bool names, char **ret, struct err *err)
{
	const char *name = names ? MOUNTPOINTS : MOUNTPOINTS_FEW;
	auto_free char *last = xasprintf("%s/etc/mtab", name);

	if (!fs_exists(s->fd, last) && put_mountpoints(s, name, names, err) < 0)
		return -1;
	*ret = xasprintf("%s/%s", s->root, name);
	return 0;
}

int store_trash(struct store *s, int dirfd, const char *name, struct err *err)
{
	auto_fd int fd = fd_open_dir(dirfd, name);
	char trash[40];
	uint64_t rnd = 0;

	/* while it is locked, who sweeps and who checks leave it to us; if somebody else has it locked, to him */
	if (fd >= 0)
		(void)!lock_dir_try(fd);
	if (getrandom(&rnd, sizeof(rnd), 0) != sizeof(rnd))
		rnd = (uint64_t)getpid();
	snprintf(trash, sizeof(trash), STORE_TRASH "%016llx", (unsigned long long)rnd);
	if (renameat2(dirfd, name, s->tmp, trash, RENAME_NOREPLACE) < 0)
		return errno == ENOENT ? 0 : err_sys(err, "remove %s", name);
	(void)!remove_tree(s->tmp, trash);
	return 0;
}

/* False: one of them could not be moved. */
static bool move_all(int dirfd, const struct svec *names, int to)
{
	SVEC_EACH(name, names)
		if (renameat2(dirfd, name, to, name, RENAME_NOREPLACE) < 0 && errno != ENOENT)
			return false;
	return true;
}

int store_trash_all(struct store *s, int dirfd, const struct svec *names, struct err *err)
{
	struct store_stage st = {.fd = -1};
	bool moved = false;

	if (names->n > 1 && store_stage(s, &st, NULL) == 0) {
		moved = move_all(dirfd, names, st.fd);
		(void)!remove_tree(s->tmp, st.name);
		store_stage_done(&st);
	}
	/* one by one takes no room on a full disk */
	for (size_t i = 0; i < names->n && !moved; i++)
		if (store_trash(s, dirfd, names->v[i], err) < 0)
			return -1;
	return 0;
}

int store_hold(struct store *s, struct err *err)
{
	int fd = lock_open(s->fd, HOLD_FILE, LOCK_SHARED_, true);

	return fd < 0 ? err_neg(err, fd, "%s: hold the store", s->root) : fd;
}

int store_hold_all(struct store *s, struct err *err)
{
	int fd = lock_open(s->fd, HOLD_FILE, LOCK_EXCLUSIVE_, false);

	if (fd == -EAGAIN || fd == -EACCES)
		return err_set(err, EK_IN_USE, "%s: the store is being filled by another command", s->root);
	return fd < 0 ? err_neg(err, fd, "%s: hold the store", s->root) : fd;
}

/* --- blobs --------------------------------------------------------------------------------------- */

int store_blob_put(struct store *s, const struct digest *d, const void *data, size_t n, struct err *err)
{
	auto_sbuf struct sbuf old = SBUF_INIT;
	int r;

	/* One of that name may be empty or cut off after a power failure: never trust, compare. */
	if (!fs_read_file(s->blobs, d->hex, n, &old) && old.len == n && !memcmp(old.buf, data, n))
		return 0;
	r = fs_write_file(s->blobs, d->hex, data, n, 0600, 0);
	return r < 0 ? err_neg(err, r, "store blob %.12s", d->hex) : 0;
}

int store_blob_read(struct store *s, const struct digest *d, size_t max, struct sbuf *ret, struct err *err)
{
	int r = fs_read_file(s->blobs, d->hex, max, ret);

	return r < 0 ? err_neg(err, r, "read blob %.12s", d->hex) : 0;
}

bool store_blob_has(struct store *s, const struct digest *d)
{
	return fs_exists(s->blobs, d->hex);
}
