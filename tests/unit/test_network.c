/* links: libnetin.a libcommon.a -ljson-c */
#include <arpa/inet.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "net/network.h"
#include "tap.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define HEAD "\"name\":\"web\",\"id\":\"" ID "\",\"driver\":\"bridge\",\"network_interface\":\"br0\",\"created\":\"2026-11-22T10:00:00Z\","
#define TAIL "\"ipv6_enabled\":false,\"internal\":false,\"dns_enabled\":true"
#define NET4(subnet, gateway) "\"subnets\":[{\"subnet\":\"" subnet "\",\"gateway\":\"" gateway "\"}],"
#define RECORD(subnets, tail) "{" HEAD subnets tail "}"
#define GOOD RECORD(NET4("10.89.0.0/24", "10.89.0.1"), TAIL)

static void test_cidr(void)
{
	static const struct { const char *text, *want; } rows[] = {
		{"10.1.2.3/24", "10.1.2.0/24"}, {"0.0.0.0/0", "0.0.0.0/0"}, {"10.1.2.3/32", "10.1.2.3/32"}, {"FD00:0:0::5/64", "fd00::/64"},
		{"10.1.2.3", NULL}, {"10.1.2.3/33", NULL}, {"fd00::/129", NULL}, {"10.1.2/24", NULL}, {"/24", NULL}, {"10.1.2.0/", NULL},
		{"10.1.2.0/-1", NULL}, {"10.1.2.0/24 ", NULL}, {"fe80::1%eth0/64", NULL}, {"", NULL},
	};
	struct cidr a, b;
	struct cidr_addr first, last;
	char text[CIDR_TEXT];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		bool ok = cidr_parse(rows[i].text, &a);

		if (ok)
			cidr_print(&a, text);
		TAP_OK(ok == !!rows[i].want && (!ok || !strcmp(text, rows[i].want)), "cidr \"%s\"", rows[i].text);
	}
	TAP_OK(cidr_parse("10.89.0.0/16", &a) && cidr_parse("10.89.255.0/24", &b) && cidr_overlaps(&a, &b) && cidr_overlaps(&b, &a), "overlap both ways");
	TAP_OK(cidr_parse("10.88.0.0/16", &b) && !cidr_overlaps(&a, &b), "beside each other");
	TAP_OK(cidr_parse("::/0", &b) && !cidr_overlaps(&a, &b), "families never overlap");
	cidr_hosts(&a, &first, &last);
	cidr_addr_print(&first, text);
	TAP_STR(text, "10.89.0.1", "first host");
	cidr_addr_print(&last, text);
	TAP_STR(text, "10.89.255.254", "last host");
}

static void test_good(void)
{
	struct network n;
	struct network_plan p;
	struct err e = ERR_INIT;
	char text[CIDR_TEXT];
	auto_jval struct jval *v = NULL;
	auto_sbuf struct sbuf out = SBUF_INIT;

	TAP_OK(network_parse(GOOD, strlen(GOOD), &n, &e) == 0, "a record: %s", e.msg);
	TAP_OK(network_plan(&n, AF_INET, &p) && !network_plan(&n, AF_INET6, &p), "IPv4 only");
	TAP_OK(network_plan(&n, AF_INET, &p), "its plan");
	cidr_addr_print(&p.last, text);
	TAP_STR(text, "10.89.0.254", "without a range all of it");
	v = network_json(&n);
	jval_print(v, false, &out);
	TAP_STR(out.buf, GOOD, "printed as it was read");
	TAP_OK(network_mtu(&n) == 0 && n.created_ns == 1795341600000000000, "no MTU; the time: %lld", (long long)n.created_ns);
	network_done(&n);
}

