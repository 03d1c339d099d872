/*
 * layer.h - layers/DIFFID/{diff,layer.json,tar-index.zst,tar-files.zst,inventory.zst}, keyed by the digest of the
 * uncompressed tar.
 * A layer exists only if podlite unpacked bytes with that DiffID (threats.md R16).
 */
#ifndef PODLITE_LAYER_H
#define PODLITE_LAYER_H

#include <sys/types.h>

#include "storage/store.h"

struct layer_info {
	struct digest diff_id;
	struct digest blob;       /* compressed digest it was fetched as */
	uint64_t blob_size;
	uint64_t tar_size;        /* uncompressed */
	uint64_t disk_bytes;      /* st_blocks of diff/ when it was made */
	uint64_t inodes;
	bool opaque_root;         /* nothing below this layer is seen */
	uint64_t implied_dirs;    /* directories made without an entry: see image_lowers */
	uint64_t replaced;        /* files whose content is in tar-files.zst: see tarindex.h */
	bool inventory;           /* there is one (inventory.h): layers of an older podlite have none */
	bool summed;              /* tar_sum is known: of those neither */
	uint32_t tar_sum;         /* CRC-32C of the uncompressed tar */
};

bool layer_has(struct store *s, const struct digest *diff_id);
int layer_read(struct store *s, const struct digest *diff_id, struct layer_info *ret, struct err *err) __must_check;

/*
 * Fetching: one writer a layer, others wait and then find it done. layer_begin takes the lock
 * layers/.lock-DIFFID (waits), and returns 1 if the layer is there by now, else 0 with st ready
 * (st->fd holds diff/). What the unpacker wrote is on the disk when it answers; layer_commit: layer.json,
 * fsync, rename into place.
 *
 * A layer of store.renew counts as not there; in layer_commit it changes places with the new one, in one
 * step, and goes. No container may run from it (its files vanish below it).
 */
struct layer_stage {
	struct store_stage stage;
	struct digest diff_id;
	int diff;  /* the directory to unpack into */
	int lock;
	unsigned beside; /* layers that are unpacked at the same time, this one included; 0 is 1 */
};
int layer_begin(struct store *s, const struct digest *diff_id, struct layer_stage *ret, struct err *err) __must_check;
/* The same without waiting: 2 if another writer has it. For who fetches many layers at once: waiting
 * for one while holding others could deadlock with a pull in another order. */
int layer_try_begin(struct store *s, const struct digest *diff_id, struct layer_stage *ret, struct err *err) __must_check;
int layer_commit(struct store *s, struct layer_stage *st, const struct layer_info *info, struct err *err) __must_check;
void layer_abort(struct store *s, struct layer_stage *st);
int layer_remove_all(struct store *s, const struct svec *diff_ids, struct err *err) __must_check; /* hex digits */
/* Is it to be unpacked: not there, or to be made anew? */
bool layer_wanted(struct store *s, const struct digest *diff_id);
/* All DiffIDs in the store. */
int layer_list(struct store *s, struct digest **ret, size_t *ret_n, struct err *err) __must_check;

/* ---- the unpacker: program podlite-unpack, one process a layer, confined (threats.md M7) ----
 * argv: podlite-unpack [--squash] [--index] [--feed] [--forks]; fd 0 compressed layer bytes, with --feed
 * the pipe of a feed whose memory is fd 8, fd 3 the empty diff
 * directory, fd 4 result pipe (write end), with --index fd 5 and 6 the two files of tarindex.h, fd 7 that of inventory.h;
 * must be started as root of the user namespace. It sniffs
 * gzip, zstd or plain tar, hashes the tar, unpacks, and writes one struct layer_result.
 *
 * With --forks fd 3 is a socket (msg.h) instead: for each struct layer_fork, which brings those descriptors in the order of
 * LAYER_FORK_FDS, it forks such a process and answers with 0 and its pidfd, or -errno. So an image of many layers costs one
 * exec and one loading of libraries, which is what a small layer's unpacking would take most of its time for. It parses
 * nothing and is not confined; what it forks is, as what is executed, before it reads a byte. */
struct layer_fork {
	unsigned beside; /* of layer_stage */
};
#define LAYER_FORK_FDS {0, 3, 4, 5, 6, 7, 8}

struct layer_result {
	struct err err;            /* kind EK_OK on success */
	struct digest diff_id;     /* of all uncompressed bytes */
	uint64_t tar_size, disk_bytes, inodes;
	uint32_t tar_sum;
	uint32_t skipped_devices, dropped_xattrs;
	uint32_t implied_dirs;     /* parents that had no entry of their own */
	uint32_t replaced;         /* files that a later entry replaced */
	uint32_t opaque_root;      /* hides all lower layers */
};

#define LAYER_INDEX "tar-index.zst"
#define LAYER_FILES "tar-files.zst"
#define LAYER_INVENTORY "inventory.zst"

/* Start the unpacker on a stage (stage.fd and diff of it): give the compressed bytes to the feed and close that, then call
 * layer_finish_unpack. forks: -1, and from then on the socket of the process they are forks of; it ends, and they, with the
 * thread that called first. squash: single-id, owners are not kept. */
struct layer_unpack {
	int input, mem; /* for feed_map, which the caller does (and sets them to -1) */
	int result, pidfd;
};
#define LAYER_UNPACK_NONE {.input = -1, .mem = -1, .result = -1, .pidfd = -1}
int layer_spawn_unpack(int *forks, struct layer_stage *st, const char *program, bool squash,
	struct layer_unpack *ret, struct err *err) __must_check;
/* Wait for the unpacker and take its answer; the DiffID is checked against the stage's. Fills all
 * of ret but blob and blob_size. ret_result may be NULL. Closes u->result in any case. */
int layer_finish_unpack(struct layer_stage *st, struct layer_unpack *u, struct layer_info *ret,
	struct layer_result *ret_result, struct err *err) __must_check;
/* Kill it, if it runs, wait until it is gone, and close all. Harmless when there is none. */
void layer_kill_unpack(struct layer_unpack *u);

#endif
