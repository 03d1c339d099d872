/* img_remove.h - rmi and image prune: what they do, without what they print. */
#ifndef PODLITE_ENGINE_IMG_REMOVE_H
#define PODLITE_ENGINE_IMG_REMOVE_H

#include "common/svec.h"
#include "podlite/engine/img_filter.h"
#include "storage/image.h"

struct img_removed {
	struct svec untagged; /* references */
	struct svec deleted;  /* image ids */
};
void img_removed_done(struct img_removed *r);

/* Remove one image, or one of its names. force: all names at once, and the containers made from
 * it. EK_NOT_FOUND, EK_IN_USE. Deleting enters the user namespace. */
int img_remove(struct context *c, const char *text, bool force, struct img_removed *ret, struct err *err) __must_check;
/* Delete an image that no container uses, with all its names. One that another command has removed
 * meanwhile is no error, and not in ret. */
int img_prune(struct context *c, const struct image *img, struct img_removed *ret, struct err *err) __must_check;
/* So with all that match and, unless all, have no name. After an error ret has what was deleted before it. */
int img_prune_all(struct context *c, const struct img_filter *f, bool all, struct img_removed *ret, struct err *err) __must_check;
/* Layers and blobs that belong to no image, such as those of an interrupted pull. Enters the user
 * namespace. */
int img_collect(struct context *c, struct err *err) __must_check;

#endif
