/* links: libcommon.a -ljson-c */
/* test_remove.c - removing trees with several threads: large ones, deep ones, what must not be touched. */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/remove.h"
#include "common/userns.h"
#include "tests/unit/tap.h"

static void make_file(int dirfd, const char *name)
{
	fd_close(fd_open(dirfd, name, O_WRONLY | O_CREAT | O_EXCL, 0600));
}

/* dirs directories of files files each, in one */
static void make_wide(int top, const char *name, int dirs, int files)
{
	auto_fd int dir = -1;
	char entry[32];

	mkdirat(top, name, 0755);
	dir = fd_open_dir(top, name);
	for (int i = 0; i < dirs; i++) {
		auto_fd int sub = -1;

		snprintf(entry, sizeof(entry), "d%d", i);
		mkdirat(dir, entry, i % 3 ? 0755 : 0700);
		sub = fd_open_dir(dir, entry);
		for (int k = 0; k < files; k++) {
			snprintf(entry, sizeof(entry), "file-%d", k);
			make_file(sub, entry);
		}
		if (i % 5 == 0)
			fchmod(sub, 0);
	}
}

/* Two directories on each level, the second one with files; the path is far longer than PATH_MAX. */
static void make_deep(int top, const char *name, int levels)
{
	auto_fd int dir = -1;

	mkdirat(top, name, 0755);
	dir = fd_open_dir(top, name);
	for (int i = 0; i < levels; i++) {
		int next;

		make_wide(dir, "beside", 1, 3);
		mkdirat(dir, "0123456789", 0755);
		next = fd_open_dir(dir, "0123456789");
		fd_close(dir);
		dir = next;
	}
}

/* Three in each, so that many are open at a time. */
static void make_branches(int top, const char *name, int levels)
{
	auto_fd int dir = -1;

	make_wide(top, name, 1, 1);
	dir = fd_open_dir(top, name);
	for (int i = 0; levels && i < 3; i++)
		make_branches(dir, (const char *[]){"a", "b", "c"}[i], levels - 1);
}

static bool removed(int top, const char *name)
{
	int r = remove_tree(top, name);

	if (r < 0)
		printf("# %s: %s\n", name, strerror(-r));
	return !r && !fs_exists(top, name);
}

static void test_kinds(int top)
{
	auto_fd int dir = -1;

	mkdirat(top, "outside", 0755);
	mkdirat(top, "kinds", 0755);
	dir = fd_open_dir(top, "outside");
	make_file(dir, "kept");
	fd_close(take_fd(dir));
	dir = fd_open_dir(top, "kinds");
	TAP_OK(!symlinkat("../outside", dir, "link") && !symlinkat("/", dir, "root") && !mkfifoat(dir, "fifo", 0600) &&
		!linkat(top, "outside/kept", dir, "hard", 0), "links and a fifo are made");
	make_file(dir, "with\nnewline");
	TAP_OK(removed(top, "kinds") && fs_exists(top, "outside/kept"), "links are not followed");
	TAP_OK(!symlinkat("outside", top, "itself") && removed(top, "itself") && removed(top, "outside/kept") &&
		removed(top, "outside"), "a link, a file, an empty directory");
	TAP_OK(!remove_tree(top, "outside"), "what is not there is gone");
}

static void test_large(int top)
{
	struct rlimit old, few = {.rlim_cur = 16};

	make_wide(top, "wide", 150, 20);
	TAP_OK(removed(top, "wide"), "3,000 files in 150 directories, some of mode 0");
	make_wide(top, "flat", 1, 2500);
	TAP_OK(removed(top, "flat"), "2,500 files in one");
	make_wide(top, "dirs", 2500, 0);
	TAP_OK(removed(top, "dirs"), "2,500 empty directories in one");
	make_deep(top, "deep", 400);
	TAP_OK(removed(top, "deep"), "400 levels");
	make_wide(top, "both", 700, 0);
	make_deep(top, "both/a", 60);
	make_wide(top, "both/.tmp-0123456789abcdef", 3, 3);
	TAP_OK(removed(top, "both"), "a deep one in a wide one, beside a name as those get that move up");
	getrlimit(RLIMIT_NOFILE, &old);
	few.rlim_max = old.rlim_max;
	make_branches(top, "branches", 7);
	setrlimit(RLIMIT_NOFILE, &few);
	TAP_OK(removed(top, "branches"), "with few descriptors");
	setrlimit(RLIMIT_NOFILE, &old);
}

/* Where a mount is, nothing is removed. */
static void test_mount(const char *path, int top)
{
	auto_free char *mnt = xasprintf("%s/wide/d7/mnt", path), *kept = xasprintf("%s/kept", mnt);

	make_wide(top, "wide", 30, 3);
	if (mkdir(mnt, 0755) < 0 || mount("none", mnt, "tmpfs", 0, NULL) < 0) {
		TAP_OK(removed(top, "wide"), "no mount here");
		return;
	}
	make_file(AT_FDCWD, kept);
	TAP_OK(remove_tree(top, "wide") < 0 && !access(kept, F_OK), "what is mounted stays, and is told");
	umount(mnt);
	TAP_OK(removed(top, "wide"), "and goes when it is not");
}

int main(void)
{
	char dir[] = "/tmp/podlite-test.XXXXXX";
	struct userns_map map;
	struct err e = ERR_INIT;
	auto_fd int top = -1;

	if (userns_plan(&map, &e) < 0 || userns_create(&map, &e) < 0 || unshare(CLONE_NEWNS) < 0)
		printf("# no namespaces: %s\n", e.msg);
	if (!TAP_OK(mkdtemp(dir) && (top = fd_open_dir(AT_FDCWD, dir)) >= 0, "directory"))
		return tap_done();
	test_kinds(top);
	test_large(top);
	test_mount(dir, top);
	TAP_OK(rmdir(dir) == 0, "nothing is left");
	return tap_done();
}
