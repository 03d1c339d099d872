/* links: libstorage.a libcommon.a -lcrypto -lzstd -lz -lisal -ljson-c */
/* test_flusher.c - the disk is told to write once there is much, not before, and nobody goes away under it. */
#include <stdatomic.h>
#include <fcntl.h>
#include <unistd.h>

#include "storage/flusher.h"
#include "tests/unit/tap.h"

static atomic_int syncs, under_way;

/* in the place of libc's */
int syncfs(int fd)
{
	(void)fd;
	under_way++;
	syncs++;
	usleep(100000);
	under_way--;
	return 0;
}

/* For up to ten seconds. */
static bool become(atomic_int *count, int want)
{
	for (int i = 0; i < 1000 && *count != want; i++)
		usleep(10000);
	return *count == want;
}

int main(void)
{
	struct flusher *f = flusher_new(AT_FDCWD);

	flusher_add(f, FLUSHER_STEP - 1);
	usleep(200000);
	TAP_OK(syncs == 0, "little is left to the last sync");
	flusher_add(f, 1);
	TAP_OK(become(&syncs, 1), "a step's worth is synced");
	TAP_OK(become(&under_way, 0) && syncs == 1, "once");
	flusher_add(f, FLUSHER_STEP);
	TAP_OK(become(&syncs, 2), "the next step, too");
	flusher_free(f);
	TAP_OK(under_way == 0, "a sync that runs is waited for");
	flusher_free(NULL);
	f = flusher_new(-1);
	flusher_add(f, FLUSHER_STEP);
	flusher_free(f);
	TAP_OK(syncs == 2, "without a directory there is nothing to sync");
	return tap_done();
}
