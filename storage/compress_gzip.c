#include "storage/compress_gzip.h"

#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <zlib.h>

#include "common/alloc.h"
#include "storage/compress.h"
#include "storage/deflate_block.h"

#define BLOCK       (512u << 10)
#define WINDOW      DEFLATE_WINDOW
#define MAX_THREADS 8

enum job_state { JOB_FREE, JOB_QUEUED, JOB_RUNNING, JOB_DONE };

struct job {
	unsigned char in[WINDOW + BLOCK]; /* dictionary at the end of the first part */
	size_t n, dict;
	unsigned char *out;
	size_t out_n;
	unsigned long crc;
	bool last;
	enum job_state state;
};

struct compress_gzip {
	int level;
	struct job **jobs;        /* a ring */
	size_t njobs;
	size_t fill, drain, take; /* counters: being filled, to be put out next, for the next free thread */
	unsigned char window[WINDOW];
	size_t window_n;
	unsigned long crc;
	uint64_t total;
	bool begun;
	pthread_mutex_t lock;
	pthread_cond_t work, done;
	pthread_t threads[MAX_THREADS];
	size_t nthreads;
	bool stop;
};

static void run_job(struct job *j, struct deflate_block *d)
{
	j->out_n = deflate_block_run(d, j->in + WINDOW, j->n, j->dict, j->last, j->out);
	j->crc = deflate_block_crc(j->in + WINDOW, j->n);
}

static void *thread(void *arg)
{
	struct compress_gzip *g = arg;
	struct deflate_block *d = deflate_block_new(g->level);

	pthread_mutex_lock(&g->lock);
	for (;;) {
		struct job *j = g->jobs[g->take % g->njobs];

		if (g->stop)
			break;
		if (g->take == g->fill || j->state != JOB_QUEUED) {
			pthread_cond_wait(&g->work, &g->lock);
			continue;
		}
		j->state = JOB_RUNNING;
		g->take++;
		pthread_mutex_unlock(&g->lock);
		run_job(j, d);
		pthread_mutex_lock(&g->lock);
		j->state = JOB_DONE;
		pthread_cond_signal(&g->done);
	}
	pthread_mutex_unlock(&g->lock);
	deflate_block_free(d);
	return NULL;
}

/* ---- the stream ---- */

size_t compress_processors(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return 1;
	return MIN_OF((size_t)CPU_COUNT(&set), (size_t)MAX_THREADS);
}

static struct job *new_job(void)
{
	struct job *j = new0(struct job);

	j->out = xmalloc(deflate_block_bound(BLOCK));
	return j;
}

struct compress_gzip *compress_gzip_new(int level, unsigned beside)
{
	struct compress_gzip *g = new0(struct compress_gzip);
	size_t all = compress_processors(), want = MAX_OF(all / beside, MIN_OF(all, (size_t)2)); /* the last one is alone */

	g->level = level;
	g->njobs = want + 2;
	g->jobs = xcalloc(g->njobs, sizeof(*g->jobs));
	for (size_t i = 0; i < g->njobs; i++)
		g->jobs[i] = new_job();
	g->crc = crc32(0, NULL, 0);
	pthread_mutex_init(&g->lock, NULL);
	pthread_cond_init(&g->work, NULL);
	pthread_cond_init(&g->done, NULL);
	while (g->nthreads < want && pthread_create(&g->threads[g->nthreads], NULL, thread, g) == 0)
		g->nthreads++;
	return g;
}

/* The oldest block: waits for it, puts it out. */
static int drain_one(struct compress_gzip *g, compress_out out, void *arg, struct err *err)
{
	static const unsigned char head[10] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255};
	struct job *j = g->jobs[g->drain % g->njobs];

	pthread_mutex_lock(&g->lock);
	while (j->state != JOB_DONE)
		pthread_cond_wait(&g->done, &g->lock);
	j->state = JOB_FREE;
	g->drain++;
	pthread_mutex_unlock(&g->lock);
	g->crc = crc32_combine(g->crc, j->crc, (z_off_t)j->n);
	g->total += j->n;
	if (!g->begun && out(arg, head, sizeof(head), err) < 0)
		return -1;
	g->begun = true;
	return out(arg, j->out, j->out_n, err);
}

static void keep_window(struct compress_gzip *g, const struct job *j)
{
	size_t n = MIN_OF(j->n, (size_t)WINDOW);

	/* blocks but the last are whole, so one of them fills the window */
	memcpy(g->window, j->in + WINDOW + j->n - n, n);
	g->window_n = n;
}

static int submit(struct compress_gzip *g, bool last, compress_out out, void *arg, struct err *err)
{
	struct job *j = g->jobs[g->fill % g->njobs];

	j->dict = g->window_n;
	memcpy(j->in + WINDOW - j->dict, g->window, j->dict);
	j->last = last;
	keep_window(g, j);
	pthread_mutex_lock(&g->lock);
	j->state = JOB_QUEUED;
	g->fill++;
	pthread_cond_signal(&g->work);
	pthread_mutex_unlock(&g->lock);
	if (!g->nthreads) { /* none could be started: here, then */
		struct deflate_block *d = deflate_block_new(g->level);

		run_job(j, d);
		deflate_block_free(d);
		j->state = JOB_DONE;
	}
	if (g->fill - g->drain == g->njobs && drain_one(g, out, arg, err) < 0)
		return -1;
	g->jobs[g->fill % g->njobs]->n = 0;
	return 0;
}

int compress_gzip_add(struct compress_gzip *g, const void *data, size_t n, compress_out out, void *arg, struct err *err)
{
	const unsigned char *p = data;

	while (n) {
		struct job *j = g->jobs[g->fill % g->njobs];
		size_t part = MIN_OF(n, BLOCK - j->n);

		memcpy(j->in + WINDOW + j->n, p, part);
		j->n += part;
		p += part;
		n -= part;
		if (j->n == BLOCK && submit(g, false, out, arg, err) < 0)
			return -1;
	}
	return 0;
}

static void put32(unsigned char *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (unsigned char)(v >> (8 * i));
}

int compress_gzip_end(struct compress_gzip *g, compress_out out, void *arg, struct err *err)
{
	unsigned char tail[8];

	if (submit(g, true, out, arg, err) < 0)
		return -1;
	while (g->drain < g->fill)
		if (drain_one(g, out, arg, err) < 0)
			return -1;
	put32(tail, (uint32_t)g->crc);
	put32(tail + 4, (uint32_t)g->total);
	return out(arg, tail, sizeof(tail), err);
}

void compress_gzip_free(struct compress_gzip *g)
{
	if (!g)
		return;
	pthread_mutex_lock(&g->lock);
	g->stop = true;
	pthread_cond_broadcast(&g->work);
	pthread_mutex_unlock(&g->lock);
	for (size_t i = 0; i < g->nthreads; i++)
		pthread_join(g->threads[i], NULL);
	for (size_t i = 0; i < g->njobs; i++) {
		free(g->jobs[i]->out);
		free(g->jobs[i]);
	}
	free(g->jobs);
	pthread_mutex_destroy(&g->lock);
	pthread_cond_destroy(&g->work);
	pthread_cond_destroy(&g->done);
	free(g);
}
