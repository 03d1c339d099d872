#include <fcntl.h>

#include "podlite/engine/create_value.h"

#define FD_MAX 63 /* bits of the mask, and what one message carries */

/* Our own descriptors, of the store for one, all close on exec; what the caller left open for us does not. */
static int add(const char *option, int64_t fd, uint64_t *ret, struct err *err)
{
	int flags = fcntl((int)fd, F_GETFD);

	if (flags < 0 || flags & FD_CLOEXEC)
		return err_set(err, EK_USAGE, "file descriptor %lld is not available - the %s option requires that file descriptors must be passed",
			(long long)fd, option);
	*ret |= UINT64_C(1) << fd;
	return 0;
}

int create_fds_parse(const char *count, const struct svec *numbers, uint64_t *ret, struct err *err)
{
	int64_t n = 0, fd = 0;

	*ret = 0;
	if (count && create_number_parse("preserve-fds", count, 0, FD_MAX - 2, &n, err) < 0)
		return -1;
	for (int64_t i = 3; i < 3 + n; i++)
		if (add("preserve-fds", i, ret, err) < 0)
			return -1;
	for (size_t i = 0; i < numbers->n; i++)
		if (create_number_parse("preserve-fd", numbers->v[i], 3, FD_MAX, &fd, err) < 0 || add("preserve-fd", fd, ret, err) < 0)
			return -1;
	return 0;
}
