/* links: storage/inventory_write.c libstorage.a libcommon.a -lcrypto -lzstd -lz -lisal -ljson-c */
/* test_inventory.c - CRC-32C, and the inventory of a tree: what was written is found again, what was changed is named. */
#include <stdlib.h>
#include <unistd.h>

#include "common/crc32c.h"
#include "storage/inventory.h"
#include "tests/unit/storage_test.h"

static void test_crc(void)
{
	enum { N = 200000 };
	unsigned char *data = calloc(1, N);
	uint32_t whole, parts = 0;

	for (size_t i = 0; i < N / 2; i++)
		data[i] = (unsigned char)(i * 2654435761u >> 13);
	whole = crc32c_add(0, data, N);
	for (size_t i = 0; i < N; i += 777)
		parts = crc32c_add(parts, data + i, MIN_OF((size_t)777, N - i));
	TAP_OK(crc32c_add(0, "123456789", 9) == 0xe3069283, "the check value of RFC 3720");
	TAP_OK(whole == parts, "in pieces as in one");
	TAP_OK(whole == crc32c_zeros(crc32c_add(0, data, N / 2), N / 2), "zeros as if they were bytes");
	TAP_OK(crc32c_zeros(crc32c_zeros(7, 1ull << 40), 1ull << 40) == crc32c_zeros(7, 1ull << 41), "a terabyte of zeros");
	data[N / 3] ^= 4;
	TAP_OK(whole != crc32c_add(0, data, N), "one bit");
	free(data);
}

struct seen {
	char text[400];
};

static bool note(void *arg, enum inventory_fault f, const char *path)
{
	struct seen *s = arg;
	size_t n = strlen(s->text);

	snprintf(s->text + n, sizeof(s->text) - n, "%d%s ", (int)f, path);
	return true;
}

static int write_inventory(int root, const char *file)
{
	static const struct {
		const char *name, *content;
	} files[] = {{"a", "content"}, {"d/b", "more"}};
	struct inode_map sums = {.v = NULL};
	int out = fd_open(AT_FDCWD, file, O_WRONLY | O_CREAT | O_TRUNC, 0600), r;
	struct err e = ERR_INIT;
	struct stat st;

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (!fstatat(root, files[i].name, &st, AT_SYMLINK_NOFOLLOW))
			inode_map_set(&sums, st.st_ino, crc32c_add(0, files[i].content, strlen(files[i].content)));
	r = inventory_write(root, &sums, true, out, &e);
	TAP_OK(r == 0, "an inventory is written: %s", e.msg);
	inode_map_done(&sums);
	fd_close(out);
	return r;
}

static const char *compare(int root, const char *file, enum inventory_depth depth, struct seen *s)
{
	struct err e = ERR_INIT;
	int in = fd_open(AT_FDCWD, file, O_RDONLY, 0);

	s->text[0] = '\0';
	return inventory_compare(root, in, depth, note, s, &e) < 0 ? "damaged" : s->text;
}

/* The same size and time as before. */
static void overwrite(int root, const char *name, const char *content)
{
	struct stat st;
	int fd;

	fstatat(root, name, &st, 0);
	fd = fd_open(root, name, O_WRONLY, 0);
	(void)!pwrite(fd, content, strlen(content), 0);
	futimens(fd, (struct timespec[2]){st.st_atim, st.st_mtim});
	fd_close(fd);
}

static void test_tree(const char *dir)
{
	char *file = xasprintf("%s/inventory", dir), *tree = xasprintf("%s/tree", dir);
	struct seen s;
	int root;

	mkdir(tree, 0755);
	root = fd_open_dir(AT_FDCWD, tree);
	test_file(root, "a", "content");
	test_file(root, "d/b", "more");
	test_file(root, "empty", "");
	TAP_OK(!symlinkat("a", root, "link") && !linkat(root, "d/b", root, "hard", 0), "a tree");
	if (write_inventory(root, file) == 0) {
		TAP_STR(compare(root, file, INVENTORY_DATA, &s), "", "the tree is what it was");
		overwrite(root, "d/b", "MORE");
		TAP_STR(compare(root, file, INVENTORY_META, &s), "", "content is not looked at");
		/* the first of its names stands for all */
		TAP_OK(strstr(compare(root, file, INVENTORY_DATA, &s), "/hard") != NULL, "and is: %s", s.text);
		overwrite(root, "d/b", "more");
		unlinkat(root, "hard", 0);
		test_file(root, "hard", "more");
		TAP_OK(strstr(compare(root, file, INVENTORY_META, &s), "/hard") != NULL, "no link any more: %s", s.text);
		(void)!truncate(file, 20);
		TAP_STR(compare(root, file, INVENTORY_STAT, &s), "damaged", "an inventory that is cut off");
	}
	fd_close(root);
	free(file);
	free(tree);
}

int main(void)
{
	char *dir;

	test_crc();
	dir = test_dir();
	test_tree(dir);
	(void)!chdir("/");
	test_remove(dir);
	return tap_done();
}
