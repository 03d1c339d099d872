/* links: libnetin.a libcommon.a -ljson-c */
#include "net/hosts.h"
#include "common/alloc.h"
#include "net/slirp.h"
#include "tap.h"

static void test_hosts(void)
{
	auto_svec struct svec extra = SVEC_INIT, ips = SVEC_INIT;
	auto_sbuf struct sbuf out = SBUF_INIT;
	struct hosts h = {.ips = &ips, .hostname = "web", .name = "shop", .host_ip = "192.0.2.7", .extra = &extra};
	struct err e = ERR_INIT;
	static const char *const bad[] = {"db", ":1.2.3.4", "db:", "db:1.2.3", "d b:1.2.3.4", "db\n6.6.6.6 x:1.2.3.4", "db:1.2.3.4\n6.6.6.6 evil",
		"db:1.2.3.4 evil", "-x:1.2.3.4", "db:host", "d\tb:1.2.3.4", "db:::g"};

	svec_add(&ips, "10.0.2.100");
	svec_add(&ips, "fd00::9");
	svec_add(&extra, "db:10.1.1.1");
	svec_add(&extra, "six:fd00::1");
	svec_add(&extra, "gw:host-gateway");
	TAP_OK(hosts_file(&h, &out, &e) == 0, "hosts %s", e.msg);
	TAP_STR(out.buf, "10.1.1.1\tdb\nfd00::1\tsix\n192.0.2.7\tgw\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"
			 "10.0.2.100\tweb shop\nfd00::9\tweb shop\n192.0.2.7\thost.containers.internal host.docker.internal\n", "hosts file");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		auto_svec struct svec one = SVEC_INIT;
		auto_sbuf struct sbuf none = SBUF_INIT;

		svec_add(&one, bad[i]);
		h.extra = &one;
		TAP_OK(hosts_file(&h, &none, &e) < 0 && e.kind == EK_USAGE, "V37: refused: %s", bad[i]);
	}
	h = (struct hosts){.hostname = "evil\n1.2.3.4 x"};
	TAP_OK(hosts_file(&h, &out, &e) < 0, "V37: hostname with a newline");
	TAP_OK(hosts_hostname("a b", &out, &e) < 0 && hosts_hostname("x\n", &out, &e) < 0, "V37: hostname file");
	h = (struct hosts){.base = "1.1.1.1 one", .hostname = "box"};
	sbuf_reset(&out);
	TAP_OK(hosts_file(&h, &out, &e) == 0, "with a base");
	TAP_STR(out.buf, "1.1.1.1 one\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n127.0.1.1\tbox\n", "base kept, newline added, localhost too");
}

static void merged(const char *now, const char *was, const char *text, const char *want, const char *what)
{
	auto_sbuf struct sbuf out = SBUF_INIT;

	hosts_merge(now, was, text, &out);
	TAP_STR(out.buf, want, "merge: %s", what);
}

static void test_merge(void)
{
	merged("a\nb\n", "a\nb\n", "b\nc\n", "b\nc\n", "as it was written");
	merged("x\na\nb\n\ny", "a\nb\n", "c\n", "c\nx\n\ny\n", "what others wrote stays");
	merged("aa\n", "a\naaa\n", "", "aa\n", "whole lines are compared");
	merged("", "a\n", "c\n", "c\n", "it was emptied");
}

static void resolv(const char *host, const char *want, bool forward, const char *what)
{
	auto_sbuf struct sbuf out = SBUF_INIT;
	struct hosts_dns d = {.host = host, .forwarder = "10.0.2.3"};
	struct err e = ERR_INIT;
	bool f = !forward;

	TAP_OK(hosts_resolv(&d, &out, &f, &e) == 0 && f == forward, "%s: forwarder %s", what, forward ? "used" : "not used");
	TAP_STR(out.buf, want, "%s", what);
}

static void test_resolv(void)
{
	auto_svec struct svec servers = SVEC_INIT, search = SVEC_INIT;
	struct hosts_dns d = {.host = "nameserver 9.9.9.9\nsearch corp\noptions ndots:2\n", .servers = &servers, .search = &search,
		.forwarder = "10.0.2.3"};
	auto_sbuf struct sbuf out = SBUF_INIT;
	struct err e = ERR_INIT;
	bool f;

	resolv("nameserver 127.0.0.53\noptions edns0\nsearch lan\n", "search lan\nnameserver 10.0.2.3\noptions edns0\n", true, "loopback only");
	resolv("nameserver ::1\n", "nameserver 10.0.2.3\n", true, "IPv6 loopback only");
	resolv("nameserver 127.0.0.1\nnameserver 192.0.2.53\n", "nameserver 192.0.2.53\n", false, "one real server");
	resolv("# c\n; c\nnameserver\t8.8.8.8 # x\r\nnameserver fe80::1%eth0\ndomain a\nsearch b c\n", "search b c\nnameserver 8.8.8.8\n", false, "odd lines");
	resolv(NULL, "nameserver 10.0.2.3\n", true, "no file");
	resolv("nameserver", "nameserver 10.0.2.3\n", true, "no value, no newline");
	svec_add(&servers, "1.1.1.1");
	svec_add(&search, ".");
	TAP_OK(hosts_resolv(&d, &out, &f, &e) == 0 && !f, "given servers");
	TAP_STR(out.buf, "nameserver 1.1.1.1\noptions ndots:2\n", "given servers replace, search . removes");
	svec_add(&servers, "1.1.1.1\nsearch evil");
	TAP_OK(hosts_resolv(&d, &out, &f, &e) < 0, "V37: %s", e.msg);
	svec_remove(&servers, 1);
	svec_add(&search, "a\nnameserver 6.6.6.6");
	TAP_OK(hosts_resolv(&d, &out, &f, &e) < 0, "V37: %s", e.msg);
}

