/* links: libstorage.a liboci.a libcommon.a -ljson-c */
/* Root file systems by each driver: merging, whiteouts, owners, read-only, volatile, many layers, odd paths, diff. */
#include <dirent.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "storage/rootfs.h"
#include "tests/unit/storage_test.h"

static char *text_of(int dirfd, const char *path)
{
	static char buf[64];
	auto_sbuf struct sbuf b = SBUF_INIT;

	if (fs_read_file(dirfd, path, 60, &b) < 0)
		return NULL;
	snprintf(buf, sizeof(buf), "%s", b.buf);
	return buf;
}

/* Three layers below dirfd: l1 (base), l2, l3. */
static void make_layers(int dirfd)
{
	auto_fd int opaque = -1;

	test_file(dirfd, "l1/etc/a", "a1");
	test_file(dirfd, "l1/etc/b", "b1");
	test_file(dirfd, "l1/dir/x", "x1");
	test_file(dirfd, "l1/gone/y", "y1");
	test_file(dirfd, "l1/opq/old", "old");
	test_file(dirfd, "l2/etc/b", "b2");
	test_file(dirfd, "l2/opq/new", "new");
	test_file(dirfd, "l3/etc/c", "c3");
	(void)!linkat(dirfd, "l3/etc/c", dirfd, "l3/etc/c-link", 0);
	if (mknodat(dirfd, "l2/gone", S_IFCHR, makedev(0, 0)) < 0)
		printf("# no whiteouts here\n");
	opaque = fd_open_dir(dirfd, "l2/opq");
	if (fsetxattr(opaque, "user.overlay.opaque", "y", 1, 0) < 0)
		printf("# no xattrs here\n");
	(void)!fchmodat(dirfd, "l3", 0751, 0);
	if (fchownat(dirfd, "l3", 0, 33, 0) < 0)
		printf("# one id only\n");
}

static struct rootfs describe(const char *dir, enum store_driver d)
{
	struct rootfs r = {.driver = d};

	for (int i = 3; i > 0; i--)
		svec_addf(&r.lowers, "%s/l%d", dir, i);
	r.dir = xasprintf("%s/ctr-%d", dir, (int)d);
	mkdir(r.dir, 0700);
	return r;
}

struct seen {
	struct sbuf text;
};

static void note(void *arg, enum rootfs_change c, const char *path)
{
	struct seen *s = arg;

	sbuf_addf(&s->text, "%c %s\n", (char)c, path);
}

static void test_diff(const struct rootfs *r, int root, const char *name)
{
	struct seen s = {.text = SBUF_INIT};
	struct err e = ERR_INIT;

	TAP_OK(!rootfs_changes(r, note, &s, &e), "%s: diff before: %s", name, e.msg);
	TAP_STR(s.text.buf, "", "%s: nothing has changed", name);
	sbuf_reset(&s.text);
	test_file(root, "etc/b", "b-new");
	test_file(root, "fresh/file", "1");
	unlinkat(root, "etc/a", 0);
	unlinkat(root, "dir/x", 0);
	unlinkat(root, "dir", AT_REMOVEDIR);
	test_file(root, "dir/other", "2");
	TAP_OK(!rootfs_changes(r, note, &s, &e), "%s: diff after: %s", name, e.msg);
	TAP_STR(s.text.buf, "C /dir\nA /dir/other\nD /dir/x\nC /etc\nD /etc/a\nC /etc/b\nA /fresh\nA /fresh/file\n",
		"%s: what diff says", name);
	sbuf_done(&s.text);
}

static void test_driver(const char *dir, enum store_driver d, const char *name)
{
	struct rootfs r = describe(dir, d), back;
	struct rootfs_mounted m;
	struct err e = ERR_INIT;
	struct stat st, other;

	if (!TAP_OK(!rootfs_prepare(&r, &e), "%s: prepare: %s", name, e.msg) ||
		!TAP_OK(!rootfs_mount(&r, false, &m, &e), "%s: mount: %s", name, e.msg))
		return;
	TAP_OK(m.detached, "%s: detached", name);
	TAP_STR(text_of(m.fd, "etc/a"), "a1", "%s: base", name);
	TAP_STR(text_of(m.fd, "etc/b"), "b2", "%s: replaced", name);
	TAP_STR(text_of(m.fd, "etc/c"), "c3", "%s: top", name);
	TAP_OK(!fs_exists(m.fd, "gone"), "%s: whiteout", name);
	TAP_OK(!fs_exists(m.fd, "opq/old") && fs_exists(m.fd, "opq/new"), "%s: opaque", name);
	TAP_OK(!fstat(m.fd, &st) && (st.st_mode & 07777) == 0751, "%s: mode of / is the top layer's", name);
	TAP_OK(st.st_gid == 33 || st.st_gid == 0, "%s: owner too", name);
	TAP_OK(!fstatat(m.fd, "etc/c", &st, 0) && !fstatat(m.fd, "etc/c-link", &other, 0) && st.st_ino == other.st_ino,
		"%s: hard link", name);
	test_diff(&r, m.fd, name);
	rootfs_unmount(&r, &m);
	auto_fd int ctr = fd_open_dir(AT_FDCWD, r.dir);

	TAP_OK(!rootfs_write(ctr, &r, 0, &e) && !rootfs_read(ctr, &back, &e), "%s: rootfs.json", name);
	TAP_OK(back.driver == d && back.lowers.n == 3 && !strcmp(back.dir, r.dir), "%s: the same again", name);
	TAP_OK(!rootfs_mount(&back, true, &m, &e) && !m.detached, "%s: mount again, at a path: %s", name, e.msg);
	auto_free char *path = xasprintf("%s/merged/etc/b", r.dir);

	TAP_STR(text_of(AT_FDCWD, path), "b-new", "%s: what was written is there, at the path", name);
	rootfs_unmount(&back, &m);
	TAP_OK(access(path, F_OK) < 0, "%s: not after the unmount", name);
	rootfs_done(&back);
	rootfs_done(&r);
}

