/* links: libstorage.a liboci.a libcommon.a -ljson-c */
/* Images: records, names, every way of finding one, removal with what only it used, speed. */
#include <time.h>

#include "storage/image.h"
#include "storage/layer.h"
#include "storage/rootfs.h"
#include "tests/unit/storage_test.h"

static struct digest blob(struct store *s, char digit, const char *text)
{
	struct digest d = test_digest(digit);
	struct err e = ERR_INIT;

	if (store_blob_put(s, &d, text, strlen(text), &e) < 0)
		printf("# %s\n", e.msg);
	return d;
}

/* Image whose id is all `digit`, of layers 1..nlayers. */
static int put(struct store *s, char digit, size_t nlayers, const char *name, struct err *err)
{
	struct digest layers[4];
	struct image img = {.layers = layers, .nlayers = nlayers, .created_ns = 5};
	int r;

	memset(img.id, digit, 64);
	img.config = blob(s, digit, "{}");
	img.manifest = blob(s, 'f', "manifest");
	for (size_t i = 0; i < nlayers; i++)
		layers[i] = test_digest((char)('1' + i));
	if (name)
		svec_add(&img.names, name);
	svec_addf(&img.digests, "docker.io/library/alpine@sha256:%s", img.config.hex);
	r = image_put(s, &img, err);
	svec_done(&img.names);
	svec_done(&img.digests);
	return r;
}

static ino_t inode(int dirfd, const char *name)
{
	struct stat st;

	return fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ? 0 : st.st_ino;
}

/* What is right already is not replaced: readers would have to wait for the directory. */
static void test_again(struct store *s)
{
	auto_free char *record = xasprintf("%s.json", test_digest('a').hex);
	static const char name[] = "docker.io+library+alpine:latest";
	ino_t r = inode(s->images, record), n = inode(s->names, name);
	struct err e = ERR_INIT;

	TAP_OK(!put(s, 'a', 2, "docker.io/library/alpine:latest", &e) && r && inode(s->images, record) == r, "the same record stays");
	TAP_OK(n && inode(s->names, name) == n, "and its name");
	TAP_OK(!put(s, 'a', 1, NULL, &e) && inode(s->images, record) != r, "another is written");
	TAP_OK(!put(s, 'a', 2, NULL, &e), "and back");
}

static char found(struct store *s, const char *text, const char *registry)
{
	auto_svec struct svec search = SVEC_INIT;
	struct image img;
	struct err e = ERR_INIT;
	char c;

	if (registry)
		svec_add(&search, registry);
	if (image_find(s, text, &search, &img, &e) < 0)
		return e.kind == EK_NOT_FOUND ? '-' : e.kind == EK_INVALID ? '?' : '!';
	c = img.id[0];
	image_done(&img);
	return c;
}

/* The same on the list of all images. */
static char listed(struct store *s, const char *text, const char *registry)
{
	auto_svec struct svec search = SVEC_INIT;
	auto_free char *name = NULL;
	struct image_list l;
	struct err e = ERR_INIT;
	size_t i;
	char c;

	if (registry)
		svec_add(&search, registry);
	if (image_list(s, &l, &e) < 0)
		return '!';
	if (image_find_in(&l, text, &search, &i, &name, &e) < 0)
		c = e.kind == EK_NOT_FOUND ? '-' : e.kind == EK_INVALID ? '?' : '!';
	else
		c = l.v[i].id[0];
	image_list_done(&l);
	return c;
}

