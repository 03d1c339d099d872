#include "storage/partial.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/lock.h"
#include "common/log.h"
#include "common/units.h"

#define PREFIX    "partial-"
#define BLOCK_MAX (1ull << 20) /* what of a file is either there or a hole is no larger */

static void file_name(const char *hex, char ret[80])
{
	snprintf(ret, 80, PREFIX "%.64s", hex);
}

/* ---- one, in use ---- */

static bool has_room(const struct store *s, uint64_t need)
{
	uint64_t room;

	return fs_room(s->fd, &room) == 0 && need <= room / PARTIAL_ROOM;
}

/* What cannot be removed now is empty for the next sweep. */
static void unlink_it(struct partial *p)
{
	char name[80];

	file_name(p->blob.hex, name);
	if (p->named && unlinkat(p->store->cache, name, 0) < 0 && ftruncate(p->fd, 0) < 0)
		log_debug("%s/cache/%s: cannot be removed: %s", p->store->root, name, strerror(errno));
	p->named = false;
}

/* More than the blob has cannot be its beginning. */
static int measure(struct partial *p, uint64_t blob_size)
{
	struct stat st;

	if (fstat(p->fd, &st) < 0)
		return -errno;
	p->size = (uint64_t)st.st_size;
	if (p->size <= blob_size)
		return 0;
	p->size = 0;
	return ftruncate(p->fd, 0) < 0 ? -errno : 0;
}

static void give_up(struct partial *p, int r)
{
	log_debug("blob %.12s: nothing is kept of it: %s", p->blob.hex, strerror(-r));
	partial_drop(p);
}

void partial_open(struct store *s, const struct digest *blob, uint64_t blob_size, uint64_t need, struct partial *p)
{
	char name[80];
	int r;

	*p = (struct partial){.store = s, .blob = *blob, .fd = -1, .keep = has_room(s, need)};
	file_name(blob->hex, name);
	if (blob_size < PARTIAL_MIN || (!p->keep && !fs_exists(s->cache, name)))
		return;
	r = p->fd = lock_open(s->cache, name, LOCK_EXCLUSIVE_, false);
	p->named = r >= 0;
	if (r >= 0)
		r = measure(p, blob_size);
	if (r < 0)
		give_up(p, r);
	/* read it all the same, but give the room back as soon as that is done */
	else if (!p->keep)
		unlink_it(p);
}

/* Where the bytes that begin there end. A hole that begins elsewhere than at a PARTIAL_PART was being filled: then the end of
 * the last block may be zeros. */
static uint64_t find_end(const struct partial *p, uint64_t begin)
{
	off_t end = lseek(p->fd, (off_t)begin, SEEK_HOLE);

	if (end < 0 || (uint64_t)end >= p->size)
		return p->size;
	return (uint64_t)end % PARTIAL_PART ? ((uint64_t)end - 1) & ~(BLOCK_MAX - 1) : (uint64_t)end;
}

bool partial_find(const struct partial *p, uint64_t at, uint64_t *ret_begin, uint64_t *ret_end)
{
	uint64_t from = at;

	while (p->fd >= 0 && from < p->size) {
		off_t begin = lseek(p->fd, (off_t)from, SEEK_DATA);

		if (begin < 0)
			return false;
		*ret_begin = (uint64_t)begin;
		*ret_end = find_end(p, (uint64_t)begin);
		if (*ret_end > *ret_begin && (*ret_begin == at || *ret_end - *ret_begin >= PARTIAL_MIN))
			return true;
		from = MAX_OF(*ret_end, *ret_begin) + BLOCK_MAX;
	}
	return false;
}

ssize_t partial_read(const struct partial *p, uint64_t at, void *buf, size_t n)
{
	ssize_t r;

	do {
		r = pread(p->fd, buf, n, (off_t)at);
	} while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : r;
}

void partial_add(struct partial *p, uint64_t at, const void *data, size_t n)
{
	int r;

	if (p->fd < 0 || !p->keep || at + n > PARTIAL_BYTES)
		return;
	r = fd_pwrite_all(p->fd, data, n, (off_t)at);
	if (r < 0)
		give_up(p, r);
	else
		p->size = MAX_OF(p->size, at + n);
}

void partial_close(struct partial *p)
{
	if (!p->size)
		unlink_it(p);
	fd_closep(&p->fd);
	p->size = 0;
}

void partial_drop(struct partial *p)
{
	p->size = 0;
	partial_close(p);
}

/* ---- all of them ---- */

static bool look_at(struct store *s, const char *name, struct partial_info *ret)
{
	auto_fd int fd = fd_open(s->cache, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return false;
	ret->bytes = (uint64_t)st.st_blocks * 512;
	ret->written_ns = st.st_mtim.tv_sec * 1000000000ll + st.st_mtim.tv_nsec;
	ret->busy = lock_is_held(fd) != 0;
	memcpy(ret->hex, name + strlen(PREFIX), sizeof(ret->hex));
	return true;
}

int partial_list(struct store *s, struct partial_info **ret, size_t *ret_n, struct err *err)
{
	auto_dir DIR *dir = fs_dir(fd_open_dir(s->cache, "."));
	struct partial_info *v = NULL, one;
	size_t n = 0;
	const char *name;
	struct digest d;

	if (!dir)
		return err_sys(err, "open %s/cache", s->root);
	while ((name = fs_dir_next(dir))) {
		if (strncmp(name, PREFIX, strlen(PREFIX)) || !digest_from_hex(name + strlen(PREFIX), &d) || !look_at(s, name, &one))
			continue;
		if (!(n & (n - 1)))
			v = xrealloc(v, n ? n * 2 : 1, sizeof(*v));
		v[n++] = one;
	}
	*ret = v;
	*ret_n = n;
	return 0;
}

bool partial_remove(struct store *s, const char *hex)
{
	char name[80];
	int fd;

	file_name(hex, name);
	if (!fs_exists(s->cache, name))
		return true;
	fd = lock_open(s->cache, name, LOCK_EXCLUSIVE_, false);
	if (fd < 0)
		return false;
	unlinkat(s->cache, name, 0); /* before its lock goes, so that no pull takes it meanwhile */
	fd_close(fd);
	return !fs_exists(s->cache, name);
}

void partial_clear(struct store *s, struct svec *ret)
{
	struct partial_info *v = NULL;
	size_t n = 0;

	if (partial_list(s, &v, &n, NULL) < 0)
		return;
	for (size_t i = 0; i < n; i++)
		if (partial_remove(s, v[i].hex) && ret)
			svec_add(ret, v[i].hex);
	free(v);
}

static int newest_first(const void *a, const void *b)
{
	int64_t x = ((const struct partial_info *)a)->written_ns, y = ((const struct partial_info *)b)->written_ns;

	return (x < y) - (x > y);
}

void partial_sweep(struct store *s)
{
	struct partial_info *v = NULL;
	uint64_t bytes = 0;
	int64_t now = units_now_ns();
	size_t n = 0, kept = 0;

	if (partial_list(s, &v, &n, NULL) < 0)
		return;
	if (n)
		qsort(v, n, sizeof(*v), newest_first);
	for (size_t i = 0; i < n; i++) {
		bool old = now - v[i].written_ns > PARTIAL_AGE_NS;

		bytes += v[i].bytes;
		kept++;
		if (!v[i].busy && (old || !v[i].bytes || kept > PARTIAL_NUMBER || bytes > PARTIAL_BYTES) && partial_remove(s, v[i].hex)) {
			bytes -= v[i].bytes;
			kept--;
		}
	}
	free(v);
}
