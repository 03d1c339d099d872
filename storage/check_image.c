#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/hash.h"
#include "storage/check.h"
#include "storage/image.h"
#include "storage/image_name.h"
#include "storage/layer.h"

/* A look at all images and names: first without the store held, only to count, then at those where
 * something was wrong with it held, to report. */
struct work {
	const struct check *c;
	bool confirm;
	size_t found;
	struct err *err;
	int r;
};

static void found(struct work *w, const char *code, const char *kind, const char *id, const char *path, const char *message)
{
	const struct check_finding f = {.code = code, .kind = kind, .id = id, .path = path, .message = message};

	w->found++;
	if (w->confirm && !w->r)
		w->r = w->c->report(w->c->arg, &f, w->err);
}

/* --- blobs ---------------------------------------------------------------------------------------------------- */

static bool blob_is_damaged(struct store *s, const char *hex, struct err *err)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	struct digest want, is;

	if (!digest_from_hex(hex, &want))
		return false;
	if (store_blob_read(s, &want, SPEC_IMAGE_MAX, &text, err) < 0)
		return err->kind != EK_NOT_FOUND;
	hash_bytes(text.buf, text.len, &is);
	if (digest_equal(&want, &is))
		return false;
	err_set(err, EK_INVALID, "its content has changed: it has the digest sha256:%s", is.hex);
	return true;
}

static void look_at_blob(struct work *w, const char *hex)
{
	struct err err = ERR_INIT;

	if (blob_is_damaged(w->c->store, hex, &err))
		found(w, "blob-content", "blob", hex, NULL, err.msg);
}

/* --- images --------------------------------------------------------------------------------------------------- */

static void need_blob(struct work *w, const struct image *img, const struct digest *d, const char *what)
{
	auto_free char *message = NULL;

	if (!digest_is_set(d) || store_blob_has(w->c->store, d))
		return;
	message = xasprintf("its %s sha256:%s is missing", what, d->hex);
	found(w, "image-blob-missing", "image", img->id, NULL, message);
}

static void look_at_image(struct work *w, const char *id)
{
	auto_free char *message = NULL;
	struct err err = ERR_INIT;
	struct image img;

	if (image_read(w->c->store, id, &img, &err) < 0) {
		if (err.fix) /* the report has it of its own */
			err.msg[err.fix - strlen("; ")] = '\0';
		if (err.kind != EK_NOT_FOUND)
			found(w, "image-record", "image", id, NULL, err.msg);
		return;
	}
	need_blob(w, &img, &img.config, "config");
	need_blob(w, &img, &img.manifest, "manifest");
	need_blob(w, &img, &img.index, "index");
	for (size_t i = 0; i < img.nlayers; i++) {
		if (layer_has(w->c->store, &img.layers[i]))
			continue;
		message = xasprintf("its layer sha256:%s is missing", img.layers[i].hex);
		found(w, "image-layer-missing", "image", id, img.layers[i].hex, message);
		free(message);
		message = NULL;
	}
	image_done(&img);
}

static void look_at_record(struct work *w, const char *file)
{
	char id[65];

	if (image_record_id(file, id))
		look_at_image(w, id);
}

static void look_at_name(struct work *w, const char *file)
{
	auto_free char *name = image_name_text(file);
	char id[65], record[IMAGE_RECORD_FILE];

	if (!image_name_id(w->c->store->names, file, id, NULL)) {
		if (errno != ENOENT)
			found(w, "name-damaged", "name", name, NULL, "it is no link to an image");
		return;
	}
	image_record_file(id, record);
	if (!fs_exists(w->c->store->images, record))
		found(w, "name-dangling", "name", name, NULL, "there is no such image");
}

/* --- all of them ---------------------------------------------------------------------------------------------- */

static int confirm(struct work *w, void (*look)(struct work *, const char *), const char *file, struct err *err)
{
	auto_fd int hold = store_hold(w->c->store, err);

	if (hold < 0)
		return -1;
	w->confirm = true;
	look(w, file);
	w->confirm = false;
	w->found = 0;
	return w->r;
}

static int each(const struct check *c, int dirfd, void (*look)(struct work *, const char *), struct err *err)
{
	auto_dir DIR *dir = fs_dir(fd_open_dir(dirfd, "."));
	struct work w = {.c = c, .err = err};
	const char *file;
	int r = 0;

	if (!dir)
		return err_sys(err, "open a directory of %s", c->store->root);
	while (!r && (file = fs_dir_next(dir))) {
		if (file[0] == '.')
			continue;
		look(&w, file);
		r = w.found ? confirm(&w, look, file, err) : c->report(c->arg, NULL, err);
	}
	return r;
}

int check_images(const struct check *c, struct err *err)
{
	if (each(c, c->store->images, look_at_record, err) < 0 || each(c, c->store->names, look_at_name, err) < 0)
		return -1;
	return c->depth >= INVENTORY_META ? each(c, c->store->blobs, look_at_blob, err) : 0;
}
