/* img_podman.h - the images of a podman store of the same user: `system import-podman`. The worker reads
 * them (podlite/transfer/import_podman.h); here is where they are and which. */
#ifndef PODLITE_ENGINE_IMG_PODMAN_H
#define PODLITE_ENGINE_IMG_PODMAN_H

#include "podlite/context.h"

struct img_podman {
	char *id;
	struct svec names; /* as podman has them */
};

struct img_podman_store {
	char *path;
	int fd;
	struct img_podman *v;
	size_t n;
};

/* path: NULL for where podman would look: graphroot or rootless_storage_path of storage.conf ($CONTAINERS_STORAGE_CONF,
 * the user's), else the default. EK_UNSUPPORTED: another driver than overlay. */
int img_podman_open(const char *path, struct img_podman_store *ret, struct err *err) __must_check;
void img_podman_close(struct img_podman_store *s);
/* Does the user's word mean this image: its id, the beginning of it, a name with or without registry and tag? */
bool img_podman_matches(const struct img_podman *img, const char *text);
/* One image into our store, with its names. */
int img_podman_import(struct context *c, const struct img_podman_store *s, const struct img_podman *img, bool quiet, struct err *err) __must_check;

#endif
