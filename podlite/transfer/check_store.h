/* check_store.h - `system check`: what is wrong with the store, one JSON object a line into a descriptor. */
#ifndef PODLITE_CHECK_STORE_H
#define PODLITE_CHECK_STORE_H

#include "podlite/transfer/request.h"
#include "storage/store.h"

/* rq: depth and max_age_ns of storage/check.h. out: open for writing. */
int check_store(const struct request *rq, struct store *s, int out, struct err *err) __must_check;

#endif
