/* links: librt.a liboci.a libcommon.a -ljson-c */
/* config.json: whatever parses must survive being emitted, parsed again, and turned into the parts
 * of a plan that need no system. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "common/sbuf.h"
#include "oci/rt_cgroup.h"
#include "oci/rt_caps.h"
#include "oci/rt_mount.h"
#include "oci/spec_runtime.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void parts(const struct spec_runtime *s)
{
	struct rt_cgroup_values values = {NULL, 0};
	struct rt_caps caps;

	for (size_t i = 0; i < s->mounts.n; i++) {
		struct rt_mount_opts o;

		if (rt_mount_parse(&s->mounts.v[i], &o, NULL) == 0)
			rt_mount_opts_done(&o);
	}
	if (rt_cgroup_values(s->linux_.resources, &values, NULL) == 0)
		rt_cgroup_values_done(&values);
	rt_caps_parse(s->process.capabilities, &caps);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	struct spec_runtime s, again;
	struct jval *v;

	spec_runtime_init(&s);
	spec_runtime_init(&again);
	if (spec_runtime_parse((const char *)data, size, &s, NULL) < 0)
		return 0;
	parts(&s);
	v = spec_runtime_emit(&s);
	jval_print(v, false, &text);
	jval_free(v);
	if (spec_runtime_parse(text.buf, text.len, &again, NULL) < 0)
		abort();
	spec_runtime_done(&s);
	spec_runtime_done(&again);
	return 0;
}
