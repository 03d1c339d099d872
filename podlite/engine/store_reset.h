/* store_reset.h - everything goes: `system reset`. */
#ifndef PODLITE_ENGINE_STORE_RESET_H
#define PODLITE_ENGINE_STORE_RESET_H

#include "podlite/context.h"

/* Stop and remove all containers, then remove everything in the store's and the run directory; the next command makes
 * an empty store. EK_IN_USE: another command is filling the store, and nothing but containers is gone. Enters
 * the user namespace; the context's store is of no use afterwards. */
int store_reset(struct context *c, struct err *err) __must_check;

#endif
