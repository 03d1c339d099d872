/*
 * litter.h - what a writer that was killed leaves outside of staging, in the moment between making
 * something and naming it: files that have not got their names, names of containers that are gone,
 * containers that were not named and never started, so that nobody has heard of them; beginnings of downloads beyond
 * their bounds (partial.h).
 */
#ifndef PODLITE_LITTER_H
#define PODLITE_LITTER_H

#include "storage/store.h"

/* Remove it. Whoever makes such holds the store (store_hold), so nothing is touched while anybody does.
 * Reads six directories, and records only when there are more containers than names. What cannot
 * be removed is left to the next one. Runs inside the user namespace. */
void litter_sweep(struct store *s);

#endif
