#include "storage/image_name.h"

#include <stdio.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/id.h"

#define IMAGES "../images/"  /* seen from names/ */
#define ASKED  "../images/./" /* the same place: a reference by digest that somebody asked for */

bool image_name_file(const char *name, char ret[IMAGE_NAME_MAX + 1])
{
	size_t n = strlen(name);

	if (!n || n > IMAGE_NAME_MAX || name[0] == '.' || strchr(name, '+'))
		return false;
	for (size_t i = 0; i <= n; i++)
		ret[i] = name[i] == '/' ? '+' : name[i];
	return true;
}

char *image_name_text(const char *file)
{
	char *s = xstrdup(file);

	for (char *p = s; *p; p++)
		if (*p == '+')
			*p = '/';
	return s;
}

void image_record_file(const char *id, char ret[IMAGE_RECORD_FILE])
{
	snprintf(ret, IMAGE_RECORD_FILE, "%.64s.json", id);
}

bool image_record_id(const char *file, char ret_id[65])
{
	if (strlen(file) != IMAGE_RECORD_FILE - 1 || !ends_with(file, ".json"))
		return false;
	memcpy(ret_id, file, 64);
	ret_id[64] = '\0';
	return id_is_full(ret_id);
}

void image_name_target(const char *id, bool asked, char ret[IMAGE_TARGET_MAX])
{
	snprintf(ret, IMAGE_TARGET_MAX, "%s%.64s.json", asked ? ASKED : IMAGES, id);
}

bool image_name_id(int names_fd, const char *file, char ret_id[65], bool *ret_name)
{
	char target[IMAGE_TARGET_MAX];
	ssize_t n = readlinkat(names_fd, file, target, sizeof(target) - 1);
	bool asked;

	if (n < 0)
		return false;
	target[n] = '\0';
	errno = EINVAL;
	if (strncmp(target, IMAGES, strlen(IMAGES)) != 0)
		return false;
	asked = !strncmp(target, ASKED, strlen(ASKED));
	if (ret_name)
		*ret_name = asked || !strchr(file, '@');
	return image_record_id(target + strlen(asked ? ASKED : IMAGES), ret_id);
}
