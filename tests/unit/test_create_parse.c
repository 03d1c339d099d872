/* links: libpodlite.a libmonitor.a libnetin.a libstorage.a liboci.a libcommon.a -ljson-c */
#include "tests/unit/tap.h"

#include <stdlib.h>
#include <sys/resource.h>

#include "common/alloc.h"
#include "podlite/engine/create_mount.h"
#include "podlite/engine/create_value.h"

/* "kind source dest options..." or "error KIND" */
static char *show(int r, struct create_mount *m, const struct err *e)
{
	static const char *const kinds[] = {"bind", "volume", "tmpfs", "image", "ramfs", "devpts", "glob"};
	auto_free char *options = NULL;
	char *text;

	if (r < 0)
		return xasprintf("error %s", err_kind_name(e->kind));
	options = svec_join(&m->options, ",");
	text = xasprintf("%s %s %s %s%s%s%s%s%s%s", kinds[m->kind], m->source ? m->source : "-", m->dest ? m->dest : "-",
		*options ? options : "-", m->nocopy ? " nocopy" : "", m->relabel ? " relabel" : "", m->overlay ? " O" : "",
		m->chown ? " U" : "", m->subpath ? " sub " : "", m->subpath ? m->subpath : "");
	create_mount_done(m);
	return text;
}

struct row {
	const char *text, *want;
};

static void check_rows(const char *what, int (*parse)(const char *, struct create_mount *, struct err *),
	const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct create_mount m = {.kind = CREATE_MOUNT_BIND};
		struct err e = ERR_INIT;
		int r = parse(rows[i].text, &m, &e);
		auto_free char *got = show(r, &m, &e);

		TAP_STR(got, rows[i].want, "%s %s", what, rows[i].text);
	}
}

#define CHECK_ROWS(what, parse, rows) check_rows(what, parse, rows, ARRAY_SIZE(rows))

static void test_volume(void)
{
	static const struct row rows[] = {
		{"/a:/b", "bind /a /b -"},
		{"./a:/b:ro", "bind ./a /b ro"},
		{"../a:/b:ro,z", "bind ../a /b ro relabel"},
		{"/a:/b:rshared,exec,nosuid", "bind /a /b rshared,exec,nosuid"},
		{"name:/b", "volume name /b -"},
		{"name:/b:nocopy,ro", "volume name /b ro nocopy"},
		{"/b", "volume - /b -"},
		{"/a:/b/../c//d/", "bind /a /c/d -"},
		{"/a:/", "error usage"},
		{"/a:/..", "error usage"},
		{"/a:b", "error usage"},
		{"a", "error usage"},
		{"", "error usage"},
		{":/b", "error usage"},
		{"/a:/b:ro:x", "error usage"},
		{"/a:/b:ro,rw", "error usage"},
		{"/a:/b:shared,private", "error usage"},
		{"/a:/b:size=1m", "error usage"},
		{"/a:/b:nonsense", "error usage"},
		{"/a:/b:U", "bind /a /b - U"},
		{"/a:/b:O,U", "bind /a /b - O U"},
		{"/b:O", "error usage"},
		{"/a:/b:upperdir=/x", "error unsupported"},
		{"-name:/b", "error usage"},
		{"na me:/b", "error usage"},
		{"~/x:/b", "error usage"},
		{"/a:/b\n", "error usage"},
	};

	CHECK_ROWS("-v", create_volume_parse, rows);
}

