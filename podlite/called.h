/*
 * called.h - the name that podlite was called by, the last part of argv[0]. Programs that call podman or docker look
 * for what these say: how a line of an error begins, and which version is there.
 */
#ifndef PODLITE_CALLED_H
#define PODLITE_CALLED_H

#include <stdbool.h>

/* argv0 may be NULL. The strings are static but for the first, a part of argv0 or "podlite". */
const char *called_as(const char *argv0);
bool called_podman(const char *argv0);
const char *called_prefix(const char *argv0);  /* "podlite: "; "Error: " as podman and docker */
const char *called_version(const char *argv0); /* version_text(); as podman the one whose commands podlite has */

#endif
