/*
 * untar.h - from tar bytes to a layer's directory. Runs confined (confine.h), as root of the user
 * namespace, with the directory as its root; threats.md §5 says what each kind of entry becomes.
 *
 * untar.c reads with libarchive (tar format only, no filters) and decides; untar_path.c finds
 * parents inside the layer and makes whiteouts; untar_meta.c applies owners, modes, xattrs, times.
 */
#ifndef PODLITE_UNTAR_H
#define PODLITE_UNTAR_H

#include <sys/stat.h>
#include <sys/types.h>

#include "common/err.h"
#include "storage/inode_map.h"
#include "storage/pipeline.h"
#include "storage/tarindex.h"

#define UNTAR_PATH_MAX 4095
#define UNTAR_DEPTH    1024

struct untar {
	int root;
	bool squash;          /* one id only: owners are not kept */
	bool plain;           /* no layer: names of whiteouts mean nothing */
	struct tarindex *files; /* where content is (tarindex.h), or NULL */
	struct inode_map *sums; /* of content (inventory.h), or NULL */
	uint64_t bytes_left, inodes_left;
	/* results */
	uint64_t disk_bytes, inodes, entries;
	uint32_t skipped_devices, dropped_xattrs, implied_dirs;
	uint32_t replaced;    /* files that a later entry replaced: their content is in files */
	bool opaque_root;
	bool attributes;      /* something has extended ones */
	/* the directory that the last entry was put into (untar_path.c) */
	struct {
		int fd;
		char path[UNTAR_PATH_MAX + 1]; /* clean, "" is the root */
		struct stat st;                /* its times are put back when it is left */
		bool real_set;
		char real[UNTAR_PATH_MAX + 1]; /* the same without links, for the index */
	} parent;
};

/* Unpack everything the pipeline has. Budgets are set in u by the caller, results left there. */
int untar_run(struct untar *u, struct pipeline *p, struct err *err) __must_check;

#endif
