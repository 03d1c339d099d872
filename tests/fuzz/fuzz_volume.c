/* links: libpodlite.a libmonitor.a libnetin.a libstorage.a liboci.a libcommon.a -ljson-c */
/* fuzz_volume.c - -v, --tmpfs, --device, --ulimit, --sysctl, --network: whatever the text, a value
 * that keeps its promises or an error with words. */
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "podlite/engine/create_mount.h"
#include "podlite/engine/create_value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_mount(int r, struct create_mount *m, const struct err *e)
{
	if (r < 0) {
		if (!e->msg[0] || strchr(e->msg, '\n'))
			abort();
		return;
	}
	if (m->dest[0] != '/' || !m->dest[1] || strstr(m->dest, "/../") || strchr(m->dest, '\n'))
		abort();
	if (m->kind == CREATE_MOUNT_VOLUME && m->source && strchr(m->source, '/'))
		abort();
	create_mount_done(m);
}

static void small_values(const char *text)
{
	struct create_sysctl_scope own = {true, true, true};
	auto_svec struct svec networks = SVEC_INIT;
	struct create_network n = {.kind = NULL};
	auto_free char *entry = NULL;
	struct create_device d;
	struct create_ulimit u;

	if (!create_device_parse(text, &d, NULL))
		create_device_done(&d);
	if (!create_ulimit_parse(text, &u, NULL) && u.soft > u.hard)
		abort();
	if (!create_sysctl_parse(text, own, &entry, NULL) && strpbrk(entry, "\n+"))
		abort();
	svec_add(&networks, text);
	if (!create_network_parse(&networks, &n, NULL))
		create_network_done(&n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = size < 4096 ? xstrndup((const char *)data, size) : NULL;
	struct create_mount m;
	struct err e = ERR_INIT;

	if (!text)
		return 0;
	check_mount(create_volume_parse(text, &m, &e), &m, &e);
	err_clear(&e);
	check_mount(create_tmpfs_parse(text, &m, &e), &m, &e);
	small_values(text);
	return 0;
}
