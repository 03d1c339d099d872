#include "podlite/engine/img_archive.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "podlite/engine/archive_fetch.h"
#include "podlite/engine/archive_file.h"
#include "podlite/engine/events.h"
#include "podlite/engine/img.h"
#include "podlite/engine/img_tag.h"
#include "podlite/engine/img_transport.h"
#include "podlite/engine/transfer.h"

const char *const img_save_formats[] = {"docker-archive", "oci-archive", "oci-dir", "docker-dir", NULL};

/* --- what is written ---------------------------------------------------------------------------------------- */

/* One that was begun and given up has some of its parts. */
static bool is_of_layout(const char *name)
{
	return !strcmp(name, "blobs") || !strcmp(name, "oci-layout") || !strcmp(name, "index.json");
}

/* Empty, or for `layout` an OCI image layout or a part of one, to which an image is added. */
static int output_dir(const char *path, bool layout, struct archive_file *ret, struct err *err)
{
	auto_dir DIR *dir = NULL;
	const char *name;
	int r = fs_mkdir(AT_FDCWD, path, 0755);

	*ret = ARCHIVE_FILE_INIT;
	ret->own = true;
	if (r < 0 && r != -EEXIST)
		return err_neg(err, r, "create directory %s", path);
	ret->fd = fd_open(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0);
	if (ret->fd < 0)
		return err_neg(err, ret->fd, "open directory %s", path);
	dir = fs_dir(fd_open_dir(ret->fd, "."));
	if (!dir)
		return err_sys(err, "open directory %s", path);
	while ((name = fs_dir_next(dir)) && layout && is_of_layout(name))
		;
	if (!name || (layout && fs_exists(ret->fd, "oci-layout") && fs_exists(ret->fd, "index.json")))
		return 0;
	return err_set(err, EK_EXISTS, "directory %s is not empty%s; name a new one", path,
		layout ? " and no OCI image layout" : "");
}

static bool is_dir_format(const char *format)
{
	size_t len = strlen(format);

	return len > 4 && !strcmp(format + len - 4, "-dir");
}

/* --- save ------------------------------------------------------------------------------------------------------ */

/* The names that the archive shall have for it: the one it was asked by, none for an id. */
static int add_image(struct context *c, const char *text, struct request *rq, struct svec *told, struct err *err)
{
	const struct img_pull_opts none = {.retry = -1};
	auto_free char *name = NULL;
	struct request_save *s;
	struct image img;

	if (img_resolve(c, text, PULL_NEVER, &none, &img, &name, err) < 0)
		return -1;
	rq->save.v = xrealloc(rq->save.v, rq->save.n + 1, sizeof(*rq->save.v));
	s = &rq->save.v[rq->save.n++];
	*s = (struct request_save){.id = xstrdup(img.id), .names = SVEC_INIT};
	if (svec_has(&img.names, name) && !strchr(name, '@') && strncmp(img.id, text, strlen(text)))
		svec_add(&s->names, name);
	svec_add(told, name);
	image_done(&img);
	return 0;
}

/* told: what events call each image */
static int add_images(struct context *c, const struct img_save_opts *o, int n, char **images, struct request *rq,
	struct svec *told, struct err *err)
{
	if (o->name) {
		if (add_image(c, images[0], rq, told, err) < 0)
			return -1;
		svec_done(&rq->save.v[0].names);
		svec_add(&rq->save.v[0].names, o->name);
		return 0;
	}
	if (!o->multi) {
		auto_svec struct svec names = SVEC_INIT;

		if (add_image(c, images[0], rq, told, err) < 0 || img_tag_canonical(n - 1, images + 1, &names, err) < 0)
			return -1;
		svec_add_all(&rq->save.v[0].names, &names);
		return 0;
	}
	for (int i = 0; i < n; i++)
		if (add_image(c, images[i], rq, told, err) < 0)
			return -1;
	return 0;
}

