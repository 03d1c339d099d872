/*
 * img_budget.h - a limit for what images take (size-budget of podlite.conf): after a pull, images that no container
 * uses go, the least recently used first, until the rest fits.
 *
 * Counted is what layers took when they were unpacked (layer.h, disk_bytes), each once. An image was used last when it was
 * pulled or a container was made from it; the latter is noted once a day (image_used). What containers use, and
 * what was just pulled, stays, also where the budget is too small for it.
 */
#ifndef PODLITE_ENGINE_IMG_BUDGET_H
#define PODLITE_ENGINE_IMG_BUDGET_H

#include "podlite/context.h"

/* keep: id of the image that was pulled. Nothing without a budget. Enters the user namespace in a child only. */
int img_budget_keep(struct context *c, const char *keep, struct err *err) __must_check;

#endif
