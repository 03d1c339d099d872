#include "storage/image.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/id.h"
#include "common/jval.h"
#include "common/log.h"
#include "storage/gc.h"
#include "storage/image_name.h"
#include "storage/implied.h"
#include "storage/layer.h"

/* --- records ------------------------------------------------------------------------------------------ */

static void set_digest(struct jval *v, const char *key, const struct digest *d)
{
	char text[DIGEST_TEXT_LEN + 1];

	if (digest_is_set(d))
		jval_set_str(v, key, digest_text(d, text));
}

/* One that is there already is not replaced: the file system would keep readers out of the directory until the old one's
 * blocks are free, which takes as long as the disk takes. */
static int write_record(struct store *s, const char *id, const char *file, const struct jval *v, struct err *err)
{
	auto_sbuf struct sbuf text = SBUF_INIT, old = SBUF_INIT;
	int r;

	jval_print(v, false, &text);
	sbuf_addch(&text, '\n');
	if (!fs_read_file(s->images, file, text.len, &old) && old.len == text.len && !memcmp(old.buf, text.buf, text.len)) {
		image_used(s, id);
		return 0;
	}
	r = fs_write_file(s->images, file, text.buf, text.len, 0600, FS_SYNC);
	return r < 0 ? err_neg(err, r, "write %s", file) : 0;
}

static int save(struct store *s, const struct image *img, struct err *err)
{
	auto_jval struct jval *v = jval_new_object();
	struct jval *layers = jval_new_array();
	char file[IMAGE_RECORD_FILE], text[DIGEST_TEXT_LEN + 1];

	set_digest(v, "manifest", &img->manifest);
	set_digest(v, "index", &img->index);
	set_digest(v, "config", &img->config);
	for (size_t i = 0; i < img->nlayers; i++)
		jval_add(layers, jval_new_str(digest_text(&img->layers[i], text)));
	jval_set(v, "layers", layers);
	if (img->nseen != img->nlayers)
		jval_set(v, "seen", jval_new_uint(img->nseen));
	jval_set(v, "size", jval_new_uint(img->size));
	if (img->created_ns)
		jval_set_int(v, "created", img->created_ns);
	if (img->implied)
		jval_set_bool(v, "implied", true);
	if (img->list)
		jval_set(v, "list", jval_ref(img->list));
	image_record_file(img->id, file);
	return write_record(s, img->id, file, v, err);
}

static void ro_free(struct image_ro *ro)
{
	if (!ro)
		return;
	free(ro->store);
	free(ro->config);
	free(ro->document);
	free(ro->sizes);
	free(ro);
}

void image_done(struct image *img)
{
	ro_free(img->ro);
	img->ro = NULL;
	free(img->layers);
	img->layers = NULL;
	jval_free(img->list);
	img->list = NULL;
	svec_done(&img->names);
	svec_done(&img->digests);
}

void image_list_done(struct image_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		image_done(&l->v[i]);
	free(l->v);
	*l = (struct image_list){NULL, 0};
}

/* --- walking the two directories ------------------------------------------------------------------------ */

static void name_found(struct image *img, const char *file, bool is_name)
{
	if (strchr(file, '@'))
		svec_take(&img->digests, image_name_text(file));
	if (is_name)
		svec_take(&img->names, image_name_text(file));
}

/* All names of one image. */
int image_fill_names(struct store *s, struct image *img, struct err *err)
{
	auto_dir DIR *dir = fs_dir(fd_open_dir(s->names, "."));
	const char *file;
	char id[65];
	bool is_name;

	if (!dir)
		return err_sys(err, "open %s/names", s->root);
	svec_done(&img->names);
	while ((file = fs_dir_next(dir)))
		if (file[0] != '.' && image_name_id(s->names, file, id, &is_name) && !strcmp(id, img->id))
			name_found(img, file, is_name);
	svec_sort(&img->names);
	svec_sort(&img->digests);
	return 0;
}

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct image *)a)->id, ((const struct image *)b)->id);
}

static int list_add(struct store *s, struct image_list *l, size_t *cap, const char *file, struct err *err)
{
	struct err e = ERR_INIT;
	struct image img;
	char id[65];

	if (!image_record_id(file, id))
		return 0;
	/* One that vanishes meanwhile, or is damaged, does not hide the others. */
	if (image_read(s, id, &img, &e) < 0) {
		if (err_lacks_means(&e))
			return err_take(err, &e);
		if (e.kind != EK_NOT_FOUND)
			log_warn("%s", e.msg);
		return 0;
	}
	if (l->n == *cap) {
		*cap = *cap ? *cap * 2 : 64;
		l->v = xrealloc(l->v, *cap, sizeof(*l->v));
	}
	l->v[l->n++] = img;
	return 0;
}

static int list_names(struct store *s, struct image_list *l, struct err *err)
{
	auto_dir DIR *dir = fs_dir(fd_open_dir(s->names, "."));
	const char *file;
	struct image key;

	if (!dir)
		return err_sys(err, "open %s/names", s->root);
	while ((file = fs_dir_next(dir))) {
		struct image *img;
		bool is_name;

		if (file[0] == '.' || !image_name_id(s->names, file, key.id, &is_name))
			continue;
		img = l->n ? bsearch(&key, l->v, l->n, sizeof(*l->v), by_id) : NULL;
		if (img)
			name_found(img, file, is_name);
	}
	return 0;
}

