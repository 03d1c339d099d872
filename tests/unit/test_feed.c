/* links: libstorage.a libcommon.a -lcrypto -lzstd -lz -lisal -ljson-c -lpthread */
/* test_feed.c - all bytes come through in their order, whatever the pieces; none is overwritten while it is read; the ends
 * hear of each other's; the reader can neither write to the memory nor change its size. */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/fd.h"
#include "storage/feed.h"
#include "storage/inflate.h"
#include "tests/unit/tap.h"

#define TOTAL ((size_t)FEED_SLOTS * FEED_SLOT * 5 + 12345)

static struct feed feed;
static struct feed_reader reader;

static void begin(bool nonblock)
{
	struct feed_fds f = FEED_FDS_INIT;

	if (feed_make(&f) < 0 || feed_map(&feed, f.pipe[1], f.mem) < 0 || feed_reader_map(&reader, f.pipe[0], f.mem_read) < 0)
		abort();
	fd_close(f.mem);
	fd_set_nonblock(feed.pipe, nonblock);
}

static void end(void)
{
	feed_close(&feed);
	fd_closep(&reader.pipe);
	munmap((void *)reader.mem, (size_t)FEED_SLOTS * FEED_SLOT);
}

static unsigned char byte_at(size_t i)
{
	return (unsigned char)(i ^ i >> 8 ^ i >> 16);
}

static void fill(unsigned char *to, size_t at, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] = byte_at(at + i);
}

/* As pull_layers.c does it, but blocking. */
static void *write_all(void *arg)
{
	unsigned char buf[FEED_SLOT];
	unsigned seed = 1;

	(void)arg;
	for (size_t at = 0, n; at < TOTAL; at += n) {
		n = MIN_OF(1 + (size_t)rand_r(&seed) % FEED_SLOT, TOTAL - at);
		fill(buf, at, n);
		feed_add(&feed, buf, n);
		if (feed_tell(&feed, false) < 0)
			return NULL;
	}
	(void)!feed_tell(&feed, true);
	fd_closep(&feed.pipe);
	return NULL;
}

static bool is_right(const unsigned char *p, size_t at, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != byte_at(at + i))
			return false;
	return true;
}

/* Each slot is looked at when it comes, and again when the writer had time to go on. */
static size_t read_slowly(void)
{
	const unsigned char *p;
	size_t at = 0;
	ssize_t n;

	while ((n = feed_next(&reader, &p)) > 0) {
		bool right = is_right(p, at, (size_t)n);

		usleep(2000);
		if (!right || !is_right(p, at, (size_t)n))
			return 0;
		at += (size_t)n;
	}
	return n < 0 ? 0 : at;
}

static void test_bytes(void)
{
	pthread_t t;

	begin(false);
	if (pthread_create(&t, NULL, write_all, NULL))
		abort();
	TAP_OK(read_slowly() == TOTAL, "every byte once, in order, still there while it is read");
	fd_closep(&reader.pipe); /* should it not have read all */
	pthread_join(t, NULL);
	end();
}

static void test_full(void)
{
	static unsigned char buf[FEED_SLOT];
	const unsigned char *p;
	size_t at = 0;
	ssize_t n = 0;
	bool right = true;

	begin(true);
	for (; !feed_waits(&feed) && at < TOTAL; at += sizeof(buf)) {
		fill(buf, at, sizeof(buf));
		feed_add(&feed, buf, sizeof(buf));
		(void)!feed_tell(&feed, false);
	}
	TAP_OK(feed.told == FEED_IN_FLIGHT, "a reader that does nothing is told of %u slots", FEED_IN_FLIGHT);
	right &= (n = feed_next(&reader, &p)) == FEED_SLOT; /* and holds this one */
	(void)!feed_tell(&feed, false);
	for (; feed.full - feed.told < FEED_WAITING - 1 || feed.len < FEED_SLOT - 4096; at += 4096) {
		fill(buf, at, 4096);
		feed_add(&feed, buf, 4096);
	}
	/* the most that may be added, when the least room is left */
	fill(buf, at, FEED_SLOT);
	TAP_OK(!feed_is_full(&feed), "it is not full before %u wait", FEED_WAITING);
	feed_add(&feed, buf, FEED_SLOT);
	TAP_OK(feed_is_full(&feed) && feed.full == FEED_IN_FLIGHT + 1 + FEED_WAITING, "and is then");
	at = 0;
	do {
		right &= is_right(p, at, FEED_SLOT);
		at += FEED_SLOT;
	} while (feed_tell(&feed, false) != -EPIPE && at < (size_t)feed.full * FEED_SLOT &&
		(n = feed_next(&reader, &p)) == FEED_SLOT);
	TAP_OK(right && n == FEED_SLOT && !feed_waits(&feed), "and all came as they were");
	end();
}

