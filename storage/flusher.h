/*
 * flusher.h - has the disk write while data still comes.
 *
 * Who makes layers syncs the file system before they get their names. With all of a layer still in memory then, the
 * disk would have nothing to do before and all at the end; so a thread syncs after every FLUSHER_STEP bytes, beside
 * the work, and the last time finds little left. Small things never get there. It promises nothing: errors are for
 * the sync that counts, whose descriptor sees them again (syncfs(2): each open file reports an error once).
 */
#ifndef PODLITE_FLUSHER_H
#define PODLITE_FLUSHER_H

#include "common/base.h"

#define FLUSHER_STEP (16ull << 20)

struct flusher;

/* For the file system of the directory dirfd, which is not kept. Never NULL. */
struct flusher *flusher_new(int dirfd);
/* So many bytes more are on their way to the disk. */
void flusher_add(struct flusher *f, size_t n);
/* Waits for a sync that runs. NULL is allowed. */
void flusher_free(struct flusher *f);

#endif
