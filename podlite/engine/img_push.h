/* img_push.h - sending an image to a registry, or to a place of a transport (img_transport.h), by podlite-transfer. */
#ifndef PODLITE_ENGINE_IMG_PUSH_H
#define PODLITE_ENGINE_IMG_PUSH_H

#include "podlite/context.h"
#include "podlite/transfer/request.h"
#include "storage/image.h"

struct img_push_opts {
	const char *authfile, *creds, *cert_dir;
	int tls_verify;                   /* OPT_TRI */
	const char *compression, *format; /* NULL: as the image is */
	int64_t level;                    /* 0: default */
	int64_t retry, retry_delay_ns;    /* -1, 0: default */
	bool compress;                    /* layers in dir:, which are plain there else */
	bool want_digest;                 /* refused where there will be none */
	bool quiet;
};

/* image: also a manifest list, with all it lists. to: NULL for the name the image is known by. ret_digest: of the
 * manifest there; NULL: docker-archive: has none. */
int img_push(struct context *c, const char *image, const char *to, const struct img_push_opts *o, char **ret_digest,
	struct err *err) __must_check;

/* ---- for mlist_push.c ---- */

/* Where to: `to`, or the first name of img, which was asked for as text. Allocated. */
char *img_push_destination(const struct image *img, const char *text, const char *to, struct err *err) __must_check;
/* The common part of a request; strings are borrowed. */
struct request img_push_request(const struct context *c, const struct img_push_opts *o, const char *op, const char *name);

#endif
