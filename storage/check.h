/*
 * check.h - is the store what it was? For `podlite system check`; in podlite-transfer, inside the user namespace.
 *
 * It takes nothing away from commands that work at the same time and raises no alarm because of them:
 * what is made appears whole by one rename, and what is removed goes by another, so that a fault
 * in something that is gone, or another, when the look at it ends is none. Images and names are
 * looked at again while the store is held (store_hold), when nothing that they need can be collected.
 *
 * Findings are damage, or leftovers: things nobody needs, which a killed command left. What is younger
 * than max_age_ns is no leftover: whoever made it may still be at work, and a pull that was cut goes on
 * with the layers that are there.
 */
#ifndef PODLITE_CHECK_H
#define PODLITE_CHECK_H

#include "storage/inventory.h"
#include "storage/store.h"

/* Codes are stable: scripts rely on them. */
struct check_finding {
	const char *code;    /* "layer-file-content", "image-layer-missing" ... */
	const char *kind;    /* "image", "name", "blob", "layer", "volume", "partial", "staging", "lock" */
	const char *id;      /* digest in hex, image id, name */
	const char *path;    /* inside of it, or NULL */
	const char *message; /* one line */
	bool leftover;
};

struct check {
	struct store *store;
	enum inventory_depth depth; /* INVENTORY_META: digests of blobs too; INVENTORY_DATA: DiffIDs too */
	int64_t max_age_ns;
	/* -1 with err ends the check. Also called with NULL now and then: shall it go on? */
	int (*report)(void *arg, const struct check_finding *f, struct err *err);
	void *arg;
};

int check_run(const struct check *c, struct err *err) __must_check;

/* The parts, for check.c. */
int check_images(const struct check *c, struct err *err) __must_check;
int check_layers(const struct check *c, struct err *err) __must_check;
int check_volumes(const struct check *c, struct err *err) __must_check;
int check_leftovers(const struct check *c, struct err *err) __must_check;

#endif
