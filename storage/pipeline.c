#include "storage/pipeline.h"

#include <pthread.h>
#include <string.h>

#include "common/alloc.h"
#include "common/crc32c.h"
#include "common/hash.h"
#include "storage/inflate.h"
#include "storage/tarscan.h"

#define BLOCK_SIZE (256u << 10)
#define MAX_BLOCKS 32
#define ALL_BLOCKS 96 /* of all that run at once: 24 MiB */

struct block {
	char *buf;
	ssize_t len;
};

/* A block goes from the inflater to the checker and on to the consumer. */
struct pipeline {
	pthread_t threads[2];
	size_t nthreads;
	pthread_mutex_t lock;
	pthread_cond_t room, to_check, to_take; /* what the inflater, the checker and the consumer wait for */
	struct block ring[MAX_BLOCKS];
	unsigned blocks;                        /* of the ring, as many as are used */
	unsigned inflated, checked, tail; /* the next for each of the three; all only grow */
	bool taken;                       /* the block at tail is with the consumer */
	bool ended;                       /* nothing comes after the checked ones; failed: for what is in err */
	bool failed;
	bool stop;                        /* the consumer has gone */
	/* the inflater's own, until the last block */
	struct inflate *in;
	struct err inflate_err;
	/* the checker's own, until it has ended */
	struct err err;
	struct hash *hash;
	struct tarscan *scan;
	uint64_t size;
	uint32_t sum;
};

/* Go on with the next block when there is one: *count has not reached limit blocks before (or behind) *other. False: there
 * is nobody to work for. */
static bool next_block(struct pipeline *p, pthread_cond_t *cond, const unsigned *count, const unsigned *other, unsigned limit)
{
	bool go;

	pthread_mutex_lock(&p->lock);
	while (*count - *other == limit && !p->stop)
		pthread_cond_wait(cond, &p->lock);
	go = !p->stop;
	pthread_mutex_unlock(&p->lock);
	return go;
}

/* The block is now of who waits for cond. */
static void count_block(struct pipeline *p, unsigned *count, pthread_cond_t *cond)
{
	pthread_mutex_lock(&p->lock);
	++*count;
	pthread_cond_signal(cond);
	pthread_mutex_unlock(&p->lock);
}

/* The inflater goes on when half of the ring is free: to wake it for each block would cost as much as the block. */
static void count_taken(struct pipeline *p)
{
	pthread_mutex_lock(&p->lock);
	p->tail++;
	if (p->inflated - p->tail <= p->blocks / 2)
		pthread_cond_signal(&p->room);
	pthread_mutex_unlock(&p->lock);
}

static void *inflater(void *arg)
{
	struct pipeline *p = arg;
	ssize_t n = 1;

	while (n > 0 && next_block(p, &p->room, &p->inflated, &p->tail, p->blocks)) {
		struct block *b = &p->ring[p->inflated % p->blocks];

		b->len = n = inflate_read(p->in, b->buf, BLOCK_SIZE, &p->inflate_err);
		count_block(p, &p->inflated, &p->to_check);
	}
	return NULL;
}

/* Hashed before anything parses it (threats.md M8), then scanned. */
static int check(struct pipeline *p, const struct block *b)
{
	hash_add(p->hash, b->buf, (size_t)b->len);
	p->sum = crc32c_add(p->sum, b->buf, (size_t)b->len);
	p->size += (uint64_t)b->len;
	return tarscan_feed(p->scan, b->buf, (size_t)b->len, &p->err);
}

/* The stream has ended. What its tar lacks goes to the other reader in the place of this block, which has no bytes;
 * it is neither hashed nor counted. */
static int check_end(struct pipeline *p, struct block *b)
{
	b->len = (ssize_t)tarscan_padding(p->scan);
	memset(b->buf, 0, (size_t)b->len);
	if (b->len)
		count_block(p, &p->checked, &p->to_take);
	return tarscan_end(p->scan, &p->err);
}