static void test_kernel_modes(const char *dir)
{
	struct rootfs r = describe(dir, STORE_OVERLAY);
	struct rootfs_mounted m;
	struct err e = ERR_INIT;

	r.volatile_ = true;
	TAP_OK(!rootfs_mount(&r, false, &m, &e), "volatile");
	rootfs_unmount(&r, &m);
	TAP_OK(!rootfs_mount(&r, false, &m, &e), "volatile a second time: %s", e.msg);
	rootfs_unmount(&r, &m);
	r.readonly = true;
	TAP_OK(!rootfs_mount(&r, false, &m, &e) && mkdirat(m.fd, "new", 0700) < 0 && errno == EROFS, "read-only");
	rootfs_unmount(&r, &m);
	while (r.lowers.n > 1)
		svec_remove(&r.lowers, 1);
	TAP_OK(!rootfs_mount(&r, false, &m, &e) && mkdirat(m.fd, "new", 0700) < 0 && errno == EROFS, "one layer read-only: %s", e.msg);
	rootfs_unmount(&r, &m);
	svec_remove(&r.lowers, 0);
	r.readonly = false;
	TAP_OK(!rootfs_prepare(&r, &e) && !rootfs_mount(&r, false, &m, &e) && !mkdirat(m.fd, "new", 0700), "no layer at all: %s", e.msg);
	rootfs_unmount(&r, &m);
	rootfs_done(&r);
}

static void test_host(const char *dir)
{
	struct rootfs r = {.host_dir = xasprintf("%s/l1", dir)};
	struct rootfs_mounted m;
	struct err e = ERR_INIT;

	TAP_OK(!rootfs_prepare(&r, &e) && !rootfs_mount(&r, false, &m, &e), "--rootfs: %s", e.msg);
	TAP_STR(text_of(m.fd, "etc/a"), "a1", "it is that directory");
	rootfs_unmount(&r, &m);
	rootfs_done(&r);
}

/* X16: many layers, long names, and the characters that mount options use. */
static void test_many(const char *dir, size_t n, const char *sub)
{
	struct rootfs r = {.driver = STORE_OVERLAY};
	struct rootfs_mounted m;
	struct err e = ERR_INIT;
	auto_free char *base = xasprintf("%s/%s", dir, sub);
	bool ok;

	mkdir(base, 0700);
	for (size_t i = n; i > 0; i--) {
		svec_addf(&r.lowers, "%s/%zu", base, i);
		mkdir(r.lowers.v[r.lowers.n - 1], 0755);
	}
	r.dir = xasprintf("%s/ctr", base);
	mkdir(r.dir, 0700);
	auto_fd int fd = fd_open_dir(AT_FDCWD, base);

	test_file(fd, "1/bottom", "b");
	ok = !rootfs_prepare(&r, &e) && !rootfs_mount(&r, false, &m, &e);
	if (n > 500)
		TAP_OK(!ok && strstr(e.msg, "layers"), "%zu layers are refused: %s", n, e.msg);
	else
		TAP_OK(ok && fs_exists(m.fd, "bottom"), "%zu layers below \"%.20s\": %s", n, sub, e.msg);
	if (ok)
		rootfs_unmount(&r, &m);
	rootfs_done(&r);
}

static void test_mtimes(const char *dir)
{
	auto_free char *path = xasprintf("%s/ctr-2/upper/etc/c", dir), *low = xasprintf("%s/l3/etc/c", dir);
	struct stat a, b;

	TAP_OK(!stat(path, &a) && !stat(low, &b) && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec, "vfs: times are copied");
}

int main(void)
{
	static const struct {
		enum store_driver d;
		const char *name;
	} drivers[] = {{STORE_OVERLAY, "overlay"}, {STORE_FUSE_OVERLAY, "fuse-overlayfs"}, {STORE_COPY, "vfs"}};
	char longname[240] = "";

	test_enter();
	char *dir = test_dir();
	auto_fd int fd = fd_open_dir(AT_FDCWD, dir);

	make_layers(fd);
	for (size_t i = 0; i < ARRAY_SIZE(drivers); i++) {
		struct err e = ERR_INIT;

		if (rootfs_probe(drivers[i].d, fd, &e) < 0) {
			printf("ok %d - %s # SKIP %s\n", ++tap_count, drivers[i].name, e.msg);
			continue;
		}
		test_driver(dir, drivers[i].d, drivers[i].name);
		if (drivers[i].d == STORE_COPY)
			test_mtimes(dir);
		if (drivers[i].d != STORE_OVERLAY)
			continue;
		test_kernel_modes(dir);
		test_many(dir, 2, "a:b,c\\d=e:");
		test_many(dir, 500, "many");
		test_many(dir, 501, "too-many");
		memset(longname, 'n', sizeof(longname) - 1);
		test_many(dir, 300, longname);
	}
	test_host(dir);
	test_remove(dir);
	return tap_done();
}