static void test_bad(void)
{
	static const struct { const char *what, *text; enum err_kind kind; } rows[] = {
		{"empty", "", EK_INVALID},
		{"no object", "[]", EK_INVALID},
		{"cut off", "{\"name\":\"web\"", EK_INVALID},
		{"a key twice", "{" HEAD NET4("10.89.0.0/24", "10.89.0.1") TAIL ",\"internal\":true}", EK_INVALID},
		{"no subnets", RECORD("", TAIL), EK_INVALID},
		{"an empty list of subnets", RECORD("\"subnets\":[],", TAIL), EK_INVALID},
		{"no gateway", RECORD("\"subnets\":[{\"subnet\":\"10.89.0.0/24\"}],", TAIL), EK_INVALID},
		{"a gateway elsewhere", RECORD(NET4("10.89.0.0/24", "10.89.1.1"), TAIL), EK_INVALID},
		{"the subnet as gateway", RECORD(NET4("10.89.0.0/24", "10.89.0.0"), TAIL), EK_INVALID},
		{"the broadcast address as gateway", RECORD(NET4("10.89.0.0/24", "10.89.0.255"), TAIL), EK_INVALID},
		{"bits behind the prefix", RECORD(NET4("10.89.0.7/24", "10.89.0.1"), TAIL), EK_INVALID},
		{"everything", RECORD(NET4("0.0.0.0/0", "10.89.0.1"), TAIL), EK_INVALID},
		{"no room", RECORD(NET4("10.89.0.0/31", "10.89.0.1"), TAIL), EK_INVALID},
		{"loopback", RECORD(NET4("127.1.0.0/16", "127.1.0.1"), TAIL), EK_INVALID},
		{"around loopback", RECORD(NET4("126.0.0.0/7", "127.0.0.1"), TAIL), EK_INVALID},
		{"multicast", RECORD(NET4("224.0.1.0/24", "224.0.1.1"), TAIL), EK_INVALID},
		{"IPv6 alone", RECORD(NET4("fd01::/64", "fd01::1"), TAIL), EK_INVALID},
		{"two of IPv4", RECORD("\"subnets\":[{\"subnet\":\"10.1.0.0/24\",\"gateway\":\"10.1.0.1\"},{\"subnet\":\"10.2.0.0/24\",\"gateway\":\"10.2.0.1\"}],", TAIL), EK_INVALID},
		{"ipv6_enabled without a subnet", RECORD(NET4("10.89.0.0/24", "10.89.0.1"), "\"ipv6_enabled\":true"), EK_INVALID},
		{"half a range", RECORD("\"subnets\":[{\"subnet\":\"10.89.0.0/24\",\"gateway\":\"10.89.0.1\",\"lease_range\":{\"start_ip\":\"10.89.0.5\"}}],", TAIL), EK_INVALID},
		{"a range backwards", RECORD("\"subnets\":[{\"subnet\":\"10.89.0.0/24\",\"gateway\":\"10.89.0.1\",\"lease_range\":{\"start_ip\":\"10.89.0.9\",\"end_ip\":\"10.89.0.8\"}}],", TAIL), EK_INVALID},
		{"a range of the other family", RECORD("\"subnets\":[{\"subnet\":\"10.89.0.0/24\",\"gateway\":\"10.89.0.1\",\"lease_range\":{\"start_ip\":\"fd00::1\",\"end_ip\":\"fd00::2\"}}],", TAIL), EK_INVALID},
		{"a path as name", "{\"name\":\"../x\",\"id\":\"" ID "\",\"driver\":\"bridge\",\"network_interface\":\"br0\",\"created\":\"2026-11-22T10:00:00Z\"," NET4("10.89.0.0/24", "10.89.0.1") TAIL "}", EK_INVALID},
		{"a mode as name", "{\"name\":\"host\",\"id\":\"" ID "\",\"driver\":\"bridge\",\"network_interface\":\"br0\",\"created\":\"2026-11-22T10:00:00Z\"," NET4("10.89.0.0/24", "10.89.0.1") TAIL "}", EK_INVALID},
		{"a short id", "{\"name\":\"web\",\"id\":\"0123\",\"driver\":\"bridge\",\"network_interface\":\"br0\",\"created\":\"2026-11-22T10:00:00Z\"," NET4("10.89.0.0/24", "10.89.0.1") TAIL "}", EK_INVALID},
		{"another driver", "{\"name\":\"web\",\"id\":\"" ID "\",\"driver\":\"macvlan\",\"network_interface\":\"br0\",\"created\":\"2026-11-22T10:00:00Z\"," NET4("10.89.0.0/24", "10.89.0.1") TAIL "}", EK_UNSUPPORTED},
		{"the uplink's interface", "{\"name\":\"web\",\"id\":\"" ID "\",\"driver\":\"bridge\",\"network_interface\":\"tap0\",\"created\":\"2026-11-22T10:00:00Z\"," NET4("10.89.0.0/24", "10.89.0.1") TAIL "}", EK_INVALID},
		{"no time", "{\"name\":\"web\",\"id\":\"" ID "\",\"driver\":\"bridge\",\"network_interface\":\"br0\",\"created\":\"soon\"," NET4("10.89.0.0/24", "10.89.0.1") TAIL "}", EK_INVALID},
		{"a server that is a name", RECORD(NET4("10.89.0.0/24", "10.89.0.1"), TAIL ",\"network_dns_servers\":[\"dns.example\"]"), EK_INVALID},
		{"a server with a newline", RECORD(NET4("10.89.0.0/24", "10.89.0.1"), TAIL ",\"network_dns_servers\":[\"1.1.1.1\\n\"]"), EK_INVALID},
		{"servers without DNS", RECORD(NET4("10.89.0.0/24", "10.89.0.1"), "\"dns_enabled\":false,\"network_dns_servers\":[\"1.1.1.1\"]"), EK_INVALID},
		{"an MTU too small", RECORD(NET4("10.89.0.0/24", "10.89.0.1"), TAIL ",\"options\":{\"mtu\":\"500\"}"), EK_INVALID},
		{"an MTU that overflows", RECORD(NET4("10.89.0.0/24", "10.89.0.1"), TAIL ",\"options\":{\"mtu\":\"99999999999999999999\"}"), EK_INVALID},
		{"an unknown option", RECORD(NET4("10.89.0.0/24", "10.89.0.1"), TAIL ",\"options\":{\"vlan\":\"5\"}"), EK_UNSUPPORTED},
		{"not isolated", RECORD(NET4("10.89.0.0/24", "10.89.0.1"), TAIL ",\"options\":{\"isolate\":\"false\"}"), EK_UNSUPPORTED},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct network n = {.name = NULL};
		struct err e = ERR_INIT;

		TAP_OK(network_parse(rows[i].text, strlen(rows[i].text), &n, &e) < 0 && e.kind == rows[i].kind && !n.name, "refused: %s: %s", rows[i].what, e.msg);
	}
}