static void *checker(void *arg)
{
	struct pipeline *p = arg;
	ssize_t n = 1;
	int r = 0;

	while (n > 0 && r == 0) {
		struct block *b = &p->ring[p->checked % p->blocks];

		if (!next_block(p, &p->to_check, &p->checked, &p->inflated, 0))
			return NULL;
		n = b->len;
		r = n < 0 ? err_take(&p->err, &p->inflate_err) : n ? check(p, b) : check_end(p, b);
		if (n > 0 && r == 0)
			count_block(p, &p->checked, &p->to_take);
	}
	pthread_mutex_lock(&p->lock);
	p->ended = true;
	p->failed = r < 0;
	pthread_cond_signal(&p->to_take);
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

struct pipeline *pipeline_new(struct inflate *in, struct tarindex *index, unsigned beside, struct err *err)
{
	void *(*const work[])(void *) = {inflater, checker};
	struct pipeline *p = new0(struct pipeline);

	p->blocks = MAX_OF(MIN_OF(ALL_BLOCKS / MAX_OF(beside, 1u), MAX_BLOCKS), 2);
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->room, NULL);
	pthread_cond_init(&p->to_check, NULL);
	pthread_cond_init(&p->to_take, NULL);
	for (size_t i = 0; i < p->blocks; i++)
		p->ring[i].buf = xmalloc(BLOCK_SIZE);
	p->in = in;
	p->hash = hash_new();
	p->scan = tarscan_new(index);
	while (p->nthreads < 2 && !pthread_create(&p->threads[p->nthreads], NULL, work[p->nthreads], p))
		p->nthreads++;
	if (p->nthreads == 2)
		return p;
	err_set(err, EK_SYSTEM, "unpack: cannot start a thread");
	pipeline_free(p);
	return NULL;
}

ssize_t pipeline_peek(struct pipeline *p, const void **ret, struct err *err)
{
	struct block *b = &p->ring[p->tail % p->blocks];
	bool more;

	pthread_mutex_lock(&p->lock);
	while (p->checked == p->tail && !p->ended)
		pthread_cond_wait(&p->to_take, &p->lock);
	more = p->checked != p->tail;
	pthread_mutex_unlock(&p->lock);
	*ret = b->buf;
	if (more)
		return b->len;
	if (p->failed && err)
		*err = p->err;
	return p->failed ? -1 : 0;
}

ssize_t pipeline_next(struct pipeline *p, const void **ret, struct err *err)
{
	ssize_t n;

	if (p->taken)
		count_taken(p);
	n = pipeline_peek(p, ret, err);
	p->taken = n > 0;
	return n;
}

int pipeline_finish(struct pipeline *p, struct pipeline_total *ret, struct err *err)
{
	const void *data;
	ssize_t n;

	do
		n = pipeline_next(p, &data, err);
	while (n > 0);
	if (n < 0)
		return -1;
	*ret = (struct pipeline_total){.size = p->size, .entries = tarscan_entries(p->scan), .sum = p->sum};
	hash_finish(p->hash, &ret->digest);
	return 0;
}

void pipeline_free(struct pipeline *p)
{
	if (!p)
		return;
	pthread_mutex_lock(&p->lock);
	p->stop = true;
	pthread_cond_signal(&p->room);
	pthread_cond_signal(&p->to_check);
	pthread_mutex_unlock(&p->lock);
	while (p->nthreads)
		pthread_join(p->threads[--p->nthreads], NULL);
	for (size_t i = 0; i < p->blocks; i++)
		free(p->ring[i].buf);
	inflate_free(p->in);
	hash_free(p->hash);
	tarscan_free(p->scan);
	pthread_cond_destroy(&p->room);
	pthread_cond_destroy(&p->to_check);
	pthread_cond_destroy(&p->to_take);
	pthread_mutex_destroy(&p->lock);
	free(p);
}
