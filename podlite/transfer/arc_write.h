/*
 * arc_write.h - an archive of images that podlite writes: a tar stream, or a directory with the same
 * members. Its bytes depend on the members alone: no times, no owners. In a directory a member gets its
 * name when it is complete and takes the place of what had it: readers see the one or the other.
 */
#ifndef PODLITE_ARC_WRITE_H
#define PODLITE_ARC_WRITE_H

#include "common/err.h"

struct arc_write {
	int fd;       /* the stream or the directory; borrowed */
	bool dir;
	/* the member being written */
	int file;     /* dir: where to, */
	char temp[140]; /* and under which name until it is complete; "": none */
	uint64_t left, size;
	char name[100];
};

/* name: at most 99 bytes; in a directory its parents are made. Exactly size bytes must follow. */
int arc_write_begin(struct arc_write *w, const char *name, uint64_t size, struct err *err) __must_check;
int arc_write_data(struct arc_write *w, const void *data, size_t n, struct err *err) __must_check;
int arc_write_done(struct arc_write *w, struct err *err) __must_check;
/* Drop a member that was begun and is not done; harmless when there is none. */
void arc_write_abort(struct arc_write *w);
/* A directory's entry, "a/b/": some readers of tar make missing parents with owners they may not give.
 * Nothing in a directory. */
int arc_write_dir(struct arc_write *w, const char *name, struct err *err) __must_check;
/* All three. */
int arc_write_member(struct arc_write *w, const char *name, const void *data, size_t n, struct err *err) __must_check;
/* The last one, which names the others: in a directory it gets its name when they are on the disk. */
int arc_write_index(struct arc_write *w, const char *name, const void *data, size_t n, struct err *err) __must_check;
int arc_write_end(struct arc_write *w, struct err *err) __must_check;

#endif
