#include "storage/pipeline.h"

#include <pthread.h>
#include <string.h>

#include "common/alloc.h"
#include "common/hash.h"
#include "storage/inflate.h"
#include "storage/tarscan.h"

#define BLOCKS     6
#define BLOCK_SIZE (256u << 10)

struct block {
	char *buf;
	ssize_t len; /* 0: end of the stream; -1: see err */
};

struct pipeline {
	pthread_t thread;
	bool started;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct block ring[BLOCKS];
	unsigned head, tail; /* head: next to fill; tail: next to take; both only grow */
	bool taken;          /* the block at tail is with the consumer */
	bool stop;           /* the consumer has gone */
	/* the producer's own, until it has ended */
	struct inflate *in;
	struct hash *hash;
	struct tarscan *scan;
	uint64_t size;
	struct err err;
};

/* One block: inflate, then hash before anything parses it (threats.md M8), then scan. */
static ssize_t fill(struct pipeline *p, struct block *b)
{
	ssize_t n = inflate_read(p->in, b->buf, BLOCK_SIZE, &p->err);

	if (n < 0)
		return -1;
	if (!n) {
		size_t pad = tarscan_padding(p->scan);

		memset(b->buf, 0, pad); /* for the other reader; neither hashed nor counted */
		return pad ? (ssize_t)pad : tarscan_end(p->scan, &p->err);
	}
	hash_add(p->hash, b->buf, (size_t)n);
	p->size += (uint64_t)n;
	return tarscan_feed(p->scan, b->buf, (size_t)n, &p->err) < 0 ? -1 : n;
}

static bool wait_for_room(struct pipeline *p)
{
	bool go;

	pthread_mutex_lock(&p->lock);
	while (p->head - p->tail == BLOCKS && !p->stop)
		pthread_cond_wait(&p->changed, &p->lock);
	go = !p->stop;
	pthread_mutex_unlock(&p->lock);
	return go;
}

static void *produce(void *arg)
{
	struct pipeline *p = arg;

	while (wait_for_room(p)) {
		struct block *b = &p->ring[p->head % BLOCKS];
		ssize_t n = fill(p, b);

		pthread_mutex_lock(&p->lock);
		b->len = n;
		p->head++;
		pthread_cond_signal(&p->changed);
		pthread_mutex_unlock(&p->lock);
		if (n <= 0)
			break;
	}
	return NULL;
}

struct pipeline *pipeline_new(int fd, struct tarindex *index, struct err *err)
{
	struct pipeline *p = new0(struct pipeline);

	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->changed, NULL);
	for (size_t i = 0; i < BLOCKS; i++)
		p->ring[i].buf = xmalloc(BLOCK_SIZE);
	p->in = inflate_new(fd);
	p->hash = hash_new();
	p->scan = tarscan_new(index);
	p->started = !pthread_create(&p->thread, NULL, produce, p);
	if (p->started)
		return p;
	err_set(err, EK_SYSTEM, "unpack: cannot start a thread");
	pipeline_free(p);
	return NULL;
}

ssize_t pipeline_peek(struct pipeline *p, const void **ret, struct err *err)
{
	struct block *b;

	pthread_mutex_lock(&p->lock);
	while (p->head == p->tail)
		pthread_cond_wait(&p->changed, &p->lock);
	pthread_mutex_unlock(&p->lock);
	/* The last one stays where it is: asking again gives the same answer. */
	b = &p->ring[p->tail % BLOCKS];
	if (b->len < 0 && err)
		*err = p->err;
	*ret = b->buf;
	return b->len;
}

ssize_t pipeline_next(struct pipeline *p, const void **ret, struct err *err)
{
	ssize_t n;

	if (p->taken) {
		pthread_mutex_lock(&p->lock);
		p->tail++;
		pthread_cond_signal(&p->changed);
		pthread_mutex_unlock(&p->lock);
	}
	n = pipeline_peek(p, ret, err);
	p->taken = n > 0;
	return n;
}

int pipeline_finish(struct pipeline *p, struct digest *ret, uint64_t *ret_size, uint64_t *ret_entries,
	struct err *err)
{
	const void *data;
	ssize_t n;

	do
		n = pipeline_next(p, &data, err);
	while (n > 0);
	if (n < 0)
		return -1;
	hash_finish(p->hash, ret);
	*ret_size = p->size;
	*ret_entries = tarscan_entries(p->scan);
	return 0;
}

void pipeline_free(struct pipeline *p)
{
	if (!p)
		return;
	pthread_mutex_lock(&p->lock);
	p->stop = true;
	pthread_cond_signal(&p->changed);
	pthread_mutex_unlock(&p->lock);
	if (p->started)
		pthread_join(p->thread, NULL);
	for (size_t i = 0; i < BLOCKS; i++)
		free(p->ring[i].buf);
	inflate_free(p->in);
	hash_free(p->hash);
	tarscan_free(p->scan);
	pthread_cond_destroy(&p->changed);
	pthread_mutex_destroy(&p->lock);
	free(p);
}
