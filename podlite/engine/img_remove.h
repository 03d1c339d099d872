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

struct img_remove_what {
	char *const *names; /* images, each by an id, or names of them */
	size_t n;
	bool all;           /* every image with all its names, instead */
	bool force;         /* by an id: all names at once; and the containers made from it */
	void (*failed)(void *arg, const struct err *err); /* for one of them; the others go on. NULL: it is the error of all */
	void *arg;
};
/* EK_NOT_FOUND, EK_IN_USE. Of names only the last takes the image along. Deleting enters the user namespace. After an error
 * ret has what was removed before it. */
int img_remove(struct context *c, const struct img_remove_what *w, struct img_removed *ret, struct err *err) __must_check;
/* Delete an image that no container uses, with all its names, inside the user namespace. One that another command has
 * removed meanwhile is no error. */
int img_prune(struct context *c, const struct image *img, struct err *err) __must_check;
/* So with all that match and, unless all, have no name. Enters the user namespace. After an error ret has what was deleted. */
int img_prune_all(struct context *c, const struct img_filter *f, bool all, struct img_removed *ret, struct err *err) __must_check;
/* Layers and blobs that belong to no image, such as those of an interrupted pull. Enters the user
 * namespace. */
int img_collect(struct context *c, struct err *err) __must_check;

#endif
