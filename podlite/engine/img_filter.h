/*
 * img_filter.h - `--filter KEY=VALUE` of images and image prune: different keys must all match,
 * values of one key are alternatives (labels: all), as podman-images(1) says.
 */
#ifndef PODLITE_ENGINE_IMG_FILTER_H
#define PODLITE_ENGINE_IMG_FILTER_H

#include "podlite/engine/ctr_record.h"
#include "storage/image.h"

struct img_filter;

/* before, since and after name images, looked up now. */
struct img_filter *img_filter_parse(struct context *c, const struct svec *filters, struct err *err) __must_check;
/* 1, 0 or -1: labels are read from the image's config. */
int img_filter_match(struct context *c, const struct img_filter *f, const struct image *img, const struct ctr_list *ctrs, struct err *err) __must_check;
/* Is this name of a matching image one to list? With reference filters only those they match. */
bool img_filter_shows(const struct img_filter *f, const struct image *img, const char *name);
/* The value last given for this key, or NULL. */
const char *img_filter_value(const struct img_filter *f, const char *key);
void img_filter_free(struct img_filter *f);
DEFINE_AUTO(img_filter, img_filter_free)

#endif