static void test_mount(void)
{
	static const struct row rows[] = {
		{"type=bind,source=/a,destination=/b", "bind /a /b -"},
		{"type=bind,src=/a,dst=/b,ro", "bind /a /b ro"},
		{"type=bind,src=/a,target=/b,readonly=true", "bind /a /b ro"},
		{"type=bind,src=/a,dst=/b,ro=false", "bind /a /b rw"},
		{"src=/a,dst=/b,type=bind,bind-propagation=rslave", "bind /a /b rslave"},
		{"type=bind,src=/a,dst=/b,bind-propagation=ro", "error usage"},
		{"type=bind,src=/a,dst=/b,bind-nonrecursive", "bind /a /b bind"},
		{"type=bind,src=/a,dst=/b,relabel=shared", "bind /a /b - relabel"},
		{"type=bind,\"src=/a,b\",dst=/c", "bind /a,b /c -"},
		{"type=bind,\"src=/a\"\"b\",dst=/c", "bind /a\"b /c -"},
		{"type=bind,\"src=/a,dst=/c", "error usage"},
		{"type=bind,dst=/b", "bind /b /b -"},
		{"type=bind,src=/a", "error usage"},
		{"type=bind,src=,dst=/b", "error usage"},
		{"type=bind,src=/a,dst=/b,tmpfs-size=1m", "error usage"},
		{"type=volume,src=v,dst=/b", "volume v /b -"},
		{"src=v,dst=/b", "volume v /b -"},
		{"type=volume,dst=/b", "volume - /b -"},
		{"type=volume,src=v,dst=/b,volume-nocopy", "volume v /b - nocopy"},
		{"type=volume,src=../v,dst=/b", "error usage"},
		{"type=volume,src=v,dst=/b,volume-opt=x=y", "error unsupported"},
		{"type=volume,src=v,dst=/b,subpath=../x", "volume v /b - sub /x"},
		{"type=volume,src=v,dst=/b,subpath=/", "volume v /b -"},
		{"type=tmpfs,dst=/t", "tmpfs - /t -"},
		{"type=tmpfs,dst=/t,tmpfs-size=512M,tmpfs-mode=0700", "tmpfs - /t size=512M,mode=0700"},
		{"type=tmpfs,dst=/t,tmpfs-size=x", "error usage"},
		{"type=tmpfs,dst=/t,tmpfs-mode=0799", "error usage"},
		{"type=tmpfs,dst=/t,notmpcopyup", "tmpfs - /t notmpcopyup"},
		{"type=tmpfs,src=/x,dst=/t", "error usage"},
		{"type=image,src=x,dst=/t,rw=true", "image x /t rw"},
		{"type=image,dst=/t", "error usage"},
		{"type=image,src=x,dst=/t,noexec", "error usage"},
		{"type=devpts,dst=/t,mode=0600,uid=5,max=7", "devpts - /t mode=0600,uid=5,max=7"},
		{"type=devpts,dst=/t,max=-1", "error usage"},
		{"type=ramfs,dst=/t,mode=0700", "ramfs - /t mode=0700"},
		{"type=ramfs,dst=/t,tmpfs-size=1m", "error usage"},
		{"type=glob,src=/a*,ro", "glob /a* - ro"},
		{"type=glob", "error usage"},
		{"type=artifact,src=x,dst=/t", "error unsupported"},
		{"type=bind,src=/a,dst=/b,U=false", "bind /a /b -"},
		{"type=nfs,dst=/t", "error usage"},
		{"type=bind,src=/a,dst=/b,consistency=cached", "bind /a /b -"},
		{"type=bind,src=/a,dst=/b,what=ever", "error usage"},
		{"", "error usage"},
	};

	CHECK_ROWS("--mount", create_mount_parse, rows);
}

static void test_tmpfs(void)
{
	static const struct row rows[] = {
		{"/t", "tmpfs - /t -"},
		{"/t:size=64m,mode=1777,noexec", "tmpfs - /t size=64m,mode=1777,noexec"},
		{"/t:rw,size=787448k", "tmpfs - /t rw,size=787448k"},
		{"/t:size=50%", "tmpfs - /t size=50%"},
		{"/t:size=101%", "error usage"},
		{"/t:uid=1000,gid=0", "tmpfs - /t uid=1000,gid=0"},
		{"/t:uid=4294967295", "error usage"},
		{"/t:bind", "error usage"},
		{"t", "error usage"},
		{"/t:size=1,size=2", "error usage"},
		{"/t:mode=abc", "error usage"},
	};

	CHECK_ROWS("--tmpfs", create_tmpfs_parse, rows);
}

