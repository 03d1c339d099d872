/*
 * inventory.h - what a layer's tree consists of, written when it has been unpacked, so that `system
 * check` can say of every file whether it is still what it was.
 *
 * layers/DIFFID/inventory.zst, a file of zwriter.h. All numbers but names:
 *   VERSION ENTRY SECTION, where
 *   ENTRY is mode uid gid mtime-seconds (zigzag) mtime-nanoseconds attributes, then by type
 *     regular: size sum link; symbolic link: sum of its target; device: its number;
 *   SECTION is (name ENTRY)* in the order of strcmp, an empty name, then the section of each
 *     directory among them, in the same order.
 * sum and attributes are CRC-32C (crc32c.h): of the content, and of "NAME\0VALUE" of all user.* and
 * security.capability in order of their names, 0 where there are none. link: 0, or the number of the
 * entry (the root is 1) that was met first under the same inode.
 *
 * Why CRC-32C: it is for damage by disks, memory and hands, where it misses one change in 2^32 and
 * no single bit; it costs a pull a hundredth (the bytes are in the cache when they are written),
 * which a second SHA-256 would not. Against forgery, and for the whole, stands the layer's DiffID
 * (pack.h), which `system check --deep` computes too.
 *
 * Owners are those of the user namespace. Atime, ctime and blocks are not kept: they change with a
 * copy of the store.
 */
#ifndef PODLITE_INVENTORY_H
#define PODLITE_INVENTORY_H

#include "common/err.h"
#include "storage/inode_map.h"

#define INVENTORY_VERSION 1

/* Write that of the tree root to out. sums: of the content of each regular file that is not empty, by inode.
 * attributes: false where it is certain that nothing has any, which saves asking. Changes the working directory. */
int inventory_write(int root, const struct inode_map *sums, bool attributes, int out, struct err *err) __must_check;

enum inventory_depth {
	INVENTORY_STAT, /* what lstat tells: names, types, modes, owners, sizes, times */
	INVENTORY_META, /* links and extended attributes as well */
	INVENTORY_DATA, /* the content as well */
};

enum inventory_fault {
	INVENTORY_MISSING, INVENTORY_EXTRA, INVENTORY_TYPE, INVENTORY_MODE, INVENTORY_OWNER, INVENTORY_SIZE, INVENTORY_TIME,
	INVENTORY_LINK, INVENTORY_ATTRIBUTES, INVENTORY_CONTENT, INVENTORY_UNREADABLE,
};

/* What is wrong with path ("/usr/bin/env"): one call a path, for the first fault in the order above but
 * for the two that come first and concern all below. False: look no further. */
typedef bool (*inventory_fn)(void *arg, enum inventory_fault f, const char *path);

/* Compare the tree with the inventory in fd in (taken). Nothing in it is trusted. 0, also when fn was called;
 * -1: EK_INVALID, the inventory itself is damaged. Changes the working directory. */
int inventory_compare(int root, int in, enum inventory_depth depth, inventory_fn fn, void *arg, struct err *err) __must_check;

#endif
