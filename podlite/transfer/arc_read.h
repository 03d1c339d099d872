/*
 * arc_read.h - a foreign image archive as named members: a tar, also compressed by gzip, zstd or xz, from a
 * file or pipe, or a directory. Members keep their bytes where they are; what cannot be read at any place
 * (pipes, compressed files) is first written to an unnamed file.
 *
 * Only in the confined worker. Names are compared, never opened, but for directories, below which they are
 * opened with all links staying inside. Refused: unknown entry types with data, a name twice with different
 * content is the last one's, more than ARC_READ_MEMBERS members.
 */
#ifndef PODLITE_ARC_READ_H
#define PODLITE_ARC_READ_H

#include <sys/types.h>

#include "common/err.h"
#include "common/sbuf.h"

#define ARC_READ_MEMBERS 100000

struct arc_read;

/* fd: borrowed, must stay open. scratch: directory for the unnamed file. */
struct arc_read *arc_read_open(int fd, int scratch, struct err *err) __must_check;
void arc_read_close(struct arc_read *a);
bool arc_read_has(struct arc_read *a, const char *name);
/* A document of at most max bytes; EK_NOT_FOUND if there is none, EK_INVALID where a tar has it more than once. */
int arc_read_text(struct arc_read *a, const char *name, size_t max, struct sbuf *ret, struct err *err) __must_check;

/* A tar however compressed, as a plain one in a file (part->own), not looked into. */
struct arc_part;
int arc_read_plain(int fd, int scratch, struct arc_part *ret, struct err *err) __must_check;

/* A member's bytes: fd[off, off+size). */
struct arc_part {
	int fd;
	off_t off;
	uint64_t size;
	bool own; /* fd is the caller's to close */
};
int arc_read_part(struct arc_read *a, const char *name, struct arc_part *ret, struct err *err) __must_check;
void arc_read_part_done(struct arc_part *p);

#endif
