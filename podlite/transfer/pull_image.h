/* pull_image.h - one image from one registry: manifest, platform, config, layers, record. */
#ifndef PODLITE_PULL_IMAGE_H
#define PODLITE_PULL_IMAGE_H

#include "net/registry.h"
#include "podlite/transfer/pull.h"

struct sigstore; /* net/sigstore.h */

/* full: with tag or digest; under these names it is recorded. signatures: what must be signed, and is looked at before
 * anything but the manifest is asked for; NULL: nothing. */
int pull_image(const struct pull *p, struct registry *reg, const struct ref *full, const struct sigstore *signatures,
	char ret_id[65], struct err *err) __must_check;

#endif
