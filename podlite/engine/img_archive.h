/* img_archive.h - images to and from archives: `save` and `load`. The worker reads and writes them
 * (podlite/transfer); here is what the user named. */
#ifndef PODLITE_ENGINE_IMG_ARCHIVE_H
#define PODLITE_ENGINE_IMG_ARCHIVE_H

#include "podlite/context.h"
#include "podlite/transfer/request.h"

struct img_save_opts {
	const char *format;    /* one of img_save_formats */
	const char *output;    /* file or directory; NULL: standard output */
	const char *name;      /* the only one that it gets, as it is; NULL: those it is asked by. Not with multi */
	const char *compression; /* "gzip", "zstd", NULL: the format's own; not for docker-archive */
	int64_t level;         /* 0: default */
	bool compress, uncompressed, quiet;
	bool multi;            /* every argument is an image; else those after the first are further names */
};

extern const char *const img_save_formats[]; /* NULL-terminated, the default one first */

int img_archive_save(struct context *c, const struct img_save_opts *o, int n, char **images, struct err *err) __must_check;
/* One image; the event has this name. ret_digest: of its manifest, NULL where the format has none. */
int img_archive_write(struct context *c, const struct img_save_opts *o, char *image, const char *event, char **ret_digest,
	struct err *err) __must_check;
/* path: file, directory or URL; NULL: standard input. ret: the images. */
int img_archive_load(struct context *c, const char *path, bool quiet, struct request_answer *ret, struct err *err) __must_check;

#endif
