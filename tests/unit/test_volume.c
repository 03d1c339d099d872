/* links: libstorage.a liboci.a libcommon.a -ljson-c */
/* Volumes: names, records, listing, copy-up with links, owners and holes (V39, V40). */
#include <sys/xattr.h>

#include "storage/volume.h"
#include "tests/unit/storage_test.h"

static void test_names(void)
{
	static const char *const good[] = {"a", "A9", "a.b-c_d", "0"};
	static const char *const bad[] = {"", ".", "..", "a/b", "-a", ".a", "_a", "a b", "a\n", "\xc3\xa4"};
	auto_free char *longest = xcalloc(1, 257);

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		TAP_OK(volume_name_ok(good[i]), "R9: name \"%s\"", good[i]);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		TAP_OK(!volume_name_ok(bad[i]), "R9: bad name %zu", i);
	memset(longest, 'n', 255);
	TAP_OK(volume_name_ok(longest), "255 bytes");
	longest[255] = 'n';
	TAP_OK(!volume_name_ok(longest), "256 bytes");
}

static void test_records(struct store *s)
{
	struct volume want = {.name = xstrdup("data"), .anonymous = true}, v;
	struct volume_list l;
	struct err e = ERR_INIT;

	svec_add(&want.labels, "k=v=w");
	svec_add(&want.options, "type=tmpfs");
	TAP_OK(!volume_create(s, &want, &v, &e) && v.created_ns && v.anonymous, "create");
	TAP_STR(v.labels.v[0], "k=v=w", "labels are kept");
	TAP_OK(strstr(v.mountpoint, "/volumes/data/_data") && !access(v.mountpoint, W_OK), "its directory is there");
	volume_done(&v);
	TAP_OK(volume_create(s, &want, &v, &e) < 0 && e.kind == EK_EXISTS, "a second of that name: %s", e.msg);
	volume_done(&want);
	want.name = xstrdup("data2");
	TAP_OK(!volume_create(s, &want, &v, &e), "create another");
	volume_done(&v);
	TAP_OK(!volume_find(s, "data", &v, &e) && !strcmp(v.name, "data"), "exact before prefix");
	volume_done(&v);
	TAP_OK(volume_find(s, "da", &v, &e) < 0 && e.kind == EK_INVALID, "ambiguous: %s", e.msg);
	TAP_OK(volume_find(s, "x", &v, &e) < 0 && e.kind == EK_NOT_FOUND, "none");
	TAP_OK(volume_find(s, "../layers", &v, &e) < 0 && e.kind == EK_NOT_FOUND, "no path");
	TAP_OK(!volume_list(s, &l, &e) && l.n == 2 && !strcmp(l.v[1].name, "data2"), "list, sorted");
	volume_list_done(&l);
	TAP_OK(!volume_remove(s, "data2", &e) && volume_remove(s, "data2", &e) < 0 && e.kind == EK_NOT_FOUND, "remove, once");
	TAP_OK(volume_remove(s, "..", &e) < 0 && volume_remove(s, "", &e) < 0, "no path is removed");
	volume_done(&want);
}

/* An image tree with a canary beside it that its links point to. */
static void make_image(int dirfd)
{
	test_file(dirfd, "canary/secret", "secret");
	test_file(dirfd, "image/data/a", "1");
	test_file(dirfd, "image/data/sub/b", "2");
	(void)!linkat(dirfd, "image/data/a", dirfd, "image/data/a2", 0);
	(void)!symlinkat("../../canary/secret", dirfd, "image/data/out");
	(void)!symlinkat("/../canary", dirfd, "image/escape");
	(void)!symlinkat("data", dirfd, "image/inside");
	(void)!mkfifoat(dirfd, "image/data/fifo", 0640);
	(void)!fchmodat(dirfd, "image/data", 01770, 0);
	(void)!fchownat(dirfd, "image/data", 33, 33, 0);
	(void)!fchownat(dirfd, "image/data/sub/b", 12, 13, 0);
	auto_fd int sparse = fd_open(dirfd, "image/data/sparse", O_RDWR | O_CREAT, 0644);

	(void)!ftruncate(sparse, 8 << 20);
	(void)!pwrite(sparse, "x", 1, 4 << 20);
	(void)!fsetxattr(sparse, "user.x", "y", 1, 0);
}

static void check_copy(const struct volume *v)
{
	auto_fd int data = fd_open_dir(AT_FDCWD, v->mountpoint);
	struct stat st, other;
	char value[4];

	TAP_OK(!fstat(data, &st) && (st.st_mode & 07777) == 01770 && (st.st_uid == 33 || !st.st_uid), "mode and owner of the directory");
	TAP_OK(!fstatat(data, "a", &st, 0) && !fstatat(data, "a2", &other, 0) && st.st_ino == other.st_ino, "hard links");
	TAP_OK(!fstatat(data, "out", &st, AT_SYMLINK_NOFOLLOW) && S_ISLNK(st.st_mode), "V40: a link stays a link");
	TAP_OK(!fstatat(data, "fifo", &st, AT_SYMLINK_NOFOLLOW) && S_ISFIFO(st.st_mode) && (st.st_mode & 0777) == 0640, "FIFO");
	TAP_OK(!fstatat(data, "sub/b", &st, 0) && (st.st_gid == 13 || !st.st_gid), "owners below");
	TAP_OK(!fstatat(data, "sparse", &st, 0) && st.st_size == 8 << 20 && st.st_blocks < 2048, "holes");
	auto_fd int sparse = fd_open(data, "sparse", O_RDONLY, 0);

	TAP_OK(fgetxattr(sparse, "user.x", value, sizeof(value)) == 1, "attributes");
}

static void test_copy_up(struct store *s, int dirfd)
{
	auto_fd int root = -1;
	struct volume want = {.name = xstrdup("up")}, v;
	struct err e = ERR_INIT;

	make_image(dirfd);
	root = fd_open_dir(dirfd, "image");
	TAP_OK(!volume_create(s, &want, &v, &e), "create");
	TAP_OK(!volume_copy_up(&v, root, "/none", &e) && !volume_copy_up(&v, root, "/data/a", &e), "nothing and no directory");
	TAP_OK(!volume_copy_up(&v, root, "/escape", &e), "V39: a link that leads out finds nothing");
	auto_free char *secret = xasprintf("%s/secret", v.mountpoint);

	TAP_OK(access(secret, F_OK) < 0, "V39: nothing was copied");
	TAP_OK(!volume_copy_up(&v, root, "/inside", &e), "a link inside is followed: %s", e.msg);
	check_copy(&v);
	test_file(root, "data/later", "3");
	auto_free char *later = xasprintf("%s/later", v.mountpoint);

	TAP_OK(!volume_copy_up(&v, root, "/data", &e) && access(later, F_OK) < 0, "V39: a volume with content is left alone");
	volume_done(&v);
	volume_done(&want);
}

int main(void)
{
	struct err e = ERR_INIT;
	struct store s;

	test_enter();
	char *dir = test_dir();
	auto_free char *root = xasprintf("%s/store", dir);
	auto_fd int fd = fd_open_dir(AT_FDCWD, dir);

	test_names();
	if (!TAP_OK(!store_open(root, NULL, &s, &e), "open"))
		return tap_done();
	test_records(&s);
	test_copy_up(&s, fd);
	store_close(&s);
	test_remove(dir);
	return tap_done();
}
