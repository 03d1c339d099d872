/* img_inspect.h - `inspect` of an image in podman's JSON shape. */
#ifndef PODLITE_ENGINE_IMG_INSPECT_H
#define PODLITE_ENGINE_IMG_INSPECT_H

#include "common/jval.h"
#include "podlite/context.h"

/* name: reference or id. EK_NOT_FOUND if there is no such image. */
struct jval *img_inspect(struct context *c, const char *name, struct err *err) __must_check;

#endif
