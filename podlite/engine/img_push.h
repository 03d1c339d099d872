/* img_push.h - sending an image to a registry, by podlite-transfer. */
#ifndef PODLITE_ENGINE_IMG_PUSH_H
#define PODLITE_ENGINE_IMG_PUSH_H

#include "podlite/context.h"

struct img_push_opts {
	const char *authfile, *creds, *cert_dir;
	int tls_verify;                   /* OPT_TRI */
	const char *compression, *format; /* NULL: as the image is */
	int64_t level;                    /* 0: default */
	int64_t retry, retry_delay_ns;    /* -1, 0: default */
	bool quiet;
};

/* to: NULL for the name the image is known by. ret_digest: of the manifest in the registry. */
int img_push(struct context *c, const char *image, const char *to, const struct img_push_opts *o, char **ret_digest,
	struct err *err) __must_check;

#endif
