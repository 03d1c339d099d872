#include "podlite/engine/archive_fetch.h"

#include <string.h>
#include <unistd.h>

#include "common/fd.h"
#include "podlite/engine/archive_file.h"
#include "podlite/engine/transfer.h"

static int fetch(struct context *c, const char *url, bool quiet, struct err *err)
{
	struct request rq = {.op = (char *)"download", .name = (char *)url, .quiet = quiet, .progress = isatty(2),
		.retry = -1};
	int fd = fd_tmpfile(c->store.tmp, 0600);
	struct request_answer a;

	if (fd < 0)
		return err_neg(err, fd, "make a file to fetch %s into", url);
	if (transfer_ask_file(c, &rq, fd, &a, err) < 0) {
		close(fd);
		return -1;
	}
	request_answer_done(&a);
	if (lseek(fd, 0, SEEK_SET) == 0)
		return fd;
	err_sys(err, "read %s", url);
	close(fd);
	return -1;
}

int archive_fetch(struct context *c, const char *path, bool quiet, struct err *err)
{
	bool url = path && (!strncmp(path, "http://", 7) || !strncmp(path, "https://", 8));

	return url ? fetch(c, path, quiet, err) : archive_file_open(path, err);
}
