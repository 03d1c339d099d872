#include "podlite/transfer/save.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/hash.h"
#include "common/lock.h"
#include "podlite/transfer/arc_oci.h"
#include "podlite/transfer/arc_write.h"
#include "podlite/transfer/cancel.h"
#include "podlite/transfer/make_manifest.h"
#include "podlite/transfer/put_image.h"
#include "podlite/transfer/sandbox.h"
#include "storage/compress.h"
#include "storage/image.h"
#include "storage/pack.h"

#define PIECE (256u << 10)

struct work {
	const struct save *s;
	struct arc_write out;
	struct digest manifest; /* of what was written, in formats that have one */
	struct svec done;   /* members that are written: images share layers */
};

/* A member of this name is to be written: false if it is there. */
static bool first_time(struct work *w, const char *name)
{
	if (svec_has(&w->done, name))
		return false;
	svec_add(&w->done, name);
	return true;
}

/* How manifests and their blobs are laid out. */
struct layout {
	bool docker, plain, zstd; /* plain: layers are not compressed; else by gzip or zstd */
	const char *prefix;       /* of blobs */
};

/* --- layers -------------------------------------------------------------------------------------------------- */

static int write_layer(struct work *w, const struct digest *diff_id, const char *name, struct err *err)
{
	auto_free char *buf = xmalloc(PIECE);
	auto_cleanup(pack_closep) struct pack *p = pack_open(w->s->store, diff_id, err);
	ssize_t n;

	if (!p || arc_write_begin(&w->out, name, pack_size(p), err) < 0)
		return -1;
	while ((n = pack_read(p, buf, PIECE, err)) > 0)
		if (arc_write_data(&w->out, buf, (size_t)n, err) < 0)
			return -1;
	return n < 0 ? -1 : arc_write_done(&w->out, err);
}

static int to_file(void *arg, const void *data, size_t n, struct err *err)
{
	int r = fd_write_all(*(int *)arg, data, n);

	return r < 0 ? err_neg(err, r, "write a scratch file") : cancel_check(err);
}

/* Compressed into a file without name: its digest and size come first in the archive. */
static int compressed(struct work *w, const struct layout *l, const struct digest *diff_id, struct err *err)
{
	auto_free char *buf = xmalloc(PIECE);
	auto_cleanup(pack_closep) struct pack *p = pack_open(w->s->store, diff_id, err);
	auto_fd int fd = fd_tmpfile(w->s->store->tmp, 0600);
	int level = (int)w->s->rq->level;
	auto_cleanup(compress_autop) struct compress *z = compress_new(l->zstd ? COMPRESS_ZSTD : COMPRESS_GZIP, level ? level : -1, 1, err);
	ssize_t n;

	if (!p || !z)
		return -1;
	if (fd < 0)
		return err_neg(err, fd, "make a scratch file");
	while ((n = pack_read(p, buf, PIECE, err)) > 0)
		if (compress_add(z, buf, (size_t)n, to_file, &fd, err) < 0)
			return -1;
	return n < 0 || compress_end(z, to_file, &fd, err) < 0 ? -1 : take_fd(fd);
}

static int hash_file(int fd, struct spec_descriptor *ret, struct err *err)
{
	auto_free char *buf = xmalloc(PIECE);
	struct hash *h = hash_new();
	ssize_t n;

	ret->size = 0;
	while ((n = pread(fd, buf, PIECE, (off_t)ret->size)) > 0) {
		hash_add(h, buf, (size_t)n);
		ret->size += (uint64_t)n;
	}
	hash_finish(h, &ret->digest);
	hash_free(h);
	return n < 0 ? err_sys(err, "read a scratch file") : 0;
}

static int write_file(struct work *w, int fd, const char *name, uint64_t size, struct err *err)
{
	auto_free char *buf = xmalloc(PIECE);
	ssize_t n;

	if (arc_write_begin(&w->out, name, size, err) < 0)
		return -1;
	for (off_t off = 0; (n = pread(fd, buf, PIECE, off)) > 0; off += n)
		if (arc_write_data(&w->out, buf, (size_t)n, err) < 0)
			return -1;
	return n < 0 ? err_sys(err, "read a scratch file") : arc_write_done(&w->out, err);
}