int image_list(struct store *s, struct image_list *ret, struct err *err)
{
	struct image_list l = {NULL, 0};
	auto_dir DIR *dir = fs_dir(fd_open_dir(s->images, "."));
	const char *file;
	size_t cap = 0;
	int r = 0;

	if (!dir)
		return err_sys(err, "open %s/images", s->root);
	while (!r && (file = fs_dir_next(dir)))
		r = list_add(s, &l, &cap, file, err);
	if (l.n)
		qsort(l.v, l.n, sizeof(*l.v), by_id);
	if (r < 0 || list_names(s, &l, err) < 0) {
		image_list_done(&l);
		return -1;
	}
	for (size_t i = 0; i < l.n; i++) {
		svec_sort(&l.v[i].names);
		svec_sort(&l.v[i].digests);
	}
	*ret = l;
	return 0;
}

/* --- changing --------------------------------------------------------------------------------------------- */

/* One rename makes or moves a name; one that is right stays, as a record does. asked: image_name.h. */
static int put_link(struct store *s, const char *id, const char *name, bool asked, struct err *err)
{
	char file[IMAGE_NAME_MAX + 1], target[IMAGE_TARGET_MAX], temp[32], old[65];
	bool was_name;

	if (!image_name_file(name, file))
		return err_set(err, EK_INVALID, "%.64s: not a name for an image", name);
	if (image_name_id(s->names, file, old, &was_name) && !strcmp(old, id) && (was_name || !asked))
		return 0;
	image_name_target(id, asked, target);
	fs_temp_name(temp);
	if (symlinkat(target, s->names, temp) < 0)
		return err_sys(err, "name image %s", name);
	if (renameat(s->names, temp, s->names, file) < 0) {
		err_sys(err, "name image %s", name);
		unlinkat(s->names, temp, 0);
		return -1;
	}
	return 0;
}

static int put_name(struct store *s, const char *id, const char *name, struct err *err)
{
	return put_link(s, id, name, strchr(name, '@') != NULL, err);
}

/* Is layers[i] in the image once more, further up? Builders repeat the empty one. It is there once, then, and of the lower
 * one nothing is seen that the upper one does not have; overlay takes no directory twice. */
static bool stands_above(const struct image *img, size_t i)
{
	for (size_t k = i + 1; k < img->nlayers; k++)
		if (digest_equal(&img->layers[k], &img->layers[i]))
			return true;
	return false;
}

/* Sizes from the layers, which must all be there; nseen from the topmost opaque root. */
static int measure(struct store *s, struct image *img, struct err *err)
{
	img->size = 0;
	img->nseen = img->nlayers;
	img->implied = false;
	for (size_t i = 0; i < img->nlayers; i++) {
		struct layer_info info;

		if (!layer_has(s, &img->layers[i]))
			return err_set(err, EK_NOT_FOUND, "image %.12s: layer %.12s is not in the store", img->id,
				img->layers[i].hex);
		if (layer_read(s, &img->layers[i], &info, err) < 0)
			return err_wrap(err, "image %.12s", img->id);
		if (!stands_above(img, i))
			img->size += info.disk_bytes;
		img->implied |= info.implied_dirs && i;
		if (info.opaque_root)
			img->nseen = img->nlayers - i;
	}
	return 0;
}

