/*
 * remove.h - remove a large tree with several threads.
 *
 * Deleting is waiting as much as work, for the disk to discard blocks above all, so threads are more than processors
 * need. They are started only as the tree turns out to be large, and have ended on return. (The kernel
 * may count one for a moment longer: enter a user namespace before, not just after.)
 */
#ifndef PODLITE_REMOVE_H
#define PODLITE_REMOVE_H

#include "common/base.h"

/* As fs_remove_tree in all else; of several failures one is returned, and nothing more is removed after it. */
int remove_tree(int dirfd, const char *name) __must_check;

#endif