/* --- manifests beside their blobs --------------------------------------------------------------------------- */

static int layout_layer(struct work *w, const struct layout *l, const struct digest *diff_id, struct spec_descriptor *ret,
	struct err *err)
{
	auto_free char *name = NULL;
	auto_fd int fd = -1;
	struct layer_info info;

	if (layer_read(w->s->store, diff_id, &info, err) < 0)
		return -1;
	*ret = (struct spec_descriptor){.media = l->plain ? SPEC_MEDIA_LAYER_TAR : l->zstd ? SPEC_MEDIA_LAYER_ZSTD : SPEC_MEDIA_LAYER_GZIP,
		.digest = *diff_id, .size = info.tar_size};
	if (!l->plain) {
		fd = compressed(w, l, diff_id, err);
		if (fd < 0 || hash_file(fd, ret, err) < 0)
			return -1;
	}
	name = xasprintf("%s%s", l->prefix, ret->digest.hex);
	progress_line(w->s->progress, "Copying blob %.12s", ret->digest.hex);
	if (!first_time(w, name))
		return 0;
	return l->plain ? write_layer(w, diff_id, name, err) : write_file(w, fd, name, ret->size, err);
}

static int layout_blob(struct work *w, const struct layout *l, const struct sbuf *text, struct digest *ret, struct err *err)
{
	auto_free char *name = NULL;

	hash_bytes(text->buf, text->len, ret);
	name = xasprintf("%s%s", l->prefix, ret->hex);
	return first_time(w, name) ? arc_write_member(&w->out, name, text->buf, text->len, err) : 0;
}

/* What the image's own manifest says of it. */
static int take_annotations(struct work *w, const struct image *img, struct jval *doc, struct err *err)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	struct spec_manifest m;

	if (put_image_read_blob(w->s->store, &img->manifest, &text, err) < 0 ||
		spec_manifest_parse(text.buf, text.len, "", &m, err) < 0)
		return -1;
	make_manifest_annotate(doc, &m.annotations);
	spec_manifest_done(&m);
	return 0;
}

/* Layers, config; ret: the manifest. */
static int layout_image(struct work *w, const struct layout *l, const struct image *img, struct sbuf *ret, struct err *err)
{
	auto_free struct spec_descriptor *layers = xcalloc(img->nlayers + 1, sizeof(*layers));
	auto_sbuf struct sbuf config = SBUF_INIT;
	auto_jval struct jval *v = NULL;
	struct digest d;

	for (size_t i = 0; i < img->nlayers; i++)
		if (layout_layer(w, l, &img->layers[i], &layers[i], err) < 0)
			return -1;
	if (put_image_read_blob(w->s->store, &img->config, &config, err) < 0 ||
		layout_blob(w, l, &config, &d, err) < 0)
		return -1;
	v = make_manifest(l->docker, &(struct spec_descriptor){.digest = img->config, .size = config.len}, layers,
		img->nlayers, err);
	if (!v || (!l->docker && take_annotations(w, img, v, err) < 0))
		return -1;
	jval_print(v, false, ret);
	return 0;
}

static void add_annotations(struct jval *entry, const char *name)
{
	struct jval *a;

	if (!name)
		return;
	a = jval_new_object();
	jval_set_str(a, ARC_OCI_REF_NAME, name);
	jval_set(entry, "annotations", a);
}

static void add_manifest(struct jval *list, const struct digest *d, size_t size, const char *name)
{
	struct jval *e = jval_new_object();
	char text[DIGEST_TEXT_LEN + 1];

	jval_set_str(e, "mediaType", spec_media_text(SPEC_MEDIA_OCI_MANIFEST));
	jval_set_str(e, "digest", digest_text(d, text));
	jval_set(e, "size", jval_new_uint(size));
	add_annotations(e, name);
	jval_add(list, e);
}