static void test_ulimit(void)
{
	struct create_ulimit u;

	TAP_OK(!create_ulimit_parse("nofile=1024:2048", &u, NULL) && u.resource == RLIMIT_NOFILE && u.soft == 1024 &&
		u.hard == 2048, "nofile=1024:2048");
	TAP_STR(u.type, "RLIMIT_NOFILE", "its OCI name");
	TAP_OK(!create_ulimit_parse("core=0", &u, NULL) && u.soft == 0 && u.hard == 0, "core=0");
	TAP_OK(!create_ulimit_parse("memlock=-1:-1", &u, NULL) && u.soft == CREATE_UNLIMITED, "-1 is unlimited");
	TAP_OK(!create_ulimit_parse("RLIMIT_STACK=unlimited", &u, NULL) && u.hard == CREATE_UNLIMITED, "unlimited");
	static const char *const bad[] = {"", "nofile", "nofile=", "nofile=2:1", "nofile=-1:1", "nofile=1:", "nofile=x",
		"nofile=1:2:3", "what=1", "nofile= 1", "nofile=-2", "nofile=18446744073709551615",
		"nofile=18446744073709551616", "=1"};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		TAP_OK(create_ulimit_parse(bad[i], &u, NULL) < 0, "ulimit \"%s\" is refused", bad[i]);
}

