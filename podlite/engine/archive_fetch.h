/* archive_fetch.h - an archive that the user named by file, URL or not at all (standard input). */
#ifndef PODLITE_ENGINE_ARCHIVE_FETCH_H
#define PODLITE_ENGINE_ARCHIVE_FETCH_H

#include "podlite/context.h"

/* A descriptor to read it from; the caller closes it. http:// and https:// are fetched by podlite-transfer into an
 * unnamed file of the store first; anything else is archive_file_open's. */
int archive_fetch(struct context *c, const char *path, bool quiet, struct err *err) __must_check;

#endif
