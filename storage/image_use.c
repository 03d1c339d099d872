/* image_use.c - when an image was used: the time of its record. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "common/units.h"
#include "storage/image.h"

#define USED_EVERY_NS (24 * 3600 * 1000000000ll)

static void record_name(const char *id, char ret[80])
{
	snprintf(ret, 80, "%s.json", id);
}

int64_t image_used_ns(struct store *s, const char *id)
{
	struct stat st;
	char file[80];

	record_name(id, file);
	if (fstatat(s->images, file, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	return st.st_mtim.tv_sec * 1000000000ll + st.st_mtim.tv_nsec;
}

void image_used(struct store *s, const char *id)
{
	char file[80];

	if (units_now_ns() - image_used_ns(s, id) < USED_EVERY_NS)
		return;
	record_name(id, file);
	utimensat(s->images, file, NULL, AT_SYMLINK_NOFOLLOW);
}
