#include "storage/flusher.h"

#include <pthread.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"

struct flusher {
	int fd; /* its own: an error that it is told is not taken from another's sync */
	pthread_t thread;
	bool started;
	pthread_mutex_t lock;
	pthread_cond_t due;
	uint64_t bytes; /* since the last sync began */
	bool stop;
};

static bool wait_until_due(struct flusher *f)
{
	bool go;

	pthread_mutex_lock(&f->lock);
	while (f->bytes < FLUSHER_STEP && !f->stop)
		pthread_cond_wait(&f->due, &f->lock);
	f->bytes = 0;
	go = !f->stop;
	pthread_mutex_unlock(&f->lock);
	return go;
}

static void *run(void *arg)
{
	struct flusher *f = arg;

	while (wait_until_due(f))
		(void)!syncfs(f->fd);
	return NULL;
}

struct flusher *flusher_new(int dirfd)
{
	struct flusher *f = new0(struct flusher);

	f->fd = fd_open_dir(dirfd, ".");
	pthread_mutex_init(&f->lock, NULL);
	pthread_cond_init(&f->due, NULL);
	return f;
}

void flusher_add(struct flusher *f, size_t n)
{
	pthread_mutex_lock(&f->lock);
	f->bytes += n;
	if (f->bytes >= FLUSHER_STEP && !f->started && f->fd >= 0)
		f->started = !pthread_create(&f->thread, NULL, run, f);
	else if (f->bytes >= FLUSHER_STEP)
		pthread_cond_signal(&f->due);
	pthread_mutex_unlock(&f->lock);
}

void flusher_free(struct flusher *f)
{
	if (!f)
		return;
	pthread_mutex_lock(&f->lock);
	f->stop = true;
	pthread_cond_signal(&f->due);
	pthread_mutex_unlock(&f->lock);
	if (f->started)
		pthread_join(f->thread, NULL);
	pthread_mutex_destroy(&f->lock);
	pthread_cond_destroy(&f->due);
	fd_close(f->fd);
	free(f);
}
