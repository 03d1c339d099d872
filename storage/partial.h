/*
 * partial.h - cache/partial-HEX: bytes of blob HEX as a registry sent them, at their places, kept by a pull that was cut,
 * so that the next one asks only for the others. What was not kept is a hole of the file; holes begin and end at multiples
 * of PARTIAL_PART, but for one that a pull was filling when it was cut.
 *
 * Nobody has verified them: whoever uses them gives them to what checks a blob's digest from its first byte, and
 * fetches the blob whole when that says no. They are a help only: nothing here makes a pull fail; what cannot be kept
 * is not. While a pull uses one it is locked, through its descriptor, and nobody else touches it.
 *
 * Bounds, held by partial_sweep: PARTIAL_NUMBER files, PARTIAL_BYTES in all (the oldest go first), PARTIAL_AGE_NS since
 * the last byte; and no file is kept without a byte. Blobs below PARTIAL_MIN are not worth it.
 */
#ifndef PODLITE_PARTIAL_H
#define PODLITE_PARTIAL_H

#include <sys/types.h>

#include "storage/store.h"

#define PARTIAL_MIN     (1ull << 20)
#define PARTIAL_PART    (4ull << 20)
#define PARTIAL_NUMBER  32
#define PARTIAL_BYTES   (16ull << 30)
#define PARTIAL_AGE_NS  (7 * 24 * 3600 * 1000000000ll)
/* What a pull unpacks is up to so many times as large as what it fetches: where less is free, nothing is kept, so that no
 * pull lacks the room which its own help takes. */
#define PARTIAL_ROOM    4

struct partial {
	struct store *store;
	struct digest blob;
	int fd;          /* -1: none */
	uint64_t size;   /* where its last byte ends */
	bool keep;       /* there is room for more */
	bool named;      /* it is in cache/ */
};
#define PARTIAL_NONE {.fd = -1}

/* Take what there is of a blob, or begin one. need: compressed bytes that the pull may still have to unpack, for
 * PARTIAL_ROOM. Whether it worked shows in nothing but the pull's speed. */
void partial_open(struct store *s, const struct digest *blob, uint64_t blob_size, uint64_t need, struct partial *ret);
/* The next bytes that are there, at `at` or behind it. */
bool partial_find(const struct partial *p, uint64_t at, uint64_t *ret_begin, uint64_t *ret_end);
/* 0: none is there; -errno. */
ssize_t partial_read(const struct partial *p, uint64_t at, void *buf, size_t n) __must_check;
/* Between a byte that is not added and one that is, there is a multiple of PARTIAL_PART. */
void partial_add(struct partial *p, uint64_t at, const void *data, size_t n);
/* Leave it to the next pull; an empty one goes. Harmless without one, as is partial_drop. */
void partial_close(struct partial *p);
void partial_drop(struct partial *p);

struct partial_info {
	char hex[65];      /* of the blob */
	uint64_t bytes;    /* on the disk */
	int64_t written_ns;
	bool busy;         /* a pull uses it now */
};
int partial_list(struct store *s, struct partial_info **ret, size_t *ret_n, struct err *err) __must_check;
/* Unless it is busy: true if it is gone by now. */
bool partial_remove(struct store *s, const char *hex);
/* Remove all that are not busy; the digits of their blobs are added to ret (may be NULL). */
void partial_clear(struct store *s, struct svec *ret);
/* Remove what is beyond the bounds. */
void partial_sweep(struct store *s);

#endif
