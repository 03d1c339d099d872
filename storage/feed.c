#include "storage/feed.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"

#define MEM_SIZE ((size_t)FEED_SLOTS * FEED_SLOT)

/* ---- both ends ---- */

static int make_pipe(int fds[2])
{
	const int most = FEED_IN_FLIGHT * (int)sysconf(_SC_PAGESIZE); /* a packet takes a page */
	int r = fd_pipe(fds), size;

	if (r < 0)
		return r;
	if (fcntl(fds[1], F_SETFL, O_DIRECT) < 0)
		return -errno;
	(void)!fcntl(fds[1], F_SETPIPE_SZ, most); /* a user with many pipes has smaller ones */
	size = fcntl(fds[1], F_GETPIPE_SZ);
	if (size < 0)
		return -errno;
	return size > most ? -EINVAL : 0; /* slots would be filled again while they are read */
}

int feed_make(struct feed_fds *f)
{
	auto_free char *path = NULL;
	int r = make_pipe(f->pipe);

	if (r < 0)
		return r;
	f->mem = fd_memfd("podlite-feed", MFD_ALLOW_SEALING);
	if (f->mem < 0)
		return f->mem;
	if (ftruncate(f->mem, (off_t)MEM_SIZE) < 0 ||
		fcntl(f->mem, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
		return -errno;
	path = xasprintf("/proc/self/fd/%d", f->mem);
	f->mem_read = fd_open(AT_FDCWD, path, O_RDONLY, 0);
	return f->mem_read < 0 ? f->mem_read : 0;
}

static int map(int mem, int prot, void **ret)
{
	void *p = mmap(NULL, MEM_SIZE, prot, MAP_SHARED, mem, 0);

	if (p == MAP_FAILED)
		return -errno;
	*ret = p;
	return 0;
}

/* ---- the writer ---- */

int feed_map(struct feed *f, int pipe, int mem)
{
	void *p;
	int r = map(mem, PROT_READ | PROT_WRITE, &p);

	if (r < 0)
		return r;
	*f = (struct feed){.pipe = pipe, .mem = p};
	return 0;
}

static char *slot_of(char *mem, unsigned n)
{
	return mem + (size_t)(n % FEED_SLOTS) * FEED_SLOT;
}

void *feed_room(struct feed *f, size_t *ret)
{
	*ret = FEED_SLOT - f->len;
	return slot_of(f->mem, f->full) + f->len;
}

void feed_put(struct feed *f, size_t n)
{
	f->len += n;
	if (f->len < FEED_SLOT)
		return;
	f->len = 0;
	f->full++;
}

void feed_add(struct feed *f, const void *data, size_t n)
{
	while (n) {
		size_t room, part;
		char *to = feed_room(f, &room);

		part = MIN_OF(n, room);
		memcpy(to, data, part);
		feed_put(f, part);
		data = (const char *)data + part;
		n -= part;
	}
}

static int tell_one(struct feed *f)
{
	uint32_t len = f->last && f->told + 1 == f->full ? (uint32_t)f->last : FEED_SLOT;

	return fd_write_all(f->pipe, &len, sizeof(len));
}

int feed_tell(struct feed *f, bool last)
{
	int r = 0;

	if (last && f->len) {
		f->last = f->len;
		f->len = 0;
		f->full++;
	}
	while (f->pipe >= 0 && feed_waits(f) && !(r = tell_one(f)))
		f->told++;
	if (r == -EAGAIN)
		return r;
	f->told = f->full;
	if (r < 0)
		fd_closep(&f->pipe);
	return r;
}

void feed_close(struct feed *f)
{
	fd_closep(&f->pipe);
	if (f->mem)
		munmap(f->mem, MEM_SIZE);
	*f = (struct feed)FEED_INIT;
}

/* ---- the reader ---- */

int feed_reader_map(struct feed_reader *r, int pipe, int mem)
{
	void *p;
	int e = map(mem, PROT_READ, &p);

	fd_close(mem);
	if (e < 0)
		return e;
	*r = (struct feed_reader){.pipe = pipe, .mem = p};
	return 0;
}

ssize_t feed_next(struct feed_reader *r, const unsigned char **ret)
{
	uint32_t len = 0;
	ssize_t n = fd_read_some(r->pipe, &len, sizeof(len));

	if (n <= 0)
		return n;
	if (n != (ssize_t)sizeof(len) || !len || len > FEED_SLOT)
		return -EPROTO;
	*ret = r->mem + (size_t)(r->slot++ % FEED_SLOTS) * FEED_SLOT;
	return (ssize_t)len;
}