static bool has(const struct svec *l, const char *s)
{
	return svec_has(l, s);
}

/* V33, V34: the flags themselves. */
static void test_slirp_flags(void)
{
	auto_svec struct svec argv = SVEC_INIT, opts = SVEC_INIT, argv2 = SVEC_INIT, argv3 = SVEC_INIT, argv4 = SVEC_INIT;
	static const char *const bad[] = {"mtu=1", "mtu=65521", "mtu=x", "nonsense=1", "allow_host_loopback=yes", "outbound_addr=a b", "outbound_addr=",
		"port_handler=x", "enable_ipv6", "cidr=10.1.2.0", "cidr=10.1.2.0/26", "cidr=10.1.2.1/24", "cidr=x/24", "cidr=fd01::/64", "cidr="};
	struct err e = ERR_INIT;

	TAP_OK(slirp_argv(NULL, true, &argv, &e) == 0, "slirp4netns flags");
	TAP_OK(has(&argv, "--disable-host-loopback") && has(&argv, "--enable-sandbox") && has(&argv, "--enable-seccomp"), "V33, V34: closed by default");
	TAP_OK(!has(&argv, "--disable-dns"), "DNS on");
	svec_add(&opts, "allow_host_loopback=true");
	svec_add(&opts, "disable_dns=true");
	svec_add(&opts, "mtu=1500");
	TAP_OK(slirp_argv(&opts, true, &argv2, &e) == 0 && !has(&argv2, "--disable-host-loopback") && has(&argv2, "--disable-dns") &&
			has(&argv2, "--mtu=1500"), "options are heard");
	for (size_t i = 0; i < argv2.n; i++)
		TAP_OK(strncmp(argv2.v[i], "--api-socket", 12), "V29: no API socket: %s", argv2.v[i]);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		auto_svec struct svec one = SVEC_INIT;
		struct slirp_addresses a;

		svec_add(&one, bad[i]);
		TAP_OK(slirp_network(&one, &a, &e) < 0 && e.kind == EK_USAGE, "V25: %s", e.msg);
	}
	TAP_OK(pasta_argv(NULL, NULL, 0, &argv3, &e) == 0 && has(&argv3, "--no-map-gw"), "V33: pasta --no-map-gw");
	svec_add_split(&argv4, "--tcp-ports none --udp-ports none --tcp-ns none --udp-ns none", ' ');
	for (size_t i = 0; i + 1 < argv4.n; i += 2) {
		bool found = false;

		for (size_t k = 0; k + 1 < argv3.n; k++)
			found |= !strcmp(argv3.v[k], argv4.v[i]) && !strcmp(argv3.v[k + 1], "none");
		TAP_OK(found, "V33: pasta %s none", argv4.v[i]);
	}
}

static void test_pasta_options(void)
{
	auto_svec struct svec opts = SVEC_INIT, argv = SVEC_INIT, none = SVEC_INIT;
	struct port web = {.proto = "tcp", .host_port = 8080, .container_port = 80, .range = 1};
	struct err e = ERR_INIT;
	auto_free char *text = NULL;

	svec_add_split(&opts, "-t,auto,-T,8080,--map-gw,mtu=1500", ',');
	TAP_OK(pasta_argv(&opts, NULL, 0, &argv, &e) == 0, "pasta's options %s", e.msg);
	text = svec_join(&argv, " ");
	TAP_STR(text, "pasta --config-net --foreground --pid pasta.pid --udp-ports none --udp-ns none --tcp-ports auto --tcp-ns 8080 --mtu 1500 --netns /proc/self/fd/0",
		"the user's own in their long form");
	TAP_OK(pasta_argv(&opts, &web, 1, &none, &e) < 0 && e.kind == EK_USAGE, "not beside -p: %s", e.msg);
}

static void test_slirp_network(void)
{
	auto_svec struct svec opts = SVEC_INIT, argv = SVEC_INIT;
	struct slirp_addresses a;
	struct err e = ERR_INIT;

	TAP_OK(slirp_network(NULL, &a, &e) == 0 && a.prefix == 24 && a.gateway6 && !strcmp(a.gateway6, "fd00::2"), "slirp4netns' network");
	TAP_STR(a.ip, "10.0.2.100", "the container's address");
	TAP_STR(a.dns, "10.0.2.3", "its DNS");
	svec_add_split(&opts, "cidr=172.20.0.0/16,enable_ipv6=false,outbound_addr=192.0.2.2,outbound_addr6=eth0,port_handler=rootlesskit", ',');
	TAP_OK(slirp_network(&opts, &a, &e) == 0 && a.prefix == 16 && a.gateway6, "cidr; an outbound address asks for IPv6");
	TAP_STR(a.ip, "172.20.0.100", "the container's address");
	TAP_STR(a.gateway, "172.20.0.2", "its gateway");
	TAP_STR(a.dns, "172.20.0.3", "its DNS");
	TAP_OK(slirp_argv(&opts, true, &argv, &e) == 0 && has(&argv, "--cidr=172.20.0.0/16") && has(&argv, "--outbound-addr=192.0.2.2") &&
			has(&argv, "--outbound-addr6=eth0") && has(&argv, "--enable-ipv6"), "all are passed on");
}

int main(void)
{
	test_hosts();
	test_merge();
	test_resolv();
	test_slirp_flags();
	test_slirp_network();
	test_pasta_options();
	return tap_done();
}
