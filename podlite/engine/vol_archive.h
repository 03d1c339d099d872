/* vol_archive.h - `volume export` and `volume import`: a volume's files as a tar stream. */
#ifndef PODLITE_ENGINE_VOL_ARCHIVE_H
#define PODLITE_ENGINE_VOL_ARCHIVE_H

#include "podlite/context.h"

/* All files as they are now, owners as containers see them, to descriptor out. */
int vol_archive_export(struct context *c, const char *name, int out, struct err *err) __must_check;
/* Merge an archive into the volume. Its bytes are parsed by the confined unpacker alone. */
int vol_archive_import(struct context *c, const char *name, int in, struct err *err) __must_check;

#endif
