/*
 * feed.h - a layer's compressed bytes on their way to its unpacker, in memory that both processes map.
 *
 * Through a pipe each byte is copied twice more, by way of pages that the kernel allocates for it: a twentieth of a
 * pull's time. So the pipe here carries no bytes but packets (pipe(2), O_DIRECT), one for each slot of the memory that is
 * full: its length. The rest stays what it is with a pipe: it takes so many packets and no more, which is when slots are
 * free again; its end is the end of the bytes; EPIPE is a reader that has gone, POLLOUT says that there is room.
 *
 * The reader parses what strangers wrote, so it cannot write to the memory (read-only descriptor and mapping), nor change
 * its size (seals), and the writer reads nothing of it. The reader believes no length beyond a slot's. That the
 * writer could change bytes under the reader's eyes gives it nothing: it may write to the store, the reader may not.
 */
#ifndef PODLITE_FEED_H
#define PODLITE_FEED_H

#include <sys/types.h>

#include "common/err.h"

#define FEED_SLOT (64u << 10)
#define FEED_IN_FLIGHT 16 /* as many packets as the pipe takes */
#define FEED_WAITING 3 /* slots full of what was on its way when the pipe took no more: 128 KiB begun anywhere in a slot */
#define FEED_SLOTS (FEED_IN_FLIGHT + FEED_WAITING + 2) /* one is read, one is filled */

/* What the two ends are made of. The caller closes them. */
struct feed_fds {
	int pipe[2], mem, mem_read; /* the writer's: pipe[1] and mem; the reader's: pipe[0] and mem_read */
};
#define FEED_FDS_INIT {{-1, -1}, -1, -1}
int feed_make(struct feed_fds *ret) __must_check; /* -errno; some may be open then */

struct feed {
	int pipe;              /* the caller may make it non-blocking, and polls it for POLLOUT */
	char *mem;
	unsigned full, told;   /* slots, both only grow; those that are full have FEED_SLOT bytes, but the last */
	size_t len;            /* bytes in the one that is filled */
	size_t last;           /* of the last, once feed_tell was told that it is; else 0 */
};
#define FEED_INIT {.pipe = -1}

/* Takes the descriptor of the pipe; mem is only mapped. -errno. */
int feed_map(struct feed *f, int pipe, int mem) __must_check;
/* Are there slots that the reader has not been told of? */
static inline bool feed_waits(const struct feed *f)
{
	return f->told != f->full;
}
/* No bytes may be added. */
static inline bool feed_is_full(const struct feed *f)
{
	return f->full - f->told >= FEED_WAITING;
}
/* Where the next bytes may be put, and how many: then feed_put that many of them were. */
void *feed_room(struct feed *f, size_t *ret);
void feed_put(struct feed *f, size_t n);
/* Copy them there: at most FEED_SLOT. */
void feed_add(struct feed *f, const void *data, size_t n);
/* Tell the reader of what is full, and, last, of all there is. 0, -EAGAIN (some wait), -EPIPE or another -errno: once, for
 * then the reader has gone (pipe is -1), and what is still put here is for nobody. */
int feed_tell(struct feed *f, bool last) __must_check;
/* The reader is at the end when it has read all it was told of. Harmless when there is none. */
void feed_close(struct feed *f);

struct feed_reader {
	int pipe;
	const unsigned char *mem;
	unsigned slot;
};

/* Takes the descriptor mem; the mapping stays until the process ends. -errno. */
int feed_reader_map(struct feed_reader *r, int pipe, int mem) __must_check;
/* The bytes of the next slot, valid until the next call: FEED_SLOT but at the end. 0: the end; -errno. */
ssize_t feed_next(struct feed_reader *r, const unsigned char **ret) __must_check;

#endif
