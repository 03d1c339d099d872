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

struct store_repair_opts {
	bool force;     /* what cannot be mended goes: images, with the containers made from them */
	int tls_verify; /* OPT_TRI */
};

/* Mend what the report has. A damaged layer is made anew from its own files where their content is whole, else it is
 * fetched again by a digest of an image that has it, and takes the old one's place in one step. Layers that a
 * running container uses stay. ret_done: what was done, and what could not be, one sentence each.
 * Enters the user namespace. -1: it could not go on. */
int store_repair(struct context *c, const struct store_report *r, const struct store_repair_opts *o, struct svec *ret_done,
	struct err *err) __must_check;

int store_check(struct context *c, const struct store_check_opts *o, struct store_report *ret, struct err *err) __must_check;

/* ---- store_check_ctr.c ---- */
int store_check_containers(struct context *c, struct store_report *ret, struct err *err) __must_check;

#endif
