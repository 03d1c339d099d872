/* links: libcommon.a -ljson-c */
/* V20: the component walk gives openat2's answers on random trees of links. */
#include "tests/unit/tap.h"

#include <linux/openat2.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/rootfd.h"

static char tmp[] = "/tmp/podlite-rootfd-XXXXXX";
static unsigned long long seed = 20261122;

static unsigned rnd(unsigned n)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (unsigned)(seed >> 33) % n;
}

/* "a/../b//c/" of the letters that the tree uses. */
static void random_path(char *buf, size_t size, unsigned parts)
{
	static const char *const names[] = {"a", "b", "c", "d", "..", "..", ".", "f", "nosuch"};
	size_t n = 0;

	buf[0] = '\0';
	if (rnd(4) == 0)
		n += (size_t)snprintf(buf + n, size - n, "/");
	for (unsigned i = 0; i < parts; i++)
		n += (size_t)snprintf(buf + n, size - n, "%s%s", names[rnd(i + 1 < parts ? 7 : 9)],
			i + 1 < parts ? (rnd(6) ? "/" : "//")
			: rnd(8)      ? ""
				      : "/");
}

/* Whatever cannot be made is left out: the tree is random anyway. */
static void random_tree(int dir, unsigned depth)
{
	for (char c = 'a'; c <= 'd'; c++) {
		char name[2] = {c, 0}, link[200];
		unsigned kind = rnd(10);

		if (kind < 4 && depth < 3 && !mkdirat(dir, name, 0755)) {
			int sub = fd_open_dir(dir, name);

			random_tree(sub, depth + 1);
			fd_close(sub);
		} else if (kind < 9) {
			random_path(link, sizeof(link), 1 + rnd(4));
			if (symlinkat(*link ? link : ".", dir, name) < 0)
				return;
		} else {
			fd_close(fd_open(dir, name, O_WRONLY | O_CREAT, 0644));
		}
	}
	fd_close(fd_open(dir, "f", O_WRONLY | O_CREAT, 0644));
}

static int kernel_open(int root, const char *path, int flags)
{
	struct open_how how = {.flags = (uint64_t)(flags | O_CLOEXEC),
		.mode = flags & O_CREAT ? 0644 : 0,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
	unsigned again = 5;
	long fd;

	/* A rename anywhere on the host disturbs "..". And a walk without locks that a change disturbs begins anew without
	 * forgetting the links it has followed (fs/namei.c, total_link_count): what is just short enough may be too long then. */
	do
		fd = syscall(SYS_openat2, root, path, &how, sizeof(how));
	while (fd < 0 && (errno == EAGAIN || (errno == ELOOP && again-- > 0)));
	return fd < 0 ? -errno : (int)fd;
}

static bool same(int a, int b)
{
	struct stat x, y;

	if (a < 0 || b < 0)
		return a == b || (b == -ENAMETOOLONG && a < 0);
	return !fstat(a, &x) && !fstat(b, &y) && x.st_ino == y.st_ino && x.st_dev == y.st_dev;
}

static unsigned compare_round(int root, unsigned n)
{
	static const int flags[] = {O_PATH, O_PATH | O_NOFOLLOW, O_PATH | O_DIRECTORY, O_RDONLY,
		O_RDONLY | O_NOFOLLOW, O_RDONLY | O_DIRECTORY, O_PATH | O_DIRECTORY | O_NOFOLLOW,
		O_WRONLY};
	unsigned bad = 0;

	for (unsigned i = 0; i < n; i++) {
		char path[300];
		int f = flags[rnd(ARRAY_SIZE(flags))], a, b;

		random_path(path, sizeof(path), 1 + rnd(7));
		a = kernel_open(root, path, f);
		b = rootfd_walk(root, path, f, 0);
		if (!same(a, b) && bad++ < 5)
			printf("# \"%s\" flags %#x: openat2 %d (%s), walk %d (%s)\n", path, f, a,
				a < 0 ? strerror(-a) : "", b, b < 0 ? strerror(-b) : "");
		fd_close(a);
		fd_close(b);
	}
	return bad;
}

static void compare(int dir, unsigned trees, unsigned paths)
{
	unsigned bad = 0;

	for (unsigned t = 0; t < trees; t++) {
		int root;

		if (mkdirat(dir, "tree", 0755) < 0)
			break;
		root = fd_open_dir(dir, "tree");
		random_tree(root, 0);
		bad += compare_round(root, paths);
		fd_close(root);
		if (fs_remove_tree(dir, "tree") < 0)
			break;
	}
	TAP_OK(!bad, "V20: %u paths in %u random trees resolve as openat2 does", trees * paths,
		trees);
}

static void check(int root, const char *path, int flags, const char *why)
{
	int a = kernel_open(root, path, flags), b = rootfd_walk(root, path, flags, 0644);

	if (!TAP_OK(same(a, b), "%s", why))
		printf("# openat2 %d, walk %d\n", a, b);
	fd_close(a);
	fd_close(b);
}

static void corners(int dir)
{
	auto_free char *longname = xstrdup("");
	auto_free char *longpath = xcalloc(5000, 1);
	int root;

	free(longname);
	longname = xcalloc(300, 1);
	memset(longname, 'x', 256);
	memset(longpath, '/', 4500);
	TAP_OK(!mkdirat(dir, "c", 0755), "corners");
	root = fd_open_dir(dir, "c");
	TAP_OK(!mkdirat(root, "d", 0755) && !symlinkat("/loop", root, "loop") &&
			!symlinkat("/../../etc", root, "up") &&
			!symlinkat("new", root, "dangling") && !symlinkat("d/", root, "slash"),
		"their tree");
	check(root, "", O_PATH, "an empty path");
	check(root, "/", O_PATH, "the root");
	check(root, "../../..", O_PATH, "above the root");
	check(root, "loop", O_PATH, "a loop");
	check(root, "loop", O_PATH | O_NOFOLLOW, "a loop not followed");
	check(root, "up", O_PATH, "a link above the root");
	check(root, longname, O_PATH, "a name of 256 bytes");
	check(root, longpath, O_PATH, "a path of 4500 bytes");
	check(root, "slash", O_PATH, "a link with a slash at its end");
	check(root, "slash/", O_PATH | O_NOFOLLOW, "a followed link that must not be");
	check(root, "d/", O_WRONLY | O_CREAT, "creating with a slash at the end");
	check(root, "d/..", O_WRONLY | O_CREAT, "creating ..");
	check(root, "dangling", O_WRONLY | O_CREAT | O_EXCL, "exclusive creation over a link");
	check(root, "dangling", O_WRONLY | O_CREAT, "creation through a dangling link");
	fd_close(root);
}

static void links_chain(int dir, unsigned n)
{
	int root;
	char name[16] = "l0", target[16];

	fd_close(fd_open(dir, "end", O_WRONLY | O_CREAT, 0644));
	for (unsigned i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "l%u", i);
		snprintf(target, sizeof(target), "l%u", i + 1);
		if (symlinkat(i + 1 < n ? target : "end", dir, name) < 0)
			return;
	}
	root = fd_open_dir(dir, ".");
	check(root, "l0", O_PATH, "a chain of links");
	check(root, "l1", O_PATH, "a chain with one less");
	fd_close(root);
}