static void test_words(void)
{
	static const char *const macs[] = {"aa:bb:cc:dd:ee", "aa:bb:cc:dd:ee:fg", "ab:bb:cc:dd:ee:ff", "00:00:00:00:00:00", "aa:bb-cc:dd:ee:ff", "aabbccddeeff", ""};
	char mac[18];

	TAP_OK(network_name_ok("web-1_2.x") && !network_name_ok("") && !network_name_ok("-x") && !network_name_ok("a/b") && !network_name_ok("none") &&
			!network_name_ok("caf\xc3\xa9"), "names");
	TAP_OK(network_interface_ok("net0") && !network_interface_ok("lo") && !network_interface_ok("tap0") && !network_interface_ok("abcdefghijklmnop") &&
			!network_interface_ok(".."), "interfaces");
	TAP_OK(network_mac_ok("AA-BB-CC-00-11-22", mac) && !strcmp(mac, "aa:bb:cc:00:11:22"), "an Ethernet address");
	for (size_t i = 0; i < ARRAY_SIZE(macs); i++)
		TAP_OK(!network_mac_ok(macs[i], mac), "refused: Ethernet address \"%s\"", macs[i]);
}

static void test_taken(void)
{
	auto_cleanup(network_taken_done) struct network_taken t = {NULL, 0};
	struct cidr c;
	char text[CIDR_TEXT];

	network_taken_routes4(&t, "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
		"eth0\t00000000\t0102A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
		"wg0\t0000590A\t00000000\t0001\t0\t0\t0\t0080FFFF\t0\t0\t0\n"
		"\n\tnonsense\n");
	TAP_OK(t.n == 1, "one route that is no default");
	cidr_print(&t.v[0], text);
	TAP_STR(text, "10.89.0.0/17", "the VPN's");
	TAP_OK(network_free_subnet(&t, AF_INET, &c), "a subnet is free");
	cidr_print(&c, text);
	TAP_STR(text, "10.89.128.0/24", "the first beside it");
	network_taken_routes6(&t, "00000000000000000000000000000000 00 00000000000000000000000000000000 00 0 0 0 0 0 lo\n"
		"fd000000000000010000000000000000 40 00000000000000000000000000000000 00 0 0 0 0 0 eth0\nfd00\n");
	TAP_OK(t.n == 2, "one route of IPv6");
	cidr_print(&t.v[1], text);
	TAP_STR(text, "fd00:0:0:1::/64", "as it is written");
	TAP_OK(cidr_parse("10.0.0.0/8", &c), "all of 10");
	network_taken_add(&t, &c);
	TAP_OK(!network_free_subnet(&t, AF_INET, &c), "nothing is free");
	TAP_OK(network_free_subnet(&t, AF_INET6, &c) && c.addr.bytes[0] == 0xfd && c.prefix == 64, "but of IPv6");
}

