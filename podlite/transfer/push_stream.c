#include "podlite/transfer/push_stream.h"

#include <pthread.h>
#include <string.h>

#include "common/alloc.h"
#include "common/hash.h"
#include "storage/pack.h"

#define READ_SIZE (256u << 10)
#define ROOM      (1u << 20)
#define WORTH     (ROOM / 4) /* bytes for which a sleeper is woken */

struct push_stream {
	struct http *http;
	struct pack *pack;
	struct compress *compress;
	struct hash *hash;
	pthread_t thread;
	bool started;
	pthread_mutex_t lock;
	pthread_cond_t room;
	/* below: under lock */
	char *ring;
	size_t at, used;
	uint64_t read, size;
	bool paused; /* the taker found nothing */
	bool woken;  /* and was told of more */
	bool stop, ended;
	struct digest digest;
	struct err err;
};

/* ---- the maker ---- */

static void wake(struct push_stream *p)
{
	if (!p->paused || p->woken || p->used < WORTH)
		return;
	p->woken = true;
	http_wake(p->http);
}

static size_t put(struct push_stream *p, const char *data, size_t n)
{
	size_t end = (p->at + p->used) % ROOM;

	n = MIN_OF(n, MIN_OF(ROOM - p->used, ROOM - end));
	memcpy(p->ring + end, data, n);
	p->used += n;
	return n;
}

static int on_bytes(void *arg, const void *data, size_t n, struct err *err)
{
	struct push_stream *p = arg;
	const char *c = data;

	hash_add(p->hash, data, n);
	pthread_mutex_lock(&p->lock);
	p->size += n;
	while (n && !p->stop) {
		size_t part = put(p, c, n);

		c += part;
		n -= part;
		wake(p);
		if (!part) {
			http_wake(p->http); /* for somebody else's turn at the processors */
			pthread_cond_wait(&p->room, &p->lock);
		}
	}
	pthread_mutex_unlock(&p->lock);
	return n ? err_set(err, EK_SYSTEM, "interrupted") : 0;
}

static int make(struct push_stream *p, char *buf, struct err *err)
{
	ssize_t n;

	while ((n = pack_read(p->pack, buf, READ_SIZE, err)) > 0) {
		pthread_mutex_lock(&p->lock);
		p->read += (size_t)n;
		pthread_mutex_unlock(&p->lock);
		if (compress_add(p->compress, buf, (size_t)n, on_bytes, p, err) < 0)
			return -1;
	}
	return n < 0 ? -1 : compress_end(p->compress, on_bytes, p, err);
}

static void *thread(void *arg)
{
	struct push_stream *p = arg;
	auto_free char *buf = xmalloc(READ_SIZE);
	struct err err = {.kind = EK_OK};
	int r = make(p, buf, &err);

	pthread_mutex_lock(&p->lock);
	if (r < 0)
		p->err = err;
	else
		hash_finish(p->hash, &p->digest);
	p->ended = true;
	pthread_mutex_unlock(&p->lock);
	http_wake(p->http); /* whether it waits for these bytes or for a free processor */
	return NULL;
}

struct push_stream *push_stream_new(struct store *s, const struct digest *diff_id, enum compress_kind kind, int level,
	unsigned beside, struct http *http, struct err *err)
{
	struct push_stream *p = new0(struct push_stream);

	p->http = http;
	p->hash = hash_new();
	p->ring = xmalloc(ROOM);
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->room, NULL);
	p->pack = pack_open(s, diff_id, err);
	p->compress = p->pack ? compress_new(kind, level, beside, err) : NULL;
	if (p->compress) {
		int r = pthread_create(&p->thread, NULL, thread, p);

		p->started = r == 0;
		if (r)
			err_neg(err, -r, "start a thread for a layer");
	}
	if (p->started)
		return p;
	push_stream_free(p);
	return NULL;
}

/* ---- the taker ---- */

size_t push_stream_take(void *arg, char *buf, size_t n)
{
	struct push_stream *p = arg;

	pthread_mutex_lock(&p->lock);
	n = MIN_OF(n, MIN_OF(p->used, ROOM - p->at));
	memcpy(buf, p->ring + p->at, n);
	p->at = (p->at + n) % ROOM;
	p->used -= n;
	pthread_cond_signal(&p->room);
	if (!n && (!p->ended || p->err.kind != EK_OK)) {
		p->paused = true;
		p->woken = false;
		n = HTTP_MORE_LATER;
	}
	pthread_mutex_unlock(&p->lock);
	return n;
}

bool push_stream_ready(struct push_stream *p)
{
	bool ready;

	pthread_mutex_lock(&p->lock);
	ready = p->paused && (p->used >= WORTH || p->ended);
	if (ready)
		p->paused = false;
	pthread_mutex_unlock(&p->lock);
	return ready;
}

int push_stream_ended(struct push_stream *p, struct digest *ret_digest, uint64_t *ret_size, struct err *err)
{
	int r = 0;

	pthread_mutex_lock(&p->lock);
	if (p->ended && p->err.kind != EK_OK) {
		*err = p->err;
		r = -1;
	} else if (p->ended && !p->used) {
		*ret_digest = p->digest;
		*ret_size = p->size;
		r = 1;
	}
	pthread_mutex_unlock(&p->lock);
	return r;
}

bool push_stream_busy(struct push_stream *p)
{
	bool busy;

	pthread_mutex_lock(&p->lock);
	busy = !p->ended && p->used < ROOM;
	pthread_mutex_unlock(&p->lock);
	return busy;
}

void push_stream_progress(struct push_stream *p, uint64_t *ret_done, uint64_t *ret_total)
{
	pthread_mutex_lock(&p->lock);
	*ret_done = p->read;
	pthread_mutex_unlock(&p->lock);
	*ret_total = pack_size(p->pack);
}

void push_stream_free(struct push_stream *p)
{
	if (!p)
		return;
	pthread_mutex_lock(&p->lock);
	p->stop = true;
	pthread_cond_signal(&p->room);
	pthread_mutex_unlock(&p->lock);
	if (p->started)
		pthread_join(p->thread, NULL);
	pack_close(p->pack);
	compress_free(p->compress);
	hash_free(p->hash);
	free(p->ring);
	pthread_mutex_destroy(&p->lock);
	pthread_cond_destroy(&p->room);
	free(p);
}
