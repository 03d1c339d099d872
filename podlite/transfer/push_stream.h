/*
 * push_stream.h - a layer as the bytes that a registry gets: its tar read, hashed, compressed and hashed again in a
 * thread of its own, at most 1 MiB ahead of who takes them.
 *
 *	push_stream_new; push_stream_take until 0, push_stream_ended; push_stream_free
 */
#ifndef PODLITE_PUSH_STREAM_H
#define PODLITE_PUSH_STREAM_H

#include "common/digest.h"
#include "net/http.h"
#include "storage/compress.h"
#include "storage/store.h"

struct push_stream;

/* http: its pump is woken when there are bytes again after push_stream_take had none, when there is no room, and at the end; outlives the stream. level, beside:
 * compress.h. EK_NOT_FOUND: no such layer. */
struct push_stream *push_stream_new(struct store *s, const struct digest *diff_id, enum compress_kind kind, int level,
	unsigned beside, struct http *http, struct err *err) __must_check;
/* struct http_source's `more`; arg is the stream. */
size_t push_stream_take(void *arg, char *buf, size_t n);
/* After push_stream_take had none for now: there are some, or there will be no more. True once. */
bool push_stream_ready(struct push_stream *p);
/* 1: all was taken, *ret_digest and *ret_size are those of all its bytes; 0: not yet; -1: it cannot be made. */
int push_stream_ended(struct push_stream *p, struct digest *ret_digest, uint64_t *ret_size, struct err *err) __must_check;
/* It is being made, and there is room for more. */
bool push_stream_busy(struct push_stream *p);
/* Bytes of the tar that were read, and that there are. */
void push_stream_progress(struct push_stream *p, uint64_t *ret_done, uint64_t *ret_total);
void push_stream_free(struct push_stream *p); /* in any state; NULL is fine */

#endif
