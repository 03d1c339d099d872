/* pull_fits.h - is there room for an image, before anything of it is fetched? */
#ifndef PODLITE_PULL_FITS_H
#define PODLITE_PULL_FITS_H

#include "oci/spec_image.h"
#include "storage/store.h"

/*
 * What the layers take is not known before they are unpacked; never less than their compressed bytes, but for the
 * rare file of holes. So a pull is refused only if even those do not fit into what the file system has free, and the
 * unpacker, which knows sizes, stops what turns out larger. diff_ids: as many as the manifest has layers; those in
 * the store are not counted: *ret_need. What earlier pulls left (partial.h) goes before anything is refused. EK_SYSTEM
 * with ENOSPC.
 */
int pull_fits(struct store *s, const struct spec_manifest *m, const struct digest *diff_ids, uint64_t *ret_need,
	struct err *err) __must_check;

#endif
