#include "common/remove.h"

#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"

#define MAX_HELPERS 15
#define PER_HELPER  4  /* jobs that wait before another one is started */
#define MAX_LEVELS  16 /* below, a directory moves up to the top and is met there: each level costs every thread a descriptor */
#define BATCH       32 /* names that are one job, if they fit */
#define BATCH_ROOM  2048
#define LISTING     16384
#define STACK       (256u << 10)

/* A directory. It stays open until all that is in it is gone. */
struct node {
	struct node *parent; /* NULL: the top of the tree, in struct remover's dirfd */
	int fd;
	unsigned depth;
	size_t left;         /* jobs and directories in it, and one while somebody lists it */
	char name[];
};

/* The names of some files, each ended by a zero; none: the directory is to be listed, or listed further. */
struct job {
	struct job *next;
	struct node *node;
	size_t n, used;
	char names[];
};

struct remover {
	int dirfd;
	dev_t dev;
	struct node *top;
	atomic_bool moved; /* directories came up into the top: their jobs are there already, wherever it is listed */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct job *jobs; /* last in, first out, so that few directories are open */
	size_t waiting;   /* how many those are */
	bool finished;
	_Atomic int error; /* the first one; from then on jobs are only taken apart */
	pthread_t helpers[MAX_HELPERS];
	size_t nhelpers;
};

static void *help(void *arg);

/* Signals are for who called. */
static void start_helper(struct remover *r)
{
	pthread_attr_t attr;
	sigset_t all, old;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	if (pthread_create(&r->helpers[r->nhelpers], &attr, help, r) == 0)
		r->nhelpers++;
	pthread_attr_destroy(&attr);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

static void push(struct remover *r, struct job *j)
{
	pthread_mutex_lock(&r->lock);
	j->next = r->jobs;
	r->jobs = j;
	j->node->left++;
	r->waiting++;
	if (r->nhelpers < MAX_HELPERS && r->waiting > r->nhelpers * PER_HELPER + PER_HELPER)
		start_helper(r);
	pthread_cond_signal(&r->changed);
	pthread_mutex_unlock(&r->lock);
}

/* NULL: there is and will be nothing more to do. */
static struct job *pop(struct remover *r)
{
	struct job *j;

	pthread_mutex_lock(&r->lock);
	while (!r->jobs && !r->finished)
		pthread_cond_wait(&r->changed, &r->lock);
	j = r->jobs;
	if (j) {
		r->jobs = j->next;
		r->waiting--;
	}
	pthread_mutex_unlock(&r->lock);
	return j;
}

static void failed(struct remover *r, int error)
{
	int none = 0;

	atomic_compare_exchange_strong(&r->error, &none, error);
}

static bool goes_on(const struct remover *r)
{
	return !r->error;
}

static struct job *new_job(struct node *n, size_t room)
{
	struct job *j = xmalloc(sizeof(*j) + room);

	*j = (struct job){.node = n};
	return j;
}

static struct node *new_node(struct node *parent, const char *name)
{
	size_t size = strlen(name) + 1;
	struct node *n = xmalloc(sizeof(*n) + size);

	*n = (struct node){.parent = parent, .fd = -1, .depth = parent ? parent->depth + 1 : 0};
	memcpy(n->name, name, size);
	return n;
}

static int parent_fd(const struct remover *r, const struct node *n)
{
	return n->parent ? n->parent->fd : r->dirfd;
}

/* One thing less in n: the last one takes n along, and perhaps its parent. */
static void leave(struct remover *r, struct node *n)
{
	while (n) {
		struct node *parent = n->parent;
		bool last;

		pthread_mutex_lock(&r->lock);
		last = --n->left == 0;
		pthread_mutex_unlock(&r->lock);
		if (!last)
			return;
		fd_close(n->fd);
		if (goes_on(r) && unlinkat(parent_fd(r, n), n->name, AT_REMOVEDIR) < 0 && errno != ENOENT)
			failed(r, -errno);
		free(n);
		n = parent;
	}
	pthread_mutex_lock(&r->lock);
	r->finished = true;
	pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->lock);
}

/* ---- directories ---- */

/* 1: it is gone. */
static int open_node(const struct remover *r, struct node *n)
{
	n->fd = fs_open_doomed(parent_fd(r, n), n->name, r->dev);
	return n->fd == -ENOENT ? 1 : MIN_OF(n->fd, 0);
}

