/* pack_index.h - reading files of zwriter.h: the two streams of tarindex.h, for pack.c, and inventory.h. */
#ifndef PODLITE_PACK_INDEX_H
#define PODLITE_PACK_INDEX_H

#include "storage/tarindex.h"

struct pack_stream;

struct pack_stream *pack_stream_new(int fd); /* takes fd; a negative one gives errors */
/* Exactly n bytes, else -1. */
int pack_stream_bytes(struct pack_stream *s, void *buf, size_t n, struct err *err) __must_check;
int pack_stream_number(struct pack_stream *s, uint64_t *ret, struct err *err) __must_check;
/* A length and a string without NUL; ret has room for max + 1 bytes. */
int pack_stream_string(struct pack_stream *s, char *ret, size_t max, struct err *err) __must_check;
/* At its end: 1; else 0. */
int pack_stream_at_end(struct pack_stream *s, struct err *err) __must_check;
int pack_stream_skip(struct pack_stream *s, uint64_t n, struct err *err) __must_check;
int pack_stream_damaged(struct err *err); /* sets the error */
void pack_stream_free(struct pack_stream *s);

/*
 * Files that a later entry replaced: 'S' items come after the 'F' item they belong to, which is the last
 * one before of the same directory (inode) and name. A first pass over the second stream finds them; the
 * content goes to an unnamed file.
 */
struct pack_saved {
	uint64_t entry;   /* of the content */
	uint64_t off, size; /* in the scratch file */
};
struct pack_saves {
	struct pack_saved *v; /* by entry */
	size_t n;
	int fd;
};
int pack_saves_read(int files_fd, int scratch, struct pack_saves *ret, struct err *err) __must_check; /* takes files_fd */
const struct pack_saved *pack_saves_find(const struct pack_saves *l, uint64_t entry);
void pack_saves_done(struct pack_saves *l);

#endif
