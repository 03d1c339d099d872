/*
 * registriesd.h - containers-registries.d(5): where signatures of a registry's images are looked for.
 *
 * Read: all *.yaml of ~/.config/containers/registries.d, or if that is not there of /etc/containers/registries.d.
 * Only use-sigstore-attachments has a meaning here. Of YAML, block mappings of plain or quoted words are read, which
 * is what these files are made of; anything else is an error that names the line.
 */
#ifndef PODLITE_REGISTRIESD_H
#define PODLITE_REGISTRIESD_H

#include "common/jval.h"
#include "oci/ref.h"

/* {"default-docker": {...}, "docker": {SCOPE: {...}}}: all files together. */
struct jval *registriesd_load(struct err *err) __must_check;
/* One file's text on top of what is there. where: its name for errors. */
int registriesd_add(struct jval *doc, const char *text, size_t n, const char *where, struct err *err) __must_check;
/* use-sigstore-attachments of the most specific section for an image that has it (policy.h: scopes). */
bool registriesd_attachments(const struct jval *doc, const struct ref *full);

#endif