static int push_dir(struct remover *r, struct node *in, const char *name)
{
	struct node *parent = in;
	char temp[32];

	if (in->depth >= MAX_LEVELS) {
		int res;

		parent = r->top;
		r->moved = true;
		res = fs_move_up(in->fd, name, parent->fd, temp);
		if (res < 0)
			return res;
		name = temp;
	}
	pthread_mutex_lock(&r->lock);
	parent->left++;
	pthread_mutex_unlock(&r->lock);
	push(r, new_job(new_node(parent, name), 0));
	return 0;
}

static int remove_entry(struct remover *r, struct node *in, const char *name)
{
	int res = fs_unlink_one(in->fd, name);

	/* no types in this file system's listings, or it became one */
	return res == -EISDIR ? push_dir(r, in, name) : res;
}

static int remove_files(struct remover *r, struct job *j)
{
	const char *name = j->names;
	int res = 0;

	for (size_t i = 0; i < j->n && !res && goes_on(r); i++, name += strlen(name) + 1)
		res = remove_entry(r, j->node, name);
	return res;
}

/* What was collected goes to whoever is free. */
static void add_file(struct remover *r, struct node *in, struct job **batch, const char *name, size_t size)
{
	if (*batch && ((*batch)->n == BATCH || (*batch)->used + size > BATCH_ROOM))
		push(r, take_ptr(*batch));
	if (!*batch)
		*batch = new_job(in, MAX_OF(size, (size_t)BATCH_ROOM));
	memcpy((*batch)->names + (*batch)->used, name, size);
	(*batch)->used += size;
	(*batch)->n++;
}

static int remove_listed(struct remover *r, struct node *in, const char *list, size_t size)
{
	auto_free struct job *batch = NULL;
	int res = 0;

	for (size_t at = 0; at < size && !res;) {
		const struct dirent64 *d = (const void *)(list + at);
		const char *name = d->d_name;

		at += d->d_reclen;
		if (!strcmp(name, ".") || !strcmp(name, ".."))
			continue;
		if (in == r->top && r->moved && fs_is_temp(name))
			continue;
		if (d->d_type == DT_DIR)
			res = push_dir(r, in, name);
		else
			add_file(r, in, &batch, name, strlen(name) + 1);
	}
	return batch && !res ? remove_files(r, batch) : res;
}

/* A long listing is interrupted by what it brought: else names would pile up in memory. */
static int list_on(struct remover *r, struct node *n)
{
	_Alignas(struct dirent64) char list[LISTING];
	ssize_t got = 0;
	int res = 0;

	while (!res && goes_on(r) && (got = getdents64(n->fd, list, sizeof(list))) > 0) {
		bool more = (size_t)got > sizeof(list) / 2;

		if (more)
			push(r, new_job(n, 0));
		res = remove_listed(r, n, list, (size_t)got);
		if (more)
			return res;
	}
	return got < 0 ? -errno : res;
}

static int list_node(struct remover *r, struct node *n)
{
	int res = n->fd < 0 ? open_node(r, n) : 0;

	return res ? MIN_OF(res, 0) : list_on(r, n);
}

/* ---- all of it ---- */

static void work(struct remover *r)
{
	struct job *j;

	while ((j = pop(r))) {
		int res = 0;

		if (goes_on(r))
			res = j->n ? remove_files(r, j) : list_node(r, j->node);
		if (res < 0)
			failed(r, res);
		leave(r, j->node);
		free(j);
	}
}

static void *help(void *arg)
{
	work(arg);
	return NULL;
}

static int remove_dir(int dirfd, const char *name, dev_t dev)
{
	struct remover r = {.dirfd = dirfd, .dev = dev, .top = new_node(NULL, name)};

	pthread_mutex_init(&r.lock, NULL);
	pthread_cond_init(&r.changed, NULL);
	push(&r, new_job(r.top, 0));
	work(&r);
	for (size_t i = 0; i < r.nhelpers; i++)
		pthread_join(r.helpers[i], NULL);
	pthread_cond_destroy(&r.changed);
	pthread_mutex_destroy(&r.lock);
	/* one thread alone needs fewer of them; and what was there already with such a name as moved ones get is left */
	return r.error == -EMFILE || r.error == -ENFILE || r.error == -ENOTEMPTY ? fs_remove_tree(dirfd, name) : r.error;
}

int remove_tree(int dirfd, const char *name)
{
	int r = fs_unlink_one(dirfd, name);
	struct stat st;

	if (r != -EISDIR)
		return r;
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	return remove_dir(dirfd, name, st.st_dev);
}
