/* links: librt.a liboci.a libcommon.a -ljson-c */
/* What a configuration becomes before anything is done: files of control groups of either version,
 * options of file systems. */
#include "tests/unit/tap.h"

#include <string.h>

#include "common/alloc.h"
#include "oci/rt_cgroup1.h"
#include "oci/rt_mount.h"

static struct jval *parse(const char *text)
{
	return jval_parse(text, strlen(text), 0, NULL);
}

/* "file=text file=text ..." of a linux.resources section; the error's words if it is refused. */
static char *files(bool v1, const char *resources)
{
	auto_jval struct jval *r = parse(resources);
	struct rt_cgroup_values l = {NULL, 0};
	auto_sbuf struct sbuf text = SBUF_INIT;
	struct err e = ERR_INIT;

	if ((v1 ? rt_cgroup1_values : rt_cgroup_values)(r, &l, &e) < 0)
		return xstrdup(e.msg);
	for (size_t i = 0; i < l.n; i++)
		sbuf_addf(&text, "%s%s=%s", i ? " " : "", l.v[i].file, l.v[i].text);
	rt_cgroup_values_done(&l);
	return xstrdup(text.len ? text.buf : "");
}

static void test_resources(void)
{
	static const struct {
		const char *resources, *v1, *v2;
	} t[] = {
		{"{\"memory\":{\"limit\":100,\"swap\":300}}",
			"memory.limit_in_bytes=100 memory.memsw.limit_in_bytes=300", "memory.max=100 memory.swap.max=200"},
		{"{\"cpu\":{\"shares\":2,\"quota\":5,\"period\":10,\"cpus\":\"0-1\"}}",
			"cpu.shares=2 cpu.cfs_period_us=10 cpu.cfs_quota_us=5 cpuset.cpus=0-1",
			"cpu.weight=1 cpu.max=5 10 cpuset.cpus=0-1"},
		{"{\"pids\":{\"limit\":-1}}", "pids.max=max", "pids.max=max"},
		{"{\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":1,\"rate\":7}]}}",
			"blkio.throttle.read_bps_device=8:1 7", "io.max=8:1 rbps=7"},
		{"{\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":4}]}", "hugetlb.2MB.limit_in_bytes=4", "hugetlb.2MB.max=4"},
		{"{\"rdma\":{\"mlx5_1\":{\"hcaHandles\":3,\"hcaObjects\":0}}}", "rdma.max=mlx5_1 hca_handle=3 hca_object=0",
			"rdma.max=mlx5_1 hca_handle=3 hca_object=0"},
		{"{\"rdma\":{\"a b\":{\"hcaHandles\":3}}}", "linux.resources.rdma: \"a b\" is no device",
			"linux.resources.rdma: \"a b\" is no device"},
		{"{\"rdma\":{\"a\":{}}}", "linux.resources.rdma: a has neither hcaHandles nor hcaObjects",
			"linux.resources.rdma: a has neither hcaHandles nor hcaObjects"},
		{"{\"network\":{\"classID\":5}}", "net_cls.classid=5",
			"linux.resources.network: cgroup v2 has no controller for classes and priorities of packets"},
		{"{\"unified\":{\"memory.high\":\"5\"}}",
			"linux.resources.unified: the controllers of this host are cgroup version 1", "memory.high=5"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		auto_free char *v1 = files(true, t[i].resources), *v2 = files(false, t[i].resources);

		TAP_STR(v1, t[i].v1, "version 1: %s", t[i].resources);
		TAP_STR(v2, t[i].v2, "version 2: %s", t[i].resources);
	}
}

/* "key=value ..." of the plan's operation for a mount of this type. */
static char *options(const char *label, const char *type, const char *option)
{
	auto_free char *text = xasprintf("{\"ociVersion\":\"1.2.0\",\"process\":{\"cwd\":\"/\",\"args\":[\"a\"]},\"root\":{\"path\":\"r\"},"
					 "\"mounts\":[{\"destination\":\"/dev\",\"type\":\"%s\",\"source\":\"s\",\"options\":[\"%s\"]}]}",
		type, option);
	struct rt_plan *p = rt_plan_new();
	struct spec_runtime s;
	struct rt_args a = {.spec = &s, .rootfs_fd = -1, .bundle_fd = -1};
	auto_sbuf struct sbuf out = SBUF_INIT;
	struct err e = ERR_INIT;

	p->mount_label = label;
	if (spec_runtime_parse(text, strlen(text), &s, &e) < 0 || rt_mount_list(p, &a, &e) < 0)
		sbuf_addf(&out, "%s", e.msg);
	else
		for (size_t i = 0; i < p->ops[0].nopts; i++)
			sbuf_addf(&out, "%s%s=%s", i ? " " : "", p->ops[0].opts[i].key, p->ops[0].opts[i].value ?: "");
	rt_plan_free(p);
	spec_runtime_done(&s);
	return xstrdup(out.buf);
}

static void test_mount_label(void)
{
	static const char *const t[][4] = {
		{"u:r:t:s0:c1,c2", "tmpfs", "size=1m", "source=s size=1m context=u:r:t:s0:c1,c2"},
		{"u:r:t", "devpts", "newinstance", "source=s newinstance= context=u:r:t"},
		{"u:r:t", "tmpfs", "context=mine", "source=s context=mine"},
		{"u:r:t", "mqueue", "ro", "source=s"},
		{NULL, "tmpfs", "size=1m", "source=s size=1m"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		auto_free char *got = options(t[i][0], t[i][1], t[i][2]);

		TAP_STR(got, t[i][3], "mountLabel: %s %s", t[i][1], t[i][2]);
	}
}

int main(void)
{
	test_resources();
	test_mount_label();
	return tap_done();
}
