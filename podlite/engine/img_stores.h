/*
 * img_stores.h - images of additional stores (additional-stores of podlite.conf): read by podlite-transfer
 * (podlite/transfer/shelf.h), never written.
 *
 * An image of one is an image.ro until the first command that needs its files: that copies it into our store, layer by
 * layer and compared with its digests, without a registry. What is in our store goes before what is in another, and
 * an earlier store before a later one; without additional stores nothing here costs anything.
 */
#ifndef PODLITE_ENGINE_IMG_STORES_H
#define PODLITE_ENGINE_IMG_STORES_H

#include "podlite/context.h"
#include "podlite/engine/img.h"
#include "storage/image.h"

/* To the images of ours in list: those that only an additional store has, without the names that mean another image. */
int img_stores_add(struct context *c, struct image_list *list, struct err *err) __must_check;
/* An image that only an additional store has, found as img_find does: s is img_short_load's. *ret_name: the name that was
 * found, NULL for an id. EK_NOT_FOUND. */
int img_stores_find(struct context *c, const char *text, const struct img_short *s, struct image *ret, char **ret_name,
	struct err *err) __must_check;
/* Copy img, which is image.ro, into our store, with those of its names that mean no other image there; img becomes that of
 * ours. quiet: no progress. */
int img_stores_copy(struct context *c, struct image *img, bool quiet, struct err *err) __must_check;

/* For commands that look at an image: img_find (img.h), then img_stores_find. */
int img_stores_look(struct context *c, const char *text, struct image *ret, struct err *err) __must_check;
/* For commands that need its files, or a record to change: the same, then img_stores_copy. */
int img_stores_have(struct context *c, const char *text, struct image *ret, struct err *err) __must_check;
/* The same two where a manifest list stands for its image for this host. */
int img_stores_look_image(struct context *c, const char *text, struct image *ret, struct err *err) __must_check;
int img_stores_have_image(struct context *c, const char *text, struct image *ret, struct err *err) __must_check;
/* For commands that would take something away from it, after our store has said EK_NOT_FOUND: refused as podman
 * does if an additional store has it, else err stays. doing: "remove", "untag". Returns -1. */
int img_stores_refuse(struct context *c, const char *text, const char *doing, struct err *err);

#endif
