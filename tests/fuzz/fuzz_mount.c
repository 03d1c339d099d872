/* links: libpodlite.a libstorage.a liboci.a libcommon.a -ljson-c */
/* fuzz_mount.c - --mount: whatever the text, a mount that keeps its promises or an error. */
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "podlite/engine/create_mount.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = size < 4096 ? xstrndup((const char *)data, size) : NULL;
	struct create_mount m;
	struct err e = ERR_INIT;

	if (!text)
		return 0;
	if (create_mount_parse(text, &m, &e) < 0) {
		if (!e.msg[0])
			abort();
		return 0;
	}
	if (m.dest[0] != '/' || !m.dest[1] || (m.kind == CREATE_MOUNT_BIND && !m.source) ||
		(m.kind == CREATE_MOUNT_TMPFS && m.source))
		abort();
	for (size_t i = 0; i < m.options.n; i++)
		if (strchr(m.options.v[i], ','))
			abort();
	create_mount_done(&m);
	return 0;
}