static bool any_of(const struct svec *names, const struct svec *list)
{
	SVEC_EACH(name, names)
		if (svec_has(list, name))
			return true;
	return false;
}

/* Does the image that is saved take the place of this entry: by a name, or being the same without one? */
static bool gives_way(const struct jval *entry, const struct request_save *what, const char *digest)
{
	auto_svec struct svec names = SVEC_INIT;

	if (svec_has(&what->names, jval_get_str(jval_get(entry, "annotations"), ARC_OCI_REF_NAME, "")))
		return true;
	if (arc_oci_names(entry, &names, NULL) < 0 || names.n)
		return any_of(&names, &what->names);
	return !what->names.n && !strcmp(jval_get_str(entry, "digest", ""), digest);
}

/* index.json as it is in the directory, without what gives way, or a new one; NULL: it is damaged. */
static struct jval *begin_index(struct work *w, const struct request_save *what, const struct digest *d, struct err *err)
{
	struct jval *list = jval_new_array(), *doc = jval_new_object();
	char digest[DIGEST_TEXT_LEN + 1];
	struct arc_read *a;
	struct arc_oci old;
	int r;

	jval_set_int(doc, "schemaVersion", 2);
	jval_set(doc, "manifests", list);
	if (!w->out.dir || !fs_exists(w->out.fd, "index.json"))
		return doc;
	a = arc_read_open(w->out.fd, -1, err);
	r = a ? arc_oci_read(a, &old, err) : -1;
	arc_read_close(a);
	if (r < 0) {
		jval_free(doc);
		return NULL;
	}
	for (size_t i = 0; i < old.index.n; i++)
		if (!gives_way(jval_at(old.list, i), what, digest_text(d, digest)))
			jval_add(list, jval_ref(jval_at(old.list, i)));
	arc_oci_done(&old);
	return doc;
}

static bool wants_zstd(const struct request *rq)
{
	return rq->compression && !strcmp(rq->compression, "zstd");
}

static int save_oci(struct work *w, const struct request_save *what, const struct image *img, struct err *err)
{
	static const char marker[] = "{\"imageLayoutVersion\": \"1.0.0\"}";
	const struct layout l = {.plain = w->s->rq->uncompressed, .zstd = wants_zstd(w->s->rq), .prefix = "blobs/sha256/"};
	auto_sbuf struct sbuf manifest = SBUF_INIT, text = SBUF_INIT;
	auto_jval struct jval *index = NULL;
	struct digest *d = &w->manifest;
	struct jval *list;

	if (arc_write_dir(&w->out, "blobs/", err) < 0 || arc_write_dir(&w->out, l.prefix, err) < 0 ||
		layout_image(w, &l, img, &manifest, err) < 0 || layout_blob(w, &l, &manifest, d, err) < 0)
		return -1;
	index = begin_index(w, what, d, err);
	if (!index)
		return -1;
	list = jval_get(index, "manifests");
	SVEC_EACH(name, &what->names)
		add_manifest(list, d, manifest.len, name);
	if (!what->names.n)
		add_manifest(list, d, manifest.len, NULL);
	jval_print(index, false, &text);
	if (arc_write_member(&w->out, "oci-layout", marker, strlen(marker), err) < 0)
		return -1;
	return arc_write_index(&w->out, "index.json", text.buf, text.len, err);
}

static int save_dir(struct work *w, const struct image *img, struct err *err)
{
	static const char version[] = "Directory Transport Version: 1.1\n";
	const struct layout l = {.docker = true, .plain = !w->s->rq->compress, .zstd = wants_zstd(w->s->rq), .prefix = ""};
	auto_sbuf struct sbuf manifest = SBUF_INIT;

	if (layout_image(w, &l, img, &manifest, err) < 0 ||
		arc_write_member(&w->out, "version", version, strlen(version), err) < 0)
		return -1;
	hash_bytes(manifest.buf, manifest.len, &w->manifest);
	return arc_write_index(&w->out, "manifest.json", manifest.buf, manifest.len, err);
}

/* --- docker save ------------------------------------------------------------------------------------------- */

