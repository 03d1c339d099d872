/* links: podlite/transfer/arc_tar.c libcommon.a -ljson-c */
/* The members of an image archive: whatever the bytes are, all members lie in the file and are found. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fd.h"
#include "podlite/transfer/arc_tar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAX_MEMBERS 1000

static void check(const struct arc_tar *t, size_t size)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct arc_member *m = &t->v[i], *found = arc_tar_find(t, m->name);

		if (m->off < 0 || (uint64_t)m->off > size || m->size > size - (uint64_t)m->off)
			abort();
		if (!found || strcmp(found->name, m->name) || found->order < m->order)
			abort();
		if (m->name[0] == '/' || strstr(m->name, "//") || !strncmp(m->name, "../", 3))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_fd int fd = fd_memfd("fuzz", 0);
	struct err err = ERR_INIT;
	struct arc_tar t;

	if (fd < 0 || fd_write_all(fd, data, size) < 0)
		abort();
	if (arc_tar_list(fd, MAX_MEMBERS, &t, &err) < 0) {
		if (!err.msg[0] || t.n)
			abort();
		return 0;
	}
	check(&t, size);
	arc_tar_done(&t);
	return 0;
}
