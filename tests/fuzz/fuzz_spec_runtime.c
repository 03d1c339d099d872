/* links: librt.a liboci.a libcommon.a -ljson-c */
/* config.json, and the document of exec --process: whatever parses must survive being emitted, parsed
 * again, and turned into the parts of a plan that need no system. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "common/sbuf.h"
#include "oci/rt_attr.h"
#include "oci/rt_cgroup1.h"
#include "oci/rt_idmap.h"
#include "oci/rt_mount.h"
#include "oci/rt_plan.h"
#include "oci/spec_runtime.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void limits(const struct jval *resources)
{
	struct rt_cgroup_values values = {NULL, 0};

	if (rt_cgroup_values(resources, &values, NULL) == 0)
		rt_cgroup_values_done(&values);
	if (rt_cgroup1_values(resources, &values, NULL) == 0)
		rt_cgroup_values_done(&values);
	rt_cgroup1_devices(jval_get(resources, "devices"), &values);
	rt_cgroup_values_done(&values);
}

static void process(const struct spec_process *sp, const struct spec_runtime *s)
{
	struct rt_plan *p = rt_plan_new();

	/* no cache and no compiler: a filter is an error, the rest is planned before */
	if (rt_plan_process(p, sp, s, -1, NULL, NULL) == 0 && rt_attr_affinity(p, sp, s, NULL) == 0 && !p->argv[0])
		abort();
	rt_plan_free(p);
}

static void parts(const struct spec_runtime *s)
{
	struct rt_plan *p = rt_plan_new();

	for (size_t i = 0; i < s->mounts.n; i++) {
		struct rt_mount_opts o;

		if (rt_mount_parse(&s->mounts.v[i], &o, NULL) == 0)
			rt_mount_opts_done(&o);
		free(rt_idmap_text(&s->mounts.v[i].uid_mappings, "uidMappings", NULL));
	}
	limits(s->linux_.resources);
	process(&s->process, s);
	if (rt_plan_sysctls(p, s, NULL) == 0 && p->nsysctls != s->linux_.sysctl.n)
		abort();
	if (rt_mount_masks(p, s, NULL) == 0 && p->nmasked != s->linux_.masked_paths.n)
		abort();
	rt_plan_free(p);
}

static void process_document(const char *text, size_t size)
{
	struct spec_process sp;
	struct spec_runtime s;

	if (spec_process_parse(text, size, &sp, NULL) < 0)
		return;
	spec_runtime_init(&s);
	process(&sp, &s);
	spec_process_done(&sp);
	spec_runtime_done(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	struct spec_runtime s, again;
	struct jval *v;

	process_document((const char *)data, size);
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