static void test_put(struct store *s)
{
	struct err e = ERR_INIT;
	struct image img;

	TAP_OK(put(s, 'a', 2, "docker.io/library/alpine:latest", &e) < 0, "no image without its layers: %s", e.msg);
	TAP_OK(test_layer(s, test_digest('1'), "etc/x", "1") && test_layer(s, test_digest('2'), "etc/y", "2"), "layers");
	TAP_OK(!put(s, 'a', 2, "docker.io/library/alpine:latest", &e), "put %s", e.msg);
	TAP_OK(!put(s, 'b', 1, "quay.io/some/tool:v1", &e), "put another");
	TAP_OK(!image_tag(s, test_digest('a').hex, "localhost/mine:1", &e), "tag");
	TAP_OK(image_tag(s, test_digest('e').hex, "localhost/mine:1", &e) < 0, "tag of what is not there");
	TAP_OK(image_tag(s, test_digest('a').hex, "a+b", &e) < 0, "R9: a name with the escape character");
	TAP_OK(image_tag(s, test_digest('a').hex, "../x", &e) < 0, "R9: a name that begins with a dot");
	TAP_OK(!image_find(s, "alpine", NULL, &img, &e), "find by the end of the repository");
	TAP_OK(img.nlayers == 2 && img.size == 8192 && img.names.n == 2 && img.digests.n == 1 && img.created_ns == 5,
		"the record is complete");
	TAP_STR(img.names.v[0], "docker.io/library/alpine:latest", "names are sorted");
	image_done(&img);
	TAP_OK(!image_find_quick(s, "alpine", NULL, &img, &e) && img.names.n == 1, "quick find");
	image_done(&img);
	TAP_OK(!image_find_name(s, "localhost/mine:1", &img, &e), "find by exact name");
	image_done(&img);
}