static int sync_blob(struct store *s, const struct digest *d, struct err *err)
{
	auto_fd int fd = -1;

	if (!digest_is_set(d))
		return 0;
	fd = fd_open(s->blobs, d->hex, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
	if (fd < 0)
		return err_neg(err, fd, "blob %.12s", d->hex);
	return fdatasync(fd) < 0 ? err_sys(err, "blob %.12s: write to disk", d->hex) : 0;
}

/* Everything the record will name is on the disk before the record is (architecture.md §3a). */
static int sync_parts(struct store *s, const struct image *img, struct err *err)
{
	if (sync_blob(s, &img->config, err) < 0 || sync_blob(s, &img->manifest, err) < 0 ||
		sync_blob(s, &img->index, err) < 0)
		return err_wrap(err, "image %.12s", img->id);
	if (fsync(s->blobs) < 0 || fsync(s->layers) < 0)
		return err_sys(err, "image %.12s: write to disk", img->id);
	return 0;
}

int image_put(struct store *s, const struct image *img, struct err *err)
{
	struct image full = *img;

	if (!id_is_full(img->id))
		return err_set(err, EK_INVALID, "image id is not 64 digits");
	if (measure(s, &full, err) < 0 || sync_parts(s, &full, err) < 0 || save(s, &full, err) < 0)
		return -1;
	SVEC_EACH(name, &img->names)
		if (put_name(s, img->id, name, err) < 0)
			return -1;
	/* One too long for a file name is only not found by its digest. */
	SVEC_EACH(digest, &img->digests)
		if (strlen(digest) <= IMAGE_NAME_MAX && put_link(s, img->id, digest, false, err) < 0)
			return -1;
	return 0;
}

static int check_there(struct store *s, const char *id, struct err *err)
{
	char file[IMAGE_RECORD_FILE];

	image_record_file(id, file);
	return id_is_full(id) && fs_exists(s->images, file) ? 0 : err_set(err, EK_NOT_FOUND, "%.64s: image not known", id);
}

int image_tag(struct store *s, const char *id, const char *name, struct err *err)
{
	return check_there(s, id, err) < 0 ? -1 : put_name(s, id, name, err);
}

int image_know(struct store *s, const char *id, const char *digest, struct err *err)
{
	return check_there(s, id, err) < 0 ? -1 : put_link(s, id, digest, false, err);
}

int image_untag(struct store *s, const char *name, struct err *err)
{
	char file[IMAGE_NAME_MAX + 1], id[65];
	bool is_name;

	if (!image_name_file(name, file))
		return err_set(err, EK_NOT_FOUND, "%.64s: image not known", name);
	/* by its digest the image stays known */
	if (strchr(name, '@') && image_name_id(s->names, file, id, &is_name) && is_name)
		return unlinkat(s->names, file, 0) < 0 ? err_sys(err, "untag %s", name) : put_link(s, id, name, false, err);
	if (unlinkat(s->names, file, 0) < 0)
		return errno == ENOENT ? err_set(err, EK_NOT_FOUND, "%s: image not known", name)
				       : err_sys(err, "untag %s", name);
	return 0;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Of images whose ids are in the sorted list: wherever a name leads to by now. */
static int drop_names(struct store *s, const struct svec *ids, struct err *err)
{
	auto_dir DIR *dir = fs_dir(fd_open_dir(s->names, "."));
	const char *file;
	char id[65], *key = id;

	if (!dir)
		return err_sys(err, "open %s/names", s->root);
	while ((file = fs_dir_next(dir))) {
		if (file[0] == '.' || !image_name_id(s->names, file, id, NULL) || !bsearch(&key, ids->v, ids->n, sizeof(key), by_text))
			continue;
		if (unlinkat(s->names, file, 0) < 0 && errno != ENOENT)
			return err_sys(err, "remove image %.12s: name %s", id, file);
	}
	return 0;
}

static int drop_records(struct store *s, const struct svec *ids, struct svec *ret, struct err *err)
{
	char file[IMAGE_RECORD_FILE];

	SVEC_EACH(id, ids) {
		image_record_file(id, file);
		if (unlinkat(s->images, file, 0) == 0)
			svec_add(ret, id);
		else if (errno != ENOENT)
			return err_sys(err, "remove image %.12s", id);
	}
	return 0;
}

/* Names first: one that leads nowhere would be worse than an image without. */
int image_remove(struct store *s, const struct svec *ids, struct svec *ret, struct err *err)
{
	auto_svec struct svec sorted = SVEC_INIT;

	svec_add_all(&sorted, ids);
	svec_sort(&sorted);
	if (!ids->n)
		return 0;
	return drop_names(s, &sorted, err) < 0 || drop_records(s, ids, ret, err) < 0 ? -1 : gc_collect(s, err);
}

int image_config(struct store *s, const struct image *img, struct spec_image_config *ret, struct err *err)
{
	auto_sbuf struct sbuf text = SBUF_INIT;

	if (img->list) {
		err_set(err, EK_INVALID, "%.12s is a manifest list, not an image", img->id);
		return err_advise(err, "podlite manifest inspect shows its images");
	}
	if (img->ro)
		sbuf_addstr(&text, img->ro->config);
	else if (store_blob_read(s, &img->config, SPEC_IMAGE_MAX, &text, err) < 0)
		return err_wrap(err, "image %.12s: config", img->id);
	if (spec_image_config_parse(text.buf, text.len, ret, err) < 0)
		return err_wrap(err, "image %.12s: config", img->id);
	return 0;
}

int image_document(struct store *s, const struct image *img, struct sbuf *ret, struct err *err)
{
	if (!img->ro)
		return store_blob_read(s, &img->manifest, SPEC_IMAGE_MAX, ret, err);
	sbuf_addstr(ret, img->ro->document);
	return 0;
}

/* As podman shows them: sizes of tars. */
uint64_t image_layer_size(struct store *s, const struct image *img, size_t layer)
{
	struct layer_info info;

	if (layer >= img->nlayers)
		return 0;
	if (img->ro)
		return img->ro->sizes[layer];
	return layer_read(s, &img->layers[layer], &info, NULL) < 0 ? 0 : info.tar_size;
}

void image_lowers(struct store *s, const struct image *img, struct svec *ret)
{
	char dirs[80];

	implied_name(img, dirs);
	if (img->implied && fs_exists(s->cache, dirs))
		svec_addf(ret, "%s/cache/%s/diff", s->root, dirs);
	for (size_t i = img->nlayers; i > img->nlayers - img->nseen; i--)
		if (!stands_above(img, i - 1))
			svec_addf(ret, "%s/layers/%s/diff", s->root, img->layers[i - 1].hex);
}
