/* ctr_diff.h - what a container changed in its root file system since it was created. */
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
void ctr_diff_done(struct ctr_diff *d);

#endif
