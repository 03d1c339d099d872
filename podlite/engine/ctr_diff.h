/* ctr_diff.h - what a container changed in its root file system since it was created, an image's topmost
 * layer in those below it, or one of both against another. */
#ifndef PODLITE_ENGINE_CTR_DIFF_H
#define PODLITE_ENGINE_CTR_DIFF_H

#include "podlite/engine/engine.h"

/* Absolute paths in the container, sorted. */
struct ctr_diff {
	struct svec lines;   /* "A /path", all kinds in the order of paths */
	struct svec changed, added, deleted;
};

/* Enters the user namespace: files of any subordinate id are read. */
int ctr_diff_read(struct context *c, const char *id, struct ctr_diff *ret, struct err *err) __must_check;
/* What the topmost layer of an image changed; everything is added in one that has no other. */
int ctr_diff_layer(struct context *c, const struct image *img, struct ctr_diff *ret, struct err *err) __must_check;
/* What the first, an image or container, is against the second: contents are taken to be alike where size, mode,
 * owner and time are. */
int ctr_diff_between(struct context *c, const char *name, const char *other, struct ctr_diff *ret, struct err *err) __must_check;
void ctr_diff_done(struct ctr_diff *d);

#endif