static int docker_layers(struct work *w, const struct image *img, struct jval *list, struct err *err)
{
	for (size_t i = 0; i < img->nlayers; i++) {
		auto_free char *name = xasprintf("%s.tar", img->layers[i].hex);

		progress_line(w->s->progress, "Copying blob %.12s", img->layers[i].hex);
		if (first_time(w, name) && write_layer(w, &img->layers[i], name, err) < 0)
			return -1;
		jval_add(list, jval_new_str(name));
	}
	return 0;
}

/* The one entry of manifest.json. */
static int docker_image(struct work *w, const struct request_save *what, const struct image *img, struct jval *manifest,
	struct err *err)
{
	auto_sbuf struct sbuf config = SBUF_INIT;
	auto_free char *name = xasprintf("%s.json", img->id);
	struct jval *e = jval_new_object(), *layers = jval_new_array();

	jval_set_str(e, "Config", name);
	jval_set(e, "RepoTags", what->names.n ? jval_new_strings(&what->names) : jval_new_null());
	jval_set(e, "Layers", layers);
	jval_add(manifest, e);
	if (docker_layers(w, img, layers, err) < 0 ||
		put_image_read_blob(w->s->store, &img->config, &config, err) < 0)
		return -1;
	return first_time(w, name) ? arc_write_member(&w->out, name, config.buf, config.len, err) : 0;
}

static int find(struct work *w, const struct request_save *what, struct image *ret, struct err *err)
{
	return image_find_quick(w->s->store, what->id, NULL, ret, err);
}

static int save_docker(struct work *w, struct err *err)
{
	auto_jval struct jval *manifest = jval_new_array();
	auto_sbuf struct sbuf text = SBUF_INIT;
	const struct request *rq = w->s->rq;

	for (size_t i = 0; i < rq->save.n; i++) {
		struct image img = {.id = ""};
		int r = find(w, &rq->save.v[i], &img, err);

		if (!r)
			r = docker_image(w, &rq->save.v[i], &img, manifest, err);
		image_done(&img);
		if (r < 0)
			return -1;
	}
	jval_print(manifest, false, &text);
	return arc_write_index(&w->out, "manifest.json", text.buf, text.len, err);
}

/* --- all ------------------------------------------------------------------------------------------------------ */

static int save_one(struct work *w, struct err *err)
{
	const struct request_save *what = &w->s->rq->save.v[0];
	struct image img = {.id = ""};
	int r = find(w, what, &img, err);

	if (!r)
		r = !strncmp(w->s->rq->format, "oci-", 4) ? save_oci(w, what, &img, err) : save_dir(w, &img, err);
	image_done(&img);
	return r;
}

int save_run(const struct save *s, struct request_answer *answer, struct err *err)
{
	struct work w = {.s = s, .out = {.fd = s->archive, .file = -1}, .done = SVEC_INIT};
	const struct svec none = SVEC_INIT;
	char text[DIGEST_TEXT_LEN + 1];
	struct stat st;
	int r = -1;

	w.out.dir = fstat(s->archive, &st) == 0 && S_ISDIR(st.st_mode);
	/* index.json is read, changed and written: by one at a time */
	if (w.out.dir && lock_dir_try(s->archive) < 0)
		return err_set(err, EK_IN_USE, "save %s: another command writes to this directory", s->rq->name);
	if (sandbox_enter_dir(s->store, &none, w.out.dir ? s->archive : -1, err) < 0)
		return -1;
	if (!s->rq->save.n || !s->rq->format)
		return err_set(err, EK_INVALID, "request: nothing to save");
	r = !strcmp(s->rq->format, "docker-archive") ? save_docker(&w, err) : save_one(&w, err);
	if (!r)
		r = arc_write_end(&w.out, err);
	if (!r && digest_is_set(&w.manifest))
		answer->digest = xstrdup(digest_text(&w.manifest, text));
	arc_write_abort(&w.out);
	svec_done(&w.done);
	return r < 0 ? err_wrap(err, "save %s", s->rq->name) : 0;
}