static void test_find(struct store *s)
{
	static const struct {
		const char *text, *registry;
		char want;
	} t[] = {
		{"docker.io/library/alpine:latest", NULL, 'a'},
		{"docker.io/library/alpine", NULL, 'a'},
		{"docker.io/alpine", NULL, 'a'},
		{"alpine", "docker.io", 'a'},
		{"alpine", "quay.io", 'a'},
		{"alpine:latest", NULL, 'a'},
		{"alpine:3", NULL, '-'},
		{"pine", NULL, '-'},
		{"tool:v1", NULL, 'b'},
		{"some/tool:v1", NULL, 'b'},
		{"tool", NULL, '-'},
		{"mine:1", NULL, 'a'},
		{"localhost/mine:1", NULL, 'a'},
		{"a", NULL, 'a'},
		{"bb", NULL, 'b'},
		{"c", NULL, '-'},
		{"sha256:aaaa", NULL, 'a'},
		{"sha256:alpine", NULL, '-'},
		{"", NULL, '-'},
		{"/", NULL, '-'},
		{"..", NULL, '-'},
		{"alpine@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL, 'a'},
		{"alpine@sha256:baaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL, '-'},
		{"docker.io/alpine:x@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", NULL, 'b'},
	};
	struct err e = ERR_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		char got = found(s, t[i].text, t[i].registry);

		TAP_OK(got == t[i].want, "find \"%.40s\": %c", t[i].text, got);
		got = listed(s, t[i].text, t[i].registry);
		TAP_OK(got == t[i].want, "on the list: %c", got);
	}
	TAP_OK(!image_tag(s, test_digest('b').hex, "quay.io/other/alpine:latest", &e), "a second repository with that end");
	TAP_OK(found(s, "alpine", NULL) == '?' && listed(s, "alpine", NULL) == '?', "is ambiguous");
	TAP_OK(found(s, "alpine", "quay.io/other") == 'b', "unless a registry is configured");
	TAP_OK(!image_untag(s, "quay.io/other/alpine:latest", &e), "untag");
	TAP_OK(image_untag(s, "quay.io/other/alpine:latest", &e) < 0 && e.kind == EK_NOT_FOUND, "untag again");
}

static void test_lowers(struct store *s)
{
	auto_svec struct svec lowers = SVEC_INIT;
	struct err e = ERR_INIT;
	struct image img;

	TAP_OK(!image_find(s, "aa", NULL, &img, &e), "find");
	image_lowers(s, &img, &lowers);
	TAP_OK(lowers.n == 2 && strstr(lowers.v[0], "/layers/222") && strstr(lowers.v[1], "/layers/111"), "uppermost first");
	image_done(&img);
}

static size_t count_layers(struct store *s)
{
	struct digest *v = NULL;
	size_t n = 0;

	(void)!layer_list(s, &v, &n, NULL);
	free(v);
	return n;
}

/* An image with two layers, a container that uses one of them. */
static void test_removal(struct store *s)
{
	struct rootfs r = {.driver = STORE_OVERLAY};
	struct svec a = SVEC_INIT, all = SVEC_INIT, gone = SVEC_INIT;
	struct image_list l;
	struct err e = ERR_INIT;

	TAP_OK(!fs_mkdir_p(s->containers, "c1"), "container");
	auto_fd int ctr = fd_open_dir(s->containers, "c1");

	svec_addf(&r.lowers, "%s/layers/%s/diff", s->root, test_digest('2').hex);
	TAP_OK(!rootfs_write(ctr, &r, 0, &e), "that uses layer 2");
	rootfs_done(&r);
	TAP_OK(!image_list(s, &l, &e) && l.n == 2 && l.v[0].names.n == 2, "list");
	image_list_done(&l);
	svec_add(&a, test_digest('a').hex);
	svec_add(&all, test_digest('b').hex);
	svec_add(&all, a.v[0]);
	TAP_OK(!image_remove(s, &a, &gone, &e) && gone.n == 1, "one image");
	TAP_OK(count_layers(s) == 2, "layers of other images and containers stay");
	TAP_OK(found(s, "alpine", NULL) == '-' && found(s, "mine:1", NULL) == '-', "all names are gone");
	TAP_OK(!store_blob_has(s, &(struct digest){.hex = "x"}) && !fs_exists(s->blobs, test_digest('a').hex), "its config too");
	TAP_OK(fs_exists(s->blobs, test_digest('f').hex), "a manifest that another image names stays");
	(void)!fs_remove_tree(s->containers, "c1");
	TAP_OK(!image_remove(s, &all, &gone, &e) && gone.n == 2 && !strcmp(gone.v[1], all.v[0]), "another, and one that is gone");
	TAP_OK(count_layers(s) == 0, "then the rest goes");
	TAP_OK(!image_list(s, &l, &e) && l.n == 0, "nothing is left");
	image_list_done(&l);
	svec_done(&a);
	svec_done(&all);
	svec_done(&gone);
}

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* Read as another store: all that is in it, and nothing made. */
static void test_other(struct store *s, const char *dir)
{
	struct err e = ERR_INIT;
	struct image_list l, theirs;
	struct store other;
	auto_fd int empty = -1;

	TAP_OK(!store_open_other("other", s->fd, &other, &e) && other.tmp < 0 && other.containers < 0, "another store");
	TAP_OK(!image_list(s, &l, &e) && !image_list(&other, &theirs, &e) && l.n && theirs.n == l.n, "has its %zu images", l.n);
	image_list_done(&l);
	image_list_done(&theirs);
	store_close(&other);
	TAP_OK(!fs_mkdir_p(AT_FDCWD, dir), "an empty directory");
	empty = fd_open_dir(AT_FDCWD, dir);
	TAP_OK(store_open_other(dir, empty, &other, &e) < 0 && e.kind == EK_INVALID, "is none: %s", e.msg);
	TAP_OK(!fs_exists(empty, "version") && !fs_exists(empty, "images"), "and stays as it was");
}

static void test_speed(struct store *s)
{
	struct err e = ERR_INIT;
	struct image_list l;
	struct image img;
	double t;

	for (unsigned i = 0; i < 500; i++) {
		auto_sbuf struct sbuf b = SBUF_INIT;
		auto_free char *file = xasprintf("%064x.json", i + 0xabc000);
		auto_free char *link = xasprintf("docker.io+library+image%u:latest", i);
		auto_free char *target = xasprintf("../images/%s", file);

		sbuf_addf(&b, "{\"manifest\":\"sha256:%064x\",\"config\":\"sha256:%064x\",\"layers\":[", i, i);
		for (int k = 0; k < 6; k++)
			sbuf_addf(&b, "%s\"sha256:%064x\"", k ? "," : "", i * 8 + (unsigned)k);
		sbuf_addstr(&b, "],\"size\":1000,\"created\":1700000000000000000}\n");
		test_file(s->images, file, b.buf);
		if (symlinkat(target, s->names, link) < 0)
			break;
	}
	t = now_ms();
	TAP_OK(!image_list(s, &l, &e) && l.n == 500 && l.v[7].names.n == 1 && l.v[7].nlayers == 6, "500 images");
	image_list_done(&l);
	printf("# image_list of 500 images: %.2f ms\n", now_ms() - t);
	t = now_ms();
	for (int i = 0; i < 100; i++) {
		auto_svec struct svec search = SVEC_INIT;

		svec_add(&search, "docker.io");
		if (!image_find_quick(s, "image77", &search, &img, &e))
			image_done(&img);
	}
	printf("# image_find_quick: %.4f ms\n", (now_ms() - t) / 100);
}

/* What a record's text means, or why it means nothing. */
static char *reading(struct store *s, const char *text)
{
	char id[65] = {0}, *ret;
	auto_sbuf struct sbuf layers = SBUF_INIT;
	auto_free char *file = NULL;
	struct err e = ERR_INIT;
	struct image img;
	int r;

	memset(id, 'e', 64);
	file = xasprintf("%s.json", id);
	test_file(s->images, file, text);
	r = image_read(s, id, &img, &e);
	unlinkat(s->images, file, 0);
	if (r < 0)
		return xstrdup(e.kind == EK_INVALID && !img.nlayers ? "damaged" : e.msg);
	for (size_t i = 0; i < img.nlayers; i++)
		sbuf_addf(&layers, "%.1s", img.layers[i].hex);
	ret = xasprintf("%.1s %.1s %.1s [%s] %zu %llu %lld%s%s", img.manifest.hex, img.index.hex, img.config.hex, layers.buf,
		img.nseen, (unsigned long long)img.size, (long long)img.created_ns, img.implied ? " implied" : "",
		img.list ? " list" : "");
	image_done(&img);
	return ret;
}

/* ":#1" becomes a digest of ones. */
static char *with_digests(const char *text)
{
	auto_sbuf struct sbuf b = SBUF_INIT;

	for (; *text; text++) {
		sbuf_addch(&b, *text);
		if (text[0] == ':' && text[1] == '#')
			for (int i = 0; i < 63; i++)
				sbuf_addch(&b, text[2]);
		text += text[0] == ':' && text[1] == '#';
	}
	return xstrdup(b.buf);
}

/* Records that podlite wrote are read without the JSON library; a blank in front makes it the library's. */
static void test_records(struct store *s)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{"{\"manifest\":\"sha256:#1\",\"config\":\"sha256:#2\",\"layers\":[\"sha256:#3\",\"sha256:#4\"],\"size\":4096,\"created\":1795374451648869054}\n",
			"1  2 [34] 2 4096 1795374451648869054"},
		{"{\"config\":\"sha256:#2\",\"index\":\"sha256:#a\",\"layers\":[\"sha256:#3\",\"sha256:#4\"],\"seen\":1,\"size\":0,\"implied\":true}\n",
			" a 2 [34] 1 0 0 implied"},
		{"{\"config\":\"sha256:#2\",\"seen\":3,\"layers\":[\"sha256:#3\"],\"size\":1}\n", "  2 [3] 1 1 0"},
		{"{\"config\":\"sha256:#2\",\"layers\":[],\"size\":1,\"created\":-5}\n", "  2 [] 0 1 -5"},
		{"{\"config\":\"sha256:#2\",\"size\":1}\n", "  2 [] 0 1 0"},
		{"{}\n", "damaged"},
		{"{\"config\":\"sha256:#2\",\"layers\":[\"sha256:#3\"],\"layers\":[\"sha256:#4\"],\"size\":1,\"size\":2}\n", "  2 [4] 1 2 0"},
		{"{\"config\":\"sha256:#2\",\"layers\":[\"sha256:#3\"],\"size\":18446744073709551615,\"created\":9223372036854775808}\n", NULL},
		{"{\"config\":\"sha256:#2\",\"layers\":[\"sha256:#3\"],\"size\":9999999999999999999,\"created\":9223372036854775807}\n", NULL},
		{"{\"config\":\"sha256:#2\",\"layers\":[\"sha256:#3\"],\"size\":1.5,\"created\":\"1\",\"implied\":truer}\n", "damaged"},
		{"{\"config\":\"sha256:#2\",\"layers\":[\"sha256:#3\"],\"size\":1.5,\"created\":\"1\",\"implied\":\"true\"}\n", "  2 [3] 1 0 0"},
		{"{\"config\":\"sha256:#2\",\"layers\":[\"sha256:#3\"],\"size\":012}\n", NULL},
		{"{\"config\":\"sha256:#2\",\"layers\":[\"sha256:#3\"],\"size\":1,\"new\":{\"a\":[1]}}\n", "  2 [3] 1 1 0"},
		{"{\"layers\":[],\"list\":{\"manifests\":[]}}\n", "   [] 0 0 0 list"},
		{"{\"manifest\":\"sha512:#1\",\"config\":\"sha256:#2\",\"layers\":[\"sha256:#3\"]}\n", "  2 [3] 1 0 0"},
		{"{\"config\":\"sha256:2\",\"layers\":[\"sha256:#3\"]}\n", "damaged"},
		{"{\"config\":\"sha256:#2\",\"layers\":[\"sha256:#G\"],\"size\":1}\n", "damaged"},
		{"{\"config\":\"sha256:#2\",\"layers\":[\"sha256:#3\",7],\"size\":1}\n", "damaged"},
		{"{\"config\":\"sha256:#2\",\"layers\":[\"sha256:#3\"],\"size\":1}\n{}", "damaged"},
		{"{\"config\":\"sha256:#2\",\"layers\":[\"sha256:#3\"],\"size\":1,}\n", "damaged"},
		{"{\"config\":\"sha256:#2\",\"layers\":[\"sha256:#3\",],\"size\":1}\n", "damaged"},
		{"{\"config\":\"sha256:#2\",\"layers\":[\"sha256:#3\"],\"size\":1", "damaged"},
		{"{\"config\":\"sha256:#2\",\"layers\":[\"sha256:#3\"],\"size\":1}", "  2 [3] 1 1 0"},
		{"", "damaged"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		auto_free char *text = with_digests(rows[i].text), *blank = xasprintf(" %s", text);
		auto_free char *a = reading(s, text), *b = reading(s, blank);

		TAP_OK(!strcmp(a, b) && (!rows[i].want || !strcmp(a, rows[i].want)), "record %zu: %s, %s", i, a, b);
	}
}

int main(void)
{
	struct err e = ERR_INIT;
	struct store s;

	test_enter();
	char *dir = test_dir();
	auto_free char *root = xasprintf("%s/store", dir);

	if (!TAP_OK(!store_open(root, NULL, &s, &e), "open"))
		return tap_done();
	test_records(&s);
	test_put(&s);
	test_again(&s);
	test_find(&s);
	auto_free char *empty = xasprintf("%s/empty", dir);
	test_other(&s, empty);
	test_lowers(&s);
	test_removal(&s);
	test_speed(&s);
	store_close(&s);
	test_remove(dir);
	return tap_done();
}
