/* links: storage/tarindex.c libstorage.a libcommon.a -lcrypto -lzstd -lz -lisal -ljson-c */
/* test_pack.c - the two streams of a layer's index, and the tar that comes out of them.
 * `test_pack cat DIR` prints the tar of a layer's directory (diff/, layer.json, index). */
#include <unistd.h>

#include "common/hash.h"
#include "storage/pack.h"
#include "storage/tarindex.h"
#include "tests/unit/storage_test.h"

static int cat(const char *dir)
{
	struct layer_info info = {.tar_size = UINT64_MAX >> 2, .replaced = 1};
	auto_fd int layer = fd_open_dir(AT_FDCWD, dir);
	auto_cleanup(pack_closep) struct pack *p = NULL;
	struct err e = ERR_INIT;
	char buf[100000];
	ssize_t n;

	p = layer < 0 ? NULL : pack_open_at(layer, &info, layer, &e);
	if (!p)
		return fprintf(stderr, "%s\n", e.msg), 1;
	while ((n = pack_read(p, buf, sizeof(buf), &e)) > 0)
		if (fd_write_all(1, buf, (size_t)n) < 0)
			return 1;
	/* no DiffID was given: the caller compares */
	if (strstr(e.msg, "they give DiffID"))
		return 0;
	return fprintf(stderr, "%s\n", e.msg), 2;
}

struct layer_box {
	char *dir;
	int fd;
	struct layer_info info;
};

static int make_stream(struct layer_box *b, const char *name, struct tarindex **ret)
{
	int fd = fd_open(b->fd, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	*ret = tarindex_new(fd);
	return fd;
}

/* Bytes, zeros, a file that stayed, one that was replaced, content without a file. */
static void make_layer(struct layer_box *b)
{
	const char want[] = "head\0\0\0\0\0\0\0\0\0\0\0\0kept.old.aufs.tail";
	struct tarindex *t;
	struct err e = ERR_INIT;
	int fd;

	b->info = (struct layer_info){.tar_size = sizeof(want) - 1, .replaced = 1};
	hash_bytes(want, sizeof(want) - 1, &b->info.diff_id);
	test_file(b->fd, "diff/d/kept", "kept.");
	test_file(b->fd, "diff/d/name", "new");
	fd = make_stream(b, LAYER_INDEX, &t);
	tarindex_bytes(t, want, 10);
	tarindex_bytes(t, want + 10, 6);
	tarindex_content(t, 3, 5);
	tarindex_content(t, 4, 4);
	tarindex_content(t, 9, 5);
	tarindex_bytes(t, "tail", 4);
	TAP_OK(tarindex_close(t, &e) == 0, "the first stream is written: %s", e.msg);
	fd_close(fd);
	fd = make_stream(b, LAYER_FILES, &t);
	tarindex_file(t, 3, "d", 7, "kept");
	tarindex_file(t, 4, "d", 7, "name");
	tarindex_saved(t, 7, "name");
	tarindex_data(t, "ol", 2);
	tarindex_data(t, "d.", 2);
	tarindex_data(t, NULL, 0);
	tarindex_file(t, 5, "d", 7, "name");
	tarindex_inline(t, 9);
	tarindex_data(t, "aufs.", 5);
	tarindex_data(t, NULL, 0);
	TAP_OK(tarindex_close(t, &e) == 0, "the second stream is written: %s", e.msg);
	fd_close(fd);
}

static ssize_t read_all(struct layer_box *b, size_t step, char *ret, struct err *e)
{
	auto_cleanup(pack_closep) struct pack *p = pack_open_at(b->fd, &b->info, b->fd, e);
	ssize_t n = 0, done = 0;

	while (p && (n = pack_read(p, ret + done, step, e)) > 0)
		done += n;
	return !p || n < 0 ? -1 : done;
}

static void test_read(struct layer_box *b)
{
	struct err e = ERR_INIT;
	char text[100];

	for (size_t step = 1; step < 50; step += 7)
		TAP_OK(read_all(b, step, text, &e) == 34 && !memcmp(text + 16, "kept.old.aufs.tail", 18),
			"the same bytes come back, %zu at a time: %s", step, e.msg);
}

static void expect_damage(struct layer_box *b, const char *what, const char *words)
{
	struct err e = ERR_INIT;
	char text[100];

	TAP_OK(read_all(b, 50, text, &e) < 0 && strstr(e.msg, words), "%s: %s", what, e.msg);
}

static void test_damage(struct layer_box *b)
{
	test_file(b->fd, "diff/d/kept", "kepT.");
	expect_damage(b, "a changed byte is found", "they give DiffID");
	test_file(b->fd, "diff/d/kept", "kept");
	expect_damage(b, "a short file is named", "file /d/kept is damaged: its size is wrong");
	unlinkat(b->fd, "diff/d/kept", 0);
	expect_damage(b, "a missing file is named", "file /d/kept is damaged: it is missing");
	TAP_OK(symlinkat("/etc/passwd", b->fd, "diff/d/kept") == 0, "a link in its place");
	expect_damage(b, "a link is not followed", "it is missing");
	unlinkat(b->fd, LAYER_FILES, 0);
	expect_damage(b, "no index", "there is no index of it");
	test_file(b->fd, LAYER_FILES, "\x28\xb5\x2f\xfd nonsense");
	expect_damage(b, "a damaged index", "its index");
}

/* An index that names what is outside the layer: whoever wrote it parsed foreign bytes. */
static void test_outside(struct layer_box *b)
{
	static const char *const names[] = {"../../outside", "..", "d/kept", ""};

	test_file(b->fd, "outside", "kept.");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct tarindex *t;
		int fd = make_stream(b, LAYER_FILES, &t);

		tarindex_file(t, 3, "d", 7, names[i]);
		if (tarindex_close(t, NULL) < 0)
			printf("# cannot write\n");
		fd_close(fd);
		expect_damage(b, "a name that leads elsewhere is refused", "its index is damaged");
	}
}

int main(int argc, char **argv)
{
	struct layer_box b;

	if (argc == 3)
		return cat(argv[2]);
	b.dir = test_dir();
	b.fd = fd_open_dir(AT_FDCWD, b.dir);
	make_layer(&b);
	test_read(&b);
	test_outside(&b);
	make_layer(&b);
	test_damage(&b);
	fd_close(b.fd);
	test_remove(b.dir);
	return tap_done();
}