static struct network wanted(const char *name, const char *subnet)
{
	struct network n = {.name = xstrdup(name), .dns = true};

	if (subnet) {
		n.subnets.v = xcalloc(1, sizeof(struct network_subnet));
		n.subnets.v[n.subnets.n++].subnet = xstrdup(subnet);
	}
	return n;
}

static int make(int store, const char *name, const char *subnet, struct err *e)
{
	struct network n = wanted(name, subnet);
	int r = network_create(store, &n, e);

	network_done(&n);
	return r;
}

static void test_records(int store)
{
	struct network n = {.name = NULL};
	struct network_list l = {NULL, 0};
	auto_svec struct svec damaged = SVEC_INIT;
	struct err e = ERR_INIT;
	char prefix[9];

	TAP_OK(network_list(store, &l, NULL, &e) == 0 && !l.n, "none yet");
	TAP_OK(make(store, "a", "10.201.0.0/24", &e) == 0, "create: %s", e.msg);
	TAP_OK(make(store, "a", NULL, &e) < 0 && e.kind == EK_EXISTS, "twice: %s", e.msg);
	TAP_OK(make(store, "b", "10.201.0.128/25", &e) < 0 && e.kind == EK_IN_USE, "its subnet: %s", e.msg);
	TAP_OK(make(store, "b", "fd01:2::/64", &e) < 0 && e.kind == EK_INVALID, "ipv6 was not asked for: %s", e.msg);
	TAP_OK(make(store, "none", NULL, &e) < 0 && e.kind == EK_INVALID, "a mode: %s", e.msg);
	TAP_OK(network_read(store, "a", &n, &e) == 0, "read: %s", e.msg);
	TAP_STR(n.subnets.v[0].gateway, "10.201.0.1", "its gateway");
	memcpy(prefix, n.id, 8);
	prefix[8] = '\0';
	network_done(&n);
	TAP_OK(network_find(store, prefix, &n, &e) == 0 && !strcmp(n.name, "a"), "by id");
	network_done(&n);
	TAP_OK(network_find(store, "zz", &n, &e) < 0 && e.kind == EK_NOT_FOUND && network_find(store, "../a", &n, &e) < 0 && e.kind == EK_NOT_FOUND,
		"not there: %s", e.msg);
	TAP_OK(fs_write_file(store, "networks/bad.json", "{}", 2, 0600, 0) == 0 && fs_write_file(store, "networks/web.json", GOOD, strlen(GOOD), 0600, 0) == 0 &&
			renameat(store, "networks/web.json", store, "networks/other.json") == 0, "damage");
	TAP_OK(network_read(store, "bad", &n, &e) < 0 && e.kind == EK_INVALID && strstr(e.msg, "damaged"), "told: %s", e.msg);
	TAP_OK(network_list(store, &l, &damaged, &e) == 0 && l.n == 1 && damaged.n == 2, "the others are still listed");
	network_list_done(&l);
	TAP_OK(network_remove(store, "bad", &e) == 0 && network_remove(store, "bad", &e) < 0 && e.kind == EK_NOT_FOUND, "a damaged one can be removed");
}

int main(void)
{
	char dir[] = "/tmp/test_network-XXXXXX";
	auto_fd int store = -1;

	test_cidr();
	test_good();
	test_bad();
	test_words();
	test_taken();
	TAP_OK(mkdtemp(dir) && (store = fd_open(AT_FDCWD, dir, O_RDONLY | O_DIRECTORY, 0)) >= 0, "a store");
	test_records(store);
	TAP_OK(fs_remove_tree(AT_FDCWD, dir) == 0, "and away with it");
	return tap_done();
}
