/* arc_xz.h - xz, which archives of images may be compressed by (layers may not). */
#ifndef PODLITE_ARC_XZ_H
#define PODLITE_ARC_XZ_H

#include <sys/types.h>

#include "common/err.h"

struct arc_xz;

/* EK_UNSUPPORTED where podlite was built without liblzma. Memory is bounded; fd is borrowed. */
struct arc_xz *arc_xz_new(int fd, struct err *err) __must_check;
/* 0: the end; -1: error. */
ssize_t arc_xz_read(struct arc_xz *x, void *buf, size_t n, struct err *err) __must_check;
void arc_xz_free(struct arc_xz *x);

#endif
