#include "storage/check.h"

int check_run(const struct check *c, struct err *err)
{
	if (check_images(c, err) < 0 || check_layers(c, err) < 0 || check_volumes(c, err) < 0)
		return -1;
	return check_leftovers(c, err);
}
