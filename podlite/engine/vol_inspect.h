/* vol_inspect.h - `inspect` of a volume in podman's JSON shape. */
#ifndef PODLITE_ENGINE_VOL_INSPECT_H
#define PODLITE_ENGINE_VOL_INSPECT_H

#include "common/jval.h"
#include "podlite/context.h"
#include "storage/volume.h"

struct jval *vol_inspect(struct context *c, const char *name, struct err *err) __must_check;
struct jval *vol_inspect_json(const struct volume *v);
/* With what `volume ls --format` names beyond the keys of inspect. */
struct jval *vol_inspect_row(const struct volume *v);

#endif
