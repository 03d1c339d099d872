/*
 * ctr_filter.h - `--filter KEY=VALUE` of ps, rm, stop, start ...: different keys must all match,
 * values of one key are alternatives (labels: all), as podman-ps(1) says.
 */
#ifndef PODLITE_ENGINE_CTR_FILTER_H
#define PODLITE_ENGINE_CTR_FILTER_H

#include "podlite/engine/ctr_record.h"

struct ctr_filter;

/* Names that stand for something (before, since, ancestor) are looked up now: an unknown one is
 * an error, as an unknown key or malformed value is. */
struct ctr_filter *ctr_filter_parse(struct context *c, const struct svec *filters, struct err *err) __must_check;
bool ctr_filter_match(const struct ctr_filter *f, const struct ctr *ctr);
/* Was this key given? (`status` makes ps look at stopped ones too.) */
bool ctr_filter_has(const struct ctr_filter *f, const char *key);
void ctr_filter_free(struct ctr_filter *f);
/* "KEY=" and "KEY=VALUE", for completion; NULL ends. */
extern const char *const ctr_filter_words[];
DEFINE_AUTO(ctr_filter, ctr_filter_free)

#endif