static void magic(void)
{
	int proc = fd_open(AT_FDCWD, "/proc", O_PATH | O_DIRECTORY, 0);

	check(proc, "self/root", O_PATH, "a magic link");
	check(proc, "self/cwd/x", O_PATH, "a path through a magic link");
	check(proc, "self/fd/0", O_PATH, "a magic link to a descriptor");
	check(proc, "self/status", O_PATH, "an ordinary link of procfs");
	check(proc, "mounts", O_PATH, "another");
	fd_close(proc);
}

static bool is_dir(int root, const char *path, mode_t mode)
{
	struct stat st;

	return !rootfd_stat(root, path, &st, true) && S_ISDIR(st.st_mode) &&
	       (st.st_mode & 07777) == mode;
}

static void making(int dir)
{
	mode_t old = umask(077);
	int root, fd;

	TAP_OK(!mkdirat(dir, "m", 0755), "making");
	root = fd_open_dir(dir, "m");
	TAP_OK(!symlinkat("/run", root, "var") && !symlinkat("../../../x/y", root, "far") &&
			!symlinkat("self", root, "self"),
		"its links");
	fd = rootfd_mkdir_p(root, "/a/b/../c", 0755, getuid(), getgid());
	TAP_OK(fd >= 0 && is_dir(root, "a/b", 0755) && is_dir(root, "a/c", 0755),
		"mkdir -p with .. and umask 077");
	fd_close(fd);
	fd = rootfd_mkdir_p(root, "var/secrets", 0755, getuid(), getgid());
	TAP_OK(fd >= 0 && is_dir(root, "run/secrets", 0755),
		"a dangling absolute link is made in root");
	fd_close(fd);
	fd = rootfd_mkdir_p(root, "far/z", 0755, getuid(), getgid());
	TAP_OK(fd >= 0 && is_dir(root, "x/y/z", 0755),
		"V9: one that points above the root stays inside");
	fd_close(fd);
	fd = rootfd_mkdir_p(root, "self/z", 0755, getuid(), getgid());
	TAP_OK(fd == -ELOOP, "a loop");
	fd = rootfd_mkfile_p(root, "q/r/file", 0640, getuid(), getgid());
	TAP_OK(fd >= 0 && is_dir(root, "q/r", 0755), "a file with its parents");
	fd_close(fd);
	fd = rootfd_mkdir_p(root, "q/r/file/x", 0755, getuid(), getgid());
	TAP_OK(fd == -ENOTDIR, "a directory below a file");
	fd = rootfd_mkdir_p(root, "q/r/file", 0755, getuid(), getgid());
	TAP_OK(fd == -ENOTDIR, "a directory where a file is");
	fd_close(root);
	umask(old);
}

int main(int argc, char **argv)
{
	unsigned trees = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 200;
	int dir;

	if (!mkdtemp(tmp))
		return 99;
	dir = fd_open_dir(AT_FDCWD, tmp);
	compare(dir, trees, 150);
	corners(dir);
	TAP_OK(!mkdirat(dir, "chain", 0755), "chain");
	int chain = fd_open_dir(dir, "chain");

	links_chain(chain, 41);
	fd_close(chain);
	magic();
	making(dir);
	fd_close(dir);
	TAP_OK(fs_remove_tree(AT_FDCWD, tmp) == 0, "clean up");
	return tap_done();
}
