/* pull_image.h - one image from one registry: manifest, platform, config, layers, record. */
#ifndef PODLITE_PULL_IMAGE_H
#define PODLITE_PULL_IMAGE_H

#include "net/registry.h"
#include "podlite/transfer/pull.h"

/* full: with tag or digest; under these names it is recorded. */
int pull_image(const struct pull *p, struct registry *reg, const struct ref *full, char ret_id[65], struct err *err) __must_check;

#endif
