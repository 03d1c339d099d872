/* links: libpodlite.a libcommon.a -ljson-c */
/* fuzz_user.c - USER by the image's passwd and group: input is "user NUL passwd NUL group". Never
 * root unless the user text or a passwd line says so (threats.md V11). */
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "podlite/engine/specgen_user.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct specgen_ids ids;
	auto_free char *user = NULL, *passwd = NULL, *group = NULL;
	const char *p = (const char *)data, *end = p + size;

	if (size > 65536)
		return 0;
	user = xstrndup(p, strnlen(p, size));
	p += MIN_OF(strlen(user) + 1, (size_t)(end - p));
	passwd = xstrndup(p, strnlen(p, (size_t)(end - p)));
	p += MIN_OF(strlen(passwd) + 1, (size_t)(end - p));
	group = xstrndup(p, strnlen(p, (size_t)(end - p)));
	if (specgen_user_resolve(user, passwd, group, NULL, &ids, NULL) < 0)
		return 0;
	if (ids.uid == UINT32_MAX || ids.gid == UINT32_MAX || !ids.ngids || ids.gids[0] != ids.gid)
		abort();
	if (ids.uid == 0 && !ids.found && *user && strncmp(user, "root", 4) && strspn(user, "0") == 0)
		abort();
	specgen_user_done(&ids);
	return 0;
}
