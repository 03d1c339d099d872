/* storage_test.h - a scratch store in a user namespace, for the tests of storage/. */
#ifndef PODLITE_STORAGE_TEST_H
#define PODLITE_STORAGE_TEST_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/userns.h"
#include "storage/layer.h"
#include "storage/store.h"
#include "tests/unit/tap.h"

/* Become root of a new user namespace; without one the whole test is skipped. */
__attribute__((unused)) static void test_enter(void)
{
	struct err e = ERR_INIT;
	struct userns_map map;

	if (userns_plan(&map, &e) < 0 || userns_create(&map, &e) < 0) {
		printf("1..0 # SKIP no user namespace: %s\n", e.msg);
		exit(0);
	}
}

/* TEST_DIR, else TMPDIR, else the current directory: overlay needs a file system that can hold it. */
__attribute__((unused)) static char *test_dir(void)
{
	const char *base = getenv("TMPDIR");
	char *dir = xasprintf("%s/podlite-test.XXXXXX", base ? base : "/tmp");

	if (!mkdtemp(dir)) {
		printf("1..0 # SKIP no scratch directory %s\n", dir);
		exit(0);
	}
	return dir;
}

__attribute__((unused)) static void test_remove(char *dir)
{
	if (fs_remove_tree(AT_FDCWD, dir) < 0)
		printf("# %s is left\n", dir);
	free(dir);
}

/* A DiffID made of one digit. */
__attribute__((unused)) static struct digest test_digest(char digit)
{
	struct digest d = {.hex = ""};

	memset(d.hex, digit, 64);
	return d;
}

/* Write text to dirfd/path, with parents. */
__attribute__((unused)) static void test_file(int dirfd, const char *path, const char *text)
{
	auto_free char *dir = xstrdup(path);
	char *slash = strrchr(dir, '/');

	if (slash) {
		*slash = '\0';
		(void)!fs_mkdir_p(dirfd, dir);
	}
	if (fs_write_file(dirfd, path, text, strlen(text), 0644, 0) < 0)
		printf("# cannot write %s\n", path);
}

/* A layer with one file. */
__attribute__((unused)) static bool test_layer(struct store *s, struct digest d, const char *path, const char *text)
{
	struct layer_stage st;
	struct layer_info info = {.diff_id = d, .disk_bytes = 4096, .inodes = 2};
	struct err e = ERR_INIT;

	if (layer_begin(s, &d, &st, &e) != 0)
		return false;
	if (path)
		test_file(st.diff, path, text);
	if (layer_commit(s, &st, &info, &e) < 0) {
		printf("# %s\n", e.msg);
		return false;
	}
	return true;
}

#endif