static void test_ends(void)
{
	const unsigned char *p;

	begin(true);
	feed_add(&feed, "abc", 3);
	TAP_OK(feed_tell(&feed, false) == 0 && feed_tell(&feed, true) == 0, "a part of a slot is told of at the end");
	fd_closep(&feed.pipe);
	TAP_OK(feed_next(&reader, &p) == 3 && !memcmp(p, "abc", 3) && feed_next(&reader, &p) == 0, "and then comes the end");
	end();

	begin(true);
	fd_closep(&reader.pipe);
	for (size_t i = 0; i < FEED_SLOT; i += 4096)
		feed_add(&feed, "x", 1), feed_put(&feed, 4095);
	TAP_OK(feed_tell(&feed, false) == -EPIPE, "a reader that has gone is noticed");
	feed_put(&feed, FEED_SLOT);
	TAP_OK(feed_tell(&feed, false) == 0 && !feed_waits(&feed) && feed_tell(&feed, true) == 0, "once");
	end();
}

static void test_reader_is_bound(void)
{
	struct feed_fds f = FEED_FDS_INIT;
	const unsigned char *p;
	uint32_t big = FEED_SLOT + 1;

	begin(true);
	TAP_OK(mprotect((void *)reader.mem, 4096, PROT_READ | PROT_WRITE) < 0 && errno == EACCES, "its memory stays read-only");
	TAP_OK(write(feed.pipe, &big, sizeof(big)) == 4 && feed_next(&reader, &p) == -EPROTO, "no length beyond a slot is believed");
	TAP_OK(write(feed.pipe, "abc", 3) == 3 && feed_next(&reader, &p) == -EPROTO, "nor half of one");
	end();

	if (feed_make(&f) < 0)
		abort();
	TAP_OK(ftruncate(f.mem, 0) < 0 && errno == EPERM, "nobody changes the memory's size");
	TAP_OK(ftruncate(f.mem_read, 0) < 0 && write(f.mem_read, "x", 1) < 0, "its descriptor writes nothing");
	fd_close(f.pipe[0]);
	fd_close(f.pipe[1]);
	fd_close(f.mem);
	fd_close(f.mem_read);
}

/* Plain bytes through the feed are what inflate.h gives. */
static void test_inflate(void)
{
	unsigned char got[3000];
	struct err err = ERR_INIT;
	struct inflate *in;
	size_t at = 0;
	ssize_t n;
	pthread_t t;
	bool right = true;

	begin(false);
	in = inflate_new_feed(&reader);
	if (pthread_create(&t, NULL, write_all, NULL))
		abort();
	while ((n = inflate_read(in, got, sizeof(got), &err)) > 0) {
		right &= is_right(got, at, (size_t)n);
		at += (size_t)n;
	}
	TAP_OK(n == 0 && right && at == TOTAL, "inflate reads a feed to its end");
	fd_closep(&reader.pipe);
	pthread_join(t, NULL);
	inflate_free(in);
	end();
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	test_bytes();
	test_full();
	test_ends();
	test_reader_is_bound();
	test_inflate();
	return tap_done();
}
