#include "podlite/transfer/put_layer.h"

#include <string.h>
#include <unistd.h>

#include "common/hash.h"
#include "podlite/transfer/broker.h"
#include "podlite/transfer/cancel.h"
#include "storage/flusher.h"

/* All of it. The unpacker may leave early: why, it says itself; the rest is only hashed. */
static int feed(const struct put_source *from, struct feed *to, struct hash *hash, struct flusher *flusher, uint64_t *ret_size,
	struct err *err)
{
	ssize_t n;

	for (;;) {
		size_t room;
		void *buf = feed_room(to, &room);

		n = from->read(from->arg, buf, room, err);
		if (n <= 0)
			break;
		if (cancel_check(err) < 0)
			return -1;
		if (hash)
			hash_add(hash, buf, (size_t)n);
		feed_put(to, (size_t)n);
		if (feed_tell(to, false) < 0 && !hash)
			return 0;
		flusher_add(flusher, (size_t)n);
		*ret_size += (uint64_t)n;
	}
	(void)!feed_tell(to, true);
	return n < 0 ? -1 : 0;
}

static int check_blob(struct hash *hash, const struct digest *want, struct err *err)
{
	struct digest found;

	hash_finish(hash, &found);
	return digest_expect(want, &found, err) < 0 ? err_wrap(err, "blob sha256:%.12s", want->hex) : 0;
}

static int fill(const struct put_layer *p, struct layer_stage *st, const struct put_source *from,
	const struct digest *blob, struct err *err)
{
	auto_cleanup(hash_autop) struct hash *hash = blob ? hash_new() : NULL;
	struct flusher *flusher = flusher_new(p->store->fd);
	struct unpacker u = UNPACKER_INIT;
	struct layer_info info, was;
	uint64_t size = 0;
	int r;

	r = broker_unpack(p->broker, st, &u, err);
	if (!r)
		r = feed(from, &u.feed, hash, flusher, &size, err);
	feed_close(&u.feed);
	if (!r && blob)
		r = check_blob(hash, blob, err);
	if (!r)
		r = layer_finish_unpack(st, &u.u, &info, NULL, err);
	broker_end(&u);
	flusher_free(flusher);
	if (r < 0)
		return -1;
	if (blob) {
		info.blob = *blob;
		info.blob_size = size;
	} else if (layer_read(p->store, &st->diff_id, &was, NULL) == 0) {
		info.blob = was.blob;
		info.blob_size = was.blob_size;
	}
	return layer_commit(p->store, st, &info, err);
}

int put_layer_from(const struct put_layer *p, const struct digest *diff_id, const struct put_source *from,
	const struct digest *blob, struct err *err)
{
	struct layer_stage st;
	int r = layer_begin(p->store, diff_id, &st, err);

	if (r < 0)
		return -1;
	if (r == 1) {
		progress_line(p->progress, "Copying layer %.12s skipped: already exists", diff_id->hex);
		return 0;
	}
	if (fill(p, &st, from, blob, err) < 0) {
		layer_abort(p->store, &st);
		return -1;
	}
	progress_line(p->progress, "Copying layer %.12s done", diff_id->hex);
	return 0;
}

struct part_source {
	const struct arc_part *part;
	uint64_t done;
};

static ssize_t part_read(void *arg, void *buf, size_t n, struct err *err)
{
	struct part_source *s = arg;
	uint64_t left = s->part->size - s->done;
	ssize_t got;

	if (!left)
		return 0;
	got = pread(s->part->fd, buf, (size_t)MIN_OF(left, (uint64_t)n), s->part->off + (off_t)s->done);
	if (got <= 0)
		return got < 0 ? err_sys(err, "read the layer") : err_set(err, EK_INVALID, "the layer is cut off");
	s->done += (uint64_t)got;
	return got;
}

int put_layer(const struct put_layer *p, const struct digest *diff_id, const struct arc_part *part,
	const struct digest *blob, struct err *err)
{
	struct part_source state = {.part = part};
	const struct put_source from = {part_read, &state};

	return put_layer_from(p, diff_id, &from, blob, err);
}