static void test_device(void)
{
	static const struct row rows[] = {
		{"/dev/fuse", "/dev/fuse /dev/fuse"},
		{"/dev/fuse:rw", "/dev/fuse /dev/fuse"},
		{"/dev/fuse:/dev/x", "/dev/fuse /dev/x"},
		{"/dev/fuse:/dev/x:rwm", "/dev/fuse /dev/x"},
		{"/dev/fuse:/dev/x:mrw", "/dev/fuse /dev/x"},
		{"/dev/fuse:/dev/x:r", "error unsupported"},
		{"/dev/fuse:r", "error unsupported"},
		{"/dev/fuse:/dev/x:rwx", "error usage"},
		{"/dev/fuse:rwx", "error usage"},
		{"/dev/fuse:/dev/x:", "error usage"},
		{"/dev/fuse:/a:/b:rw", "error usage"},
		{"dev/fuse", "error usage"},
		{"", "error usage"},
		{"nvidia.com/gpu=all", "error usage"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct create_device d;
		struct err e = ERR_INIT;
		int r = create_device_parse(rows[i].text, &d, &e);
		auto_free char *got = r < 0 ? xasprintf("error %s", err_kind_name(e.kind)) : xasprintf("%s %s", d.source, d.dest);

		TAP_STR(got, rows[i].want, "--device %s", rows[i].text);
		if (!r)
			create_device_done(&d);
	}
}

static void test_namespaces(void)
{
	struct create_userns u;
	struct create_ns n;

	TAP_OK(!create_ns_parse("pid", NULL, &n, NULL) && n.mode == CREATE_NS_PRIVATE, "no --pid is private");
	TAP_OK(!create_ns_parse("ipc", NULL, &n, NULL) && n.shareable, "no --ipc is shareable");
	TAP_OK(!create_ns_parse("ipc", "private", &n, NULL) && !n.shareable, "--ipc private is not");
	TAP_OK(!create_ns_parse("ipc", "none", &n, NULL) && n.mode == CREATE_NS_NONE, "--ipc none");
	TAP_OK(create_ns_parse("pid", "none", &n, NULL) < 0, "--pid none is refused");
	TAP_OK(create_ns_parse("pid", "hostx", &n, NULL) < 0, "--pid hostx is refused (V27)");
	TAP_OK(create_ns_parse("pid", "container:", &n, NULL) < 0, "--pid container: is refused");
	TAP_OK(create_ns_parse("pid", "ns:x", &n, NULL) < 0, "--pid ns:x is refused");
	TAP_OK(!create_ns_parse("uts", "container:web", &n, NULL) && n.mode == CREATE_NS_CONTAINER, "--uts container:web");
	TAP_STR(n.target, "web", "its target");
	create_ns_done(&n);
	TAP_OK(!create_ns_userns("keep-id", &u, NULL) && u.mode == CREATE_USERNS_KEEP_ID && !u.has_uid, "keep-id");
	TAP_OK(!create_ns_userns("keep-id:uid=5,gid=6", &u, NULL) && u.uid == 5 && u.gid == 6, "keep-id:uid=5,gid=6");
	TAP_OK(!create_ns_userns("auto:size=70", &u, NULL) && u.mode == CREATE_USERNS_AUTO && u.size == 70, "auto:size=70");
	TAP_OK(!create_ns_userns("container:web", &u, NULL) && u.mode == CREATE_USERNS_CONTAINER && !strcmp(u.target, "web"), "container:web");
	free(u.target);
	static const char *const bad[] = {"keep-idx", "keep-id:uid=", "keep-id:uid=4294967295", "keep-id:x=1", "autox", "auto:size=0", "auto:x=1", "ns:rel", "pod", "Host"};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		TAP_OK(create_ns_userns(bad[i], &u, NULL) < 0, "--userns %s is refused", bad[i]);
}

static void test_secret(void)
{
	static const struct row rows[] = {
		{"a", "a /run/secrets/a 0 0 444"},
		{"a,target=x/../b,uid=1,gid=2,mode=0400", "a /run/secrets/b 1 2 400"},
		{"source=a,target=/etc/t", "a /etc/t 0 0 444"},
		{"a,type=env", "a env a"},
		{"a,type=env,target=B", "a env B"},
		{"", "error"}, {",", "error"}, {"a,type=x", "error"}, {"a,mode=8", "error"}, {"a,mode=", "error"}, {"a,mode=17777", "error"},
		{"a,uid=-1", "error"}, {"a,gid=4294967295", "error"}, {"a,target=/", "error"}, {"a,target=../../..", "error"}, {"a,type=env,uid=1", "error"},
		{"a,type=env,target=A=B", "error"}, {"a,nosuch=1", "error"}, {"a,target=a\nb", "error"}, {"target=x", "error"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct create_secret s = {.name = NULL};
		bool bad = create_secret_parse(rows[i].text, &s, NULL) < 0;
		auto_free char *got = bad ? xstrdup("error")
			: s.env ? xasprintf("%s env %s", s.name, s.target)
				: xasprintf("%s %s %u %u %o", s.name, s.target, s.uid, s.gid, s.mode);

		TAP_STR(got, rows[i].want, "%s", rows[i].text);
		create_secret_done(&s);
	}
	TAP_OK(create_device_is_cdi("a.b/c=d:1") && create_device_is_cdi("v/c=0"), "CDI names");
	TAP_OK(!create_device_is_cdi("/dev/x=y") && !create_device_is_cdi("a/b") && !create_device_is_cdi("a/b=") &&
		!create_device_is_cdi("a/b=c/d") && !create_device_is_cdi("a=b/c"), "others");
}

static void test_network(void)
{
	static const struct row rows[] = {
		{"", "slirp4netns own"},
		{"private", "slirp4netns own"},
		{"none", "none own"},
		{"host", "host"},
		{"slirp4netns", "slirp4netns own"},
		{"slirp4netns:mtu=1500,enable_ipv6=true", "slirp4netns own mtu=1500 enable_ipv6=true"},
		{"slirp4netns:mtu=99999999999", "error"},
		{"slirp4netns:--disable-sandbox", "error"},
		{"slirp4netns:cidr=10.0.0.0/8", "slirp4netns own cidr=10.0.0.0/8"},
		{"slirp4netns:cidr=10.0.0.0/30", "error"},
		{"slirp4netns:disable_dns=true", "error"},
		{"slirp4netns:outbound_addr=192.0.2.2,port_handler=rootlesskit", "slirp4netns own outbound_addr=192.0.2.2 port_handler=rootlesskit"},
		{"slirp4netns:port_handler=--x", "error"},
		{"pasta", "pasta own"},
		{"pasta:--config-net", "error"},
		{"pasta:-T,8080", "pasta own --tcp-ns 8080"},
		{"pasta:-T,8080-8090:9080-9090,--map-gw,-4", "pasta own --tcp-ns 8080-8090:9080-9090 --map-gw --ipv4-only"},
		{"pasta:--mtu=1500,-I,eth0,--address,192.0.2.9", "pasta own --mtu 1500 --ns-ifname eth0 --address 192.0.2.9"},
		{"pasta:mtu=1500", "pasta own --mtu 1500"},
		{"pasta:-T", "error"},
		{"pasta:-T,--pcap", "error"},
		{"pasta:-m,1", "error"},
		{"pasta:-a,192.0.2.999", "error"},
		{"pasta:--map-gw=yes", "error"},
		{"pasta:-p,/tmp/x", "error"},
		{"pasta:--pcap=/tmp/x", "error"},
		{"pasta:--log-file,/tmp/x", "error"},
		{"pasta:--runas,0", "error"},
		{"pasta:--netns,/proc/1/ns/net", "error"},
		{"pasta:--pid=/tmp/x", "error"},
		{"pasta:-I,eth0 --pcap x", "error"},
		{"pasta:", "pasta own"},
		{"container:web", "container web"},
		{"container:", "error"},
		{"ns:/proc/1/ns/net", "ns /proc/1/ns/net"},
		{"ns:relative", "error"},
		{"bridge", "error"},
		{"mynet", "bridge own"},
		{"bridge:ip=10.89.0.5", "error"},
		{"my/net", "error"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		auto_svec struct svec texts = SVEC_INIT;
		struct create_network n = {.kind = NULL};
		auto_free char *options = NULL, *got = NULL;
		int r;

		svec_add(&texts, rows[i].text);
		r = create_network_parse(&texts, &n, NULL);
		options = svec_join(&n.options, " ");
		got = r < 0 ? xstrdup("error") : xasprintf("%s%s%s%s%s%s", n.kind, n.own ? " own" : "", n.target ? " " : "",
			n.target ? n.target : "", *options ? " " : "", options);
		TAP_STR(got, rows[i].want, "--network %s", rows[i].text);
		create_network_done(&n);
	}
}

static char *print_networks(const struct create_network *n)
{
	auto_sbuf struct sbuf out = SBUF_INIT;

	for (size_t i = 0; i < n->networks.n; i++) {
		const struct mon_network *m = &n->networks.v[i];
		auto_free char *aliases = svec_join(&m->aliases, "+");

		sbuf_addf(&out, "%s%s/%s/%s/%s/%s/%s", i ? " " : "", m->name, m->ip ?: "", m->ip6 ?: "", m->mac ?: "", m->interface ?: "", aliases);
	}
	return xstrdup(out.buf ? out.buf : "");
}

/* NAME/IP/IP6/MAC/INTERFACE/ALIASES of each */
static void test_networks(void)
{
	static const struct { const char *texts, *ip, *ip6, *mac, *aliases, *want; } rows[] = {
		{"a", NULL, NULL, NULL, "", "a/////"},
		{"a b", NULL, NULL, NULL, "", "a///// b/////"},
		{"a,b c", NULL, NULL, NULL, "", "a///// b///// c/////"}, {"a,,b", NULL, NULL, NULL, "", NULL}, {"a,host", NULL, NULL, NULL, "", NULL},
		{"a,b:alias=y", NULL, NULL, NULL, "", NULL}, {"a,b", "10.1.0.5", NULL, NULL, "", NULL},
		{"a:ip=10.1.0.5,ip6=fd00::5,mac=AA-BB-CC-DD-EE-FE,interface_name=web0,alias=x,alias=y,alias=x", NULL, NULL, NULL, "",
			"a/10.1.0.5/fd00::5/aa:bb:cc:dd:ee:fe/web0/x+y"},
		{"a:ip=FD00:0::5", NULL, NULL, NULL, "", "a//fd00::5///"},
		{"a b:alias=y", NULL, NULL, NULL, "x", "a/////x b/////y+x"},
		{"a", "10.1.0.5", "fd00::5", "aa:bb:cc:dd:ee:fe", "", "a/10.1.0.5/fd00::5/aa:bb:cc:dd:ee:fe//"},
		{"a b", "10.1.0.5", NULL, NULL, "", NULL}, {"a:ip=10.1.0.6", "10.1.0.5", NULL, NULL, "", NULL},
		{"host", "10.1.0.5", NULL, NULL, "", NULL}, {"", NULL, NULL, "aa:bb:cc:dd:ee:fe", "", NULL}, {"pasta", NULL, NULL, NULL, "x", NULL},
		{"a host", NULL, NULL, NULL, "", NULL}, {"host a", NULL, NULL, NULL, "", NULL}, {"a container:b", NULL, NULL, NULL, "", NULL},
		{"a a", NULL, NULL, NULL, "", NULL}, {"a:", NULL, NULL, NULL, "", NULL}, {"a:ip", NULL, NULL, NULL, "", NULL},
		{"a:ip=", NULL, NULL, NULL, "", NULL}, {"a:ip=10.1.0", NULL, NULL, NULL, "", NULL}, {"a:ip6=10.1.0.5", NULL, NULL, NULL, "", NULL},
		{"a:ip=fe80::1%eth0", NULL, NULL, NULL, "", NULL}, {"a:mac=aa:bb", NULL, NULL, NULL, "", NULL}, {"a:alias=a,b", NULL, NULL, NULL, "", NULL},
		{"a:alias=-x", NULL, NULL, NULL, "", NULL}, {"a:interface_name=lo", NULL, NULL, NULL, "", NULL}, {"a:interface_name=a/b", NULL, NULL, NULL, "", NULL},
		{"a:vlan=5", NULL, NULL, NULL, "", NULL}, {"a", "fd00::5", NULL, NULL, "", NULL}, {"a", NULL, "10.1.0.5", NULL, "", NULL},
		{"a", NULL, NULL, NULL, "x y", NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		auto_svec struct svec texts = SVEC_INIT, aliases = SVEC_INIT;
		struct create_network_addresses a = {rows[i].ip, rows[i].ip6, rows[i].mac, &aliases};
		struct create_network n = {.kind = NULL};
		auto_free char *got = NULL;
		struct err e = ERR_INIT;

		if (*rows[i].texts)
			svec_add_split(&texts, rows[i].texts, ' ');
		if (*rows[i].aliases)
			svec_add(&aliases, rows[i].aliases);
		if (create_network_parse(&texts, &n, &e) == 0 && create_network_addresses(&n, &a, &e) == 0)
			got = print_networks(&n);
		TAP_OK(got ? rows[i].want && !strcmp(got, rows[i].want) : !rows[i].want && e.kind == EK_USAGE, "--network %s: %s", rows[i].texts, got ?: e.msg);
		create_network_done(&n);
	}
}

static void test_restart(void)
{
	char *policy = NULL;
	int64_t max = 0;

	TAP_OK(!create_restart_parse("on-failure:3", &policy, &max, NULL) && max == 3, "on-failure:3");
	TAP_STR(policy, "on-failure", "its policy");
	free(policy);
	static const char *const bad[] = {"", "sometimes", "always:3", "on-failure:", "on-failure:x", "on-failure:-1"};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		TAP_OK(create_restart_parse(bad[i], &policy, &max, NULL) < 0, "--restart \"%s\" is refused", bad[i]);
	TAP_OK(!create_restart_detach_keys("ctrl-p,ctrl-q", NULL) && !create_restart_detach_keys("", NULL) &&
		!create_restart_detach_keys("a,ctrl-[", NULL), "detach keys");
	TAP_OK(create_restart_detach_keys("ctrl-", NULL) < 0 && create_restart_detach_keys("ctrl-p,,q", NULL) < 0 &&
		create_restart_detach_keys("1", NULL) < 0 && create_restart_detach_keys("ctrl-pq", NULL) < 0, "bad detach keys");
}

static void test_caps(void)
{
	auto_svec struct svec none = SVEC_INIT, all = SVEC_INIT, dflt = SVEC_INIT, add = SVEC_INIT, drop = SVEC_INIT;
	auto_svec struct svec some = SVEC_INIT, every = SVEC_INIT, x = SVEC_INIT;

	svec_add(&all, "ALL");
	TAP_OK(!create_caps_resolve(&none, &none, false, &dflt, NULL) && dflt.n == 11, "eleven capabilities by default");
	TAP_OK(!svec_has(&dflt, "CAP_NET_RAW") && !svec_has(&dflt, "CAP_MKNOD"), "neither NET_RAW nor MKNOD");
	svec_add(&add, "net_raw");
	svec_add(&drop, "CAP_CHOWN");
	TAP_OK(!create_caps_resolve(&add, &drop, false, &some, NULL) && some.n == 11 && svec_has(&some, "CAP_NET_RAW") &&
		!svec_has(&some, "CAP_CHOWN"), "one added, one dropped");
	TAP_OK(!create_caps_resolve(&add, &all, false, &x, NULL) && x.n == 1, "all dropped, one added");
	svec_done(&x);
	TAP_OK(!create_caps_resolve(&none, &drop, true, &every, NULL) && every.n == 40, "privileged, one dropped");
	TAP_OK(create_caps_resolve(&all, &all, false, &x, NULL) < 0 && create_caps_resolve(&add, &add, false, &x, NULL) < 0,
		"added and dropped is a contradiction");
	svec_add(&add, "SYS_ADMIN\n");
	TAP_OK(create_caps_resolve(&add, &none, false, &x, NULL) < 0, "unknown name");
}

/* V54 */
static void test_sysctl(void)
{
	static const struct create_sysctl_scope own = {true, true, true, true}, host = {false, false, false, false}, user = {true, true, true, false};
	static const char *const bad[] = {"kernel.core_pattern=x", "kernel.shmmax", "=1", "kernel.shmmax=1\nkernel.x=2",
		"kernel.shmmax=1+kernel.sem=2", "net..ipv4=1", "kernel.shmmaxx=1", "vm.overcommit_memory=1",
		"kernel/../vm.x=1", "kernel.shm max=1"};
	auto_free char *entry = NULL;

	TAP_OK(!create_sysctl_parse("net/ipv4/ip_forward=1", own, &entry, NULL), "slashes as separators");
	TAP_STR(entry, "net.ipv4.ip_forward=1", "become dots");
	alloc_freep(&entry);
	TAP_OK(!create_sysctl_parse("net.ipv4.conf.eth0/1.forwarding=1", own, &entry, NULL), "a dot inside a name");
	alloc_freep(&entry);
	TAP_OK(create_sysctl_parse("net.ipv4.ip_forward=1", host, &entry, NULL) < 0, "V54: net.* with the host's network");
	TAP_OK(create_sysctl_parse("kernel.domainname=x", user, &entry, NULL) < 0, "kernel.domainname is root's");
	TAP_OK(create_sysctl_parse("fs.mqueue.msg_max=1", host, &entry, NULL) < 0, "V54: fs.mqueue with the host's IPC");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		TAP_OK(create_sysctl_parse(bad[i], own, &entry, NULL) < 0, "V54: sysctl %zu is refused", i);
}

static void test_numbers(void)
{
	int64_t v;

	TAP_OK(!create_number_cpus("1.5", &v, NULL) && v == 150000, "--cpus 1.5");
	TAP_OK(!create_number_cpus(".5", &v, NULL) && v == 50000, "--cpus .5");
	static const char *const bad[] = {"", "0", "-1", "1e3", "nan", "inf", "0x1", "1.5x", ".", "9999999", "0.001"};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		TAP_OK(create_number_cpus(bad[i], &v, NULL) < 0, "--cpus \"%s\" is refused", bad[i]);
	TAP_OK(!create_number_size("memory", "64m", false, &v, NULL) && v == 64 << 20, "64m");
	TAP_OK(!create_number_size("memory-swap", "-1", true, &v, NULL) && v == -1, "-1");
	TAP_OK(create_number_size("memory", "-1", false, &v, NULL) < 0, "-1 where it has no meaning");
	/* V14: "" is not 0 */
	TAP_OK(create_number_parse("preserve-fds", "", 0, 61, &v, NULL) < 0 &&
		create_number_parse("preserve-fds", "3x", 0, 61, &v, NULL) < 0 &&
		create_number_parse("preserve-fds", "2147483648", 0, 61, &v, NULL) < 0, "V14: numbers are exact or refused");
}

static void test_idmap(void)
{
	static const char *const bad[] = {"", "0", "0:1:0", "0:1:2:3", "++0:1:1", "x0:1:1", "-1:0:1", "4294967295:0:1", "0:4294967294:2",
		"0:0:4294967296", "18446744073709551615:0:1", "0:@", "+"};
	struct create_idmap m;

	TAP_OK(!create_idmap_parse("uidmap", "0:1", &m, NULL) && m.inner == 0 && m.from == 1 && m.amount == 1 && !m.host && !m.extend,
		"one id");
	TAP_OK(!create_idmap_parse("gidmap", "+ug7:@1000:5", &m, NULL) && m.inner == 7 && m.from == 1000 && m.amount == 5 && m.host &&
		m.extend && m.users && m.groups, "all flags");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		TAP_OK(create_idmap_parse("uidmap", bad[i], &m, NULL) < 0, "map \"%s\" is refused", bad[i]);
}

int main(void)
{
	test_volume();
	test_mount();
	test_tmpfs();
	test_ulimit();
	test_device();
	test_idmap();
	test_namespaces();
	test_secret();
	test_network();
	test_networks();
	test_restart();
	test_caps();
	test_sysctl();
	test_numbers();
	return tap_done();
}
