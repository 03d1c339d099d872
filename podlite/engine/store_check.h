/*
 * store_check.h - everything that is wrong with the store: storage/check.h in podlite-transfer, which
 * can compute digests, and containers and their names here; and mending it.
 */
#ifndef PODLITE_ENGINE_STORE_CHECK_H
#define PODLITE_ENGINE_STORE_CHECK_H

#include "podlite/context.h"
#include "podlite/engine/store_report.h"
#include "storage/inventory.h"

struct store_check_opts {
	enum inventory_depth depth;
	int64_t max_age_ns; /* of what nobody uses */
};

int store_check(struct context *c, const struct store_check_opts *o, struct store_report *ret, struct err *err) __must_check;

/* ---- store_check_ctr.c ---- */
int store_check_containers(struct context *c, struct store_report *ret, struct err *err) __must_check;

#endif
