/*
 * img_transport.h - image names that are no registry's: oci:DIR[:NAME], oci-archive:FILE[:NAME],
 * docker-archive:FILE[:NAME[:TAG]], dir:DIR (containers-transports(5)). docker:// is ref_parse's.
 *
 * The worker reads them as `load` does. Without a NAME there must be one image only.
 */
#ifndef PODLITE_ENGINE_IMG_TRANSPORT_H
#define PODLITE_ENGINE_IMG_TRANSPORT_H

#include "podlite/engine/img.h"

struct img_transport {
	const char *load, *save; /* request.h's format; img_save_formats' */
	const char *scheme;      /* with the colon */
	char *path;              /* the caller's to free */
	const char *select;      /* NAME, in text; NULL: none */
};

/* Does it begin with the name of a transport, also one that is refused? */
bool img_transport_is(const char *text);
/* text: one for which img_transport_is. what: "pull" or "push", for messages. */
int img_transport_parse(const char *text, const char *what, struct img_transport *ret, struct err *err) __must_check;
/* Into the store, then as img_resolve. ret_name: what the image is called there, or its id. */
int img_transport_pull(struct context *c, const char *text, bool quiet, struct image *ret, char **ret_name,
	struct err *err) __must_check;
/* What policy.json lets in of an archive (dir: a directory) whose format `load` will only see when it reads it. ret_refused:
 * request.h. -1: it is refused, whatever it is. */
int img_transport_admit(const char *path, bool dir, struct svec *ret_refused, struct err *err) __must_check;

#endif