static int check_save(const struct img_save_opts *o, struct err *err)
{
	if (!o->output && is_dir_format(o->format))
		return err_set(err, EK_USAGE, "--format %s needs a directory: --output DIR", o->format);
	if (o->multi && strcmp(o->format, "docker-archive"))
		return err_set(err, EK_USAGE, "--multi-image-archive needs --format docker-archive, not %s", o->format);
	if (o->compress && strcmp(o->format, "docker-dir"))
		return err_set(err, EK_USAGE, "--compress needs --format docker-dir, not %s", o->format);
	if (o->uncompressed && strncmp(o->format, "oci-", 4))
		return err_set(err, EK_USAGE, "--uncompressed needs --format oci-archive or oci-dir, not %s", o->format);
	return 0;
}

static void request_free(struct request *rq)
{
	for (size_t i = 0; i < rq->save.n; i++) {
		free(rq->save.v[i].id);
		svec_done(&rq->save.v[i].names);
	}
	free(rq->save.v);
}

static int write_images(struct context *c, const struct img_save_opts *o, int n, char **images, const char *event, char **ret_digest,
	struct err *err)
{
	struct request rq = {
		.op = (char *)"save", .root = c->root, .driver = c->storage_driver, .name = images[0],
		.format = (char *)o->format, .compress = o->compress, .uncompressed = o->uncompressed,
		.compression = (char *)o->compression, .level = o->level,
		.quiet = o->quiet, .progress = isatty(2), .retry = -1,
	};
	struct request_answer a;
	auto_svec struct svec told = SVEC_INIT;
	struct archive_file out;
	int r = add_images(c, o, n, images, &rq, &told, err);

	if (!r) {
		r = is_dir_format(o->format) ? output_dir(o->output, !strcmp(o->format, "oci-dir"), &out, err) : archive_file_create(o->output, &out, err);
		if (!r)
			r = transfer_ask_file(c, &rq, out.fd, &a, err);
		if (!r) {
			*ret_digest = take_ptr(a.digest);
			request_answer_done(&a);
		}
		r = archive_file_end(&out, r < 0, err);
	}
	for (size_t i = 0; i < rq.save.n && !r; i++)
		events_image(c, rq.save.v[i].id, told.v[i], event);
	request_free(&rq);
	return r;
}

int img_archive_save(struct context *c, const struct img_save_opts *o, int n, char **images, struct err *err)
{
	auto_free char *digest = NULL;

	return check_save(o, err) < 0 ? -1 : write_images(c, o, n, images, "save", &digest, err);
}

int img_archive_write(struct context *c, const struct img_save_opts *o, char *image, const char *event, char **ret_digest, struct err *err)
{
	return write_images(c, o, 1, &image, event, ret_digest, err);
}

/* --- load ------------------------------------------------------------------------------------------------------ */

int img_archive_load(struct context *c, const char *path, bool quiet, struct request_answer *ret, struct err *err)
{
	struct request rq = {
		.op = (char *)"load", .root = c->root, .driver = c->storage_driver,
		.name = (char *)(path ? path : "from standard input"),
		.quiet = quiet, .progress = isatty(2), .retry = -1,
	};
	auto_fd int file = archive_fetch(c, path, quiet, err);
	struct stat st;
	int r;

	if (file < 0)
		return -1;
	if (fstat(file, &st) < 0)
		return err_sys(err, "load %s", rq.name);
	r = img_transport_admit(path ? path : "/dev/stdin", S_ISDIR(st.st_mode), &rq.refused, err);
	if (r < 0)
		err_wrap(err, "load");
	else
		r = transfer_ask_file(c, &rq, file, ret, err);
	svec_done(&rq.refused);
	if (r < 0)
		return -1;
	for (size_t i = 0; i < ret->images.n; i++)
		events_image(c, ret->images.v[i].id, ret->images.v[i].name, "loadfromarchive");
	return 0;
}
