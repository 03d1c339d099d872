/* image_use.c - when an image was used: the time of its record. */
#include <fcntl.h>
#include <sys/stat.h>

#include "common/units.h"
#include "storage/image.h"
#include "storage/image_name.h"

#define USED_EVERY_NS (24 * 3600 * 1000000000ll)

int64_t image_used_ns(struct store *s, const char *id)
{
	struct stat st;
	char file[IMAGE_RECORD_FILE];

	image_record_file(id, file);
	if (fstatat(s->images, file, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	return units_timespec_ns(&st.st_mtim);
}

void image_used(struct store *s, const char *id)
{
	char file[IMAGE_RECORD_FILE];

	if (units_now_ns() - image_used_ns(s, id) < USED_EVERY_NS)
		return;
	image_record_file(id, file);
	utimensat(s->images, file, NULL, AT_SYMLINK_NOFOLLOW);
}
