/* links: libbridged.a libnetin.a libcommon.a */
/* podlite-bridge: addresses, the bytes of DNS, names; the filter of both small resident programs. What it does with
 * namespaces is tests/bats/122-networks.bats. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bridged/bridged.h"
#include "common/alloc.h"
#include "common/confine.h"
#include "common/netlink.h"
#include "tap.h"

#define SEC 1000000000LL

/* ---- addresses ---- */

static struct bridge_subnet subnet4(const char *gateway, const char *first, const char *last, uint8_t prefix)
{
	struct bridge_subnet s = {.prefix = prefix};

	inet_pton(AF_INET, gateway, s.gateway);
	inet_pton(AF_INET, first, s.first);
	inet_pton(AF_INET, last, s.last);
	return s;
}

static const char *take(struct bridged_pool *p, const char *owner, const char *want, int64_t now)
{
	static char text[INET6_ADDRSTRLEN];
	uint8_t ip[16] = {0}, w[16];
	int r;

	if (want)
		inet_pton(p->len == 4 ? AF_INET : AF_INET6, want, w);
	r = bridged_pool_take(p, owner, want ? w : NULL, now, ip);
	if (r < 0)
		snprintf(text, sizeof(text), "%s", r == -EEXIST ? "taken" : r == -ERANGE ? "range" : r == -ENOSPC ? "full" : "?");
	else
		inet_ntop(p->len == 4 ? AF_INET : AF_INET6, ip, text, sizeof(text));
	return text;
}

static void give(struct bridged_pool *p, const char *ip, int64_t now)
{
	uint8_t raw[16];

	inet_pton(p->len == 4 ? AF_INET : AF_INET6, ip, raw);
	bridged_pool_give(p, raw, now);
}

static void test_pool(void)
{
	struct bridged_pool *p = new0(struct bridged_pool);
	struct bridge_subnet s = subnet4("10.89.0.1", "10.89.0.1", "10.89.0.6", 24);

	bridged_pool_init(p, &s, false);
	TAP_STR(take(p, "a", NULL, 1), "10.89.0.2", "the lowest, but for the gateway");
	TAP_STR(take(p, "b", NULL, 1), "10.89.0.3", "the next");
	TAP_STR(take(p, "c", "10.89.0.3", 1), "taken", "one that is in use");
	TAP_STR(take(p, "c", "10.89.0.1", 1), "range", "the gateway's");
	TAP_STR(take(p, "c", "10.90.0.9", 1), "range", "one of another subnet");
	TAP_STR(take(p, "c", "10.89.0.0", 1), "range", "the subnet's own");
	TAP_STR(take(p, "c", "10.89.0.255", 1), "range", "everybody's");
	TAP_STR(take(p, "c", "10.89.0.200", 1), "10.89.0.200", "one outside of what is given by itself");
	give(p, "10.89.0.2", 1);
	TAP_STR(take(p, "d", NULL, 2), "10.89.0.4", "one that was just given back rests");
	TAP_STR(take(p, "a", NULL, 2), "10.89.0.2", "but not for who had it");
	give(p, "10.89.0.2", 3);
	TAP_STR(take(p, "e", NULL, 3 + 61 * SEC), "10.89.0.2", "nor after a minute");
	TAP_STR(take(p, "f", NULL, 3), "10.89.0.5", "more");
	TAP_STR(take(p, "g", NULL, 3), "10.89.0.6", "the last");
	TAP_STR(take(p, "h", NULL, 3), "full", "none left");
	give(p, "10.89.0.4", 3);
	TAP_STR(take(p, "h", NULL, 4), "10.89.0.4", "rather one that rests than none");
	TAP_STR(take(p, "f", "10.89.0.5", 4), "10.89.0.5", "what one has, again: another helper's member");
	free(p);
}

static void test_pool_edges(void)
{
	struct bridged_pool *p = new0(struct bridged_pool);
	struct bridge_subnet s = subnet4("10.0.0.1", "10.0.0.1", "10.255.255.254", 8), v6 = {.prefix = 64};
	char owner[16];
	int n = 0;

	bridged_pool_init(p, &s, false);
	do
		snprintf(owner, sizeof(owner), "c%d", n);
	while (strcmp(take(p, owner, NULL, 1), "full") && ++n < 10000);
	TAP_OK(n == (int)ARRAY_SIZE(p->taken), "a large subnet is as large as the table: %d", n);
	inet_pton(AF_INET6, "fd12::1", v6.gateway);
	inet_pton(AF_INET6, "fd12::1", v6.first);
	inet_pton(AF_INET6, "fd12::ffff:ffff:ffff:ffff", v6.last);
	bridged_pool_init(p, &v6, true);
	TAP_STR(take(p, "a", NULL, 1), "fd12::2", "IPv6");
	TAP_STR(take(p, "b", "fd12::a:0:0:1", 1), "fd12::a:0:0:1", "a wanted one");
	TAP_STR(take(p, "c", "fd13::5", 1), "range", "of another subnet");
	bridged_pool_init(p, &(struct bridge_subnet){.prefix = 0}, true);
	TAP_STR(take(p, "a", NULL, 1), "range", "a family that is not there");
	free(p);
}

/* ---- questions ---- */

/* Header with these counts and the question NAME TYPE IN. Returns the length. */
static size_t make(uint8_t *buf, const char *name, uint16_t type, unsigned qd, bool edns)
{
	size_t n = 12;

	memset(buf, 0, 12);
	buf[0] = 0xab;
	buf[1] = 0xcd;
	buf[2] = 1;
	buf[5] = (uint8_t)qd;
	buf[11] = edns;
	while (*name) {
		size_t len = strcspn(name, ".");

		buf[n++] = (uint8_t)len;
		memcpy(buf + n, name, len);
		n += len;
		name += len + (name[len] == '.');
	}
	buf[n++] = 0;
	buf[n++] = (uint8_t)(type >> 8);
	buf[n++] = (uint8_t)type;
	buf[n++] = 0;
	buf[n++] = 1;
	if (edns) {
		memcpy(buf + n, "\0\0\51\4\320\0\0\0\0\0\0", 11);
		n += 11;
	}
	return n;
}

static void test_parse(void)
{
	uint8_t buf[600], other[600];
	struct bridged_query q;
	size_t n = make(buf, "WeB.Example", BRIDGED_A, 1, true);
	bool all = true;

	TAP_OK(bridged_query_parse(buf, n, &q) == 0 && q.id == 0xabcd && q.type == BRIDGED_A && q.edns && q.local && q.printable, "a question");
	TAP_STR(q.name, "web.example", "its name in lower case");
	for (size_t k = 0; k < q.end; k++)
		all = all && bridged_query_parse(buf, k, &q) != 0;
	TAP_OK(all, "cut anywhere it is none");
	n = make(buf, "web", BRIDGED_A, 2, false);
	TAP_OK(bridged_query_parse(buf, n, &q) == BRIDGED_FORMERR, "two questions");
	n = make(buf, "web", BRIDGED_A, 0, false);
	TAP_OK(bridged_query_parse(buf, n, &q) == BRIDGED_FORMERR, "none");
	n = make(buf, "web", BRIDGED_A, 1, false);
	buf[2] |= 0x80;
	TAP_OK(bridged_query_parse(buf, n, &q) == -EBADMSG, "an answer is no question: two resolvers would talk for ever");
	buf[2] = 0x28;
	TAP_OK(bridged_query_parse(buf, n, &q) == BRIDGED_NOTIMP, "an update");
	make(buf, "web", BRIDGED_A, 1, false);
	buf[12] = 0xc0;
	buf[13] = 12;
	TAP_OK(bridged_query_parse(buf, n, &q) == BRIDGED_FORMERR, "a pointer to itself");
	n = make(buf, "a b.\001", BRIDGED_A, 1, false);
	TAP_OK(bridged_query_parse(buf, n, &q) == 0 && !q.printable, "bytes that no name of ours has");
	n = make(buf, "123456789012345678901234567890123456789012345678901234567890123.123456789012345678901234567890123456789012345678901234567890123."
		 "123456789012345678901234567890123456789012345678901234567890123.1234567890123456789012345678901234567890123456789012345678901", 1, 1, false);
	TAP_OK(bridged_query_parse(buf, n, &q) == 0 && strlen(q.name) == 253, "255 bytes are a name: %zu", strlen(q.name));
	n = make(buf, "123456789012345678901234567890123456789012345678901234567890123.123456789012345678901234567890123456789012345678901234567890123."
		 "123456789012345678901234567890123456789012345678901234567890123.12345678901234567890123456789012345678901234567890123456789012", 1, 1, false);
	TAP_OK(bridged_query_parse(buf, n, &q) == BRIDGED_FORMERR, "256 are none");

	n = make(buf, "web", BRIDGED_A, 1, true);
	memcpy(other, buf, n);
	other[2] |= 0x80;
	other[13] = 'W';
	TAP_OK(bridged_query_matches(buf, n, other, n), "an answer, the letters in another case");
	other[13] = 'x';
	TAP_OK(!bridged_query_matches(buf, n, other, n), "to another question");
	other[13] = 'w';
	other[1]++;
	TAP_OK(!bridged_query_matches(buf, n, other, n), "with another id");
	other[1]--;
	TAP_OK(!bridged_query_matches(buf, n, other, 15) && !bridged_query_matches(buf, n, buf, n), "cut, or no answer");
}

static void test_reverse(void)
{
	uint8_t ip[16];

	TAP_OK(bridged_query_reverse("2.0.89.10.in-addr.arpa", ip) == 4 && ip[0] == 10 && ip[3] == 2, "in-addr.arpa");
	TAP_OK(!bridged_query_reverse("02.0.89.10.in-addr.arpa", ip) && !bridged_query_reverse("256.0.0.1.in-addr.arpa", ip) &&
		!bridged_query_reverse("0.89.10.in-addr.arpa", ip) && !bridged_query_reverse("2.0.89.10.in-addr.arpa.x", ip), "what only looks like it");
	TAP_OK(bridged_query_reverse("2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.2.1.d.f.ip6.arpa", ip) == 16 && ip[0] == 0xfd &&
		ip[1] == 0x12 && ip[15] == 2, "ip6.arpa");
	TAP_OK(!bridged_query_reverse("g.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.2.1.d.f.ip6.arpa", ip), "no digit");
}

/* ---- names ---- */

static struct bridged *network(void)
{
	static const char *const names[] = {"web\0www\0", "db\0www\0"};
	static const size_t lengths[] = {9, 8};
	struct bridged *b = new0(struct bridged);

	b->setup.v4 = subnet4("10.89.0.1", "10.89.0.1", "10.89.0.254", 24);
	for (size_t i = 0; i < 2; i++) {
		struct bridged_member *m = new0(struct bridged_member);

		m->joined = true;
		m->names = xmalloc(lengths[i]);
		memcpy(m->names, names[i], lengths[i]);
		memcpy(m->ip4, (uint8_t[]){10, 89, 0, (uint8_t)(2 + i)}, 4);
		b->members[i] = m;
	}
	return b;
}

static void network_free(struct bridged *b)
{
	for (size_t i = 0; i < 2; i++) {
		free(b->members[i]->names);
		free(b->members[i]);
	}
	free(b);
}

static enum bridged_known known(const struct bridged *b, const char *name, uint16_t type, size_t room, struct bridged_answer *a, uint8_t *out)
{
	uint8_t buf[600];
	struct bridged_query q;
	enum bridged_known k;

	if (bridged_query_parse(buf, make(buf, name, type, 1, true), &q))
		abort();
	bridged_answer_begin(a, out, room, buf, &q, 0);
	k = bridged_names_answer(b, &q, a);
	bridged_answer_end(a);
	return k;
}

static void test_names(void)
{
	struct bridged *b = network();
	struct bridged_answer a;
	uint8_t out[600];

	TAP_OK(known(b, "Web", BRIDGED_A, 512, &a, out) == BRIDGED_KNOWN && a.count == 1 && out[0] == 0xab && (out[2] & 0x80) && out[7] == 1 && out[11] == 1,
		"an address, with EDNS kept");
	TAP_OK(known(b, "www.dns.podman", BRIDGED_A, 512, &a, out) == BRIDGED_KNOWN && a.count == 2, "a name of two, with the suffix");
	TAP_OK(known(b, "web", BRIDGED_AAAA, 512, &a, out) == BRIDGED_KNOWN && a.count == 0 && out[3] == 0x80, "no address of that family: empty, no error");
	TAP_OK(known(b, "nobody.dns.podman", BRIDGED_A, 512, &a, out) == BRIDGED_NOBODY, "nobody below the suffix");
	TAP_OK(known(b, "example.com", BRIDGED_A, 512, &a, out) == BRIDGED_UNKNOWN, "somebody else's");
	TAP_OK(known(b, "3.0.89.10.in-addr.arpa", BRIDGED_PTR, 512, &a, out) == BRIDGED_KNOWN && a.count == 1, "a name for an address");
	TAP_OK(known(b, "9.0.89.10.in-addr.arpa", BRIDGED_PTR, 512, &a, out) == BRIDGED_NOBODY, "nobody's address");
	TAP_OK(known(b, "9.9.9.9.in-addr.arpa", BRIDGED_PTR, 512, &a, out) == BRIDGED_UNKNOWN, "not of this network");
	TAP_OK(known(b, "www", BRIDGED_A, 12 + 9 + 16 + 11, &a, out) == BRIDGED_KNOWN && a.count == 1 && (out[2] & 2), "what does not fit sets TC");
	b->members[0]->joined = false;
	TAP_OK(known(b, "web", BRIDGED_A, 512, &a, out) == BRIDGED_UNKNOWN && !bridged_names_find(b, "web"), "who has left has no name");
	TAP_OK(bridged_names_ok("a\0b-c.d_e\0", 11) && bridged_names_ok("", 1) && !bridged_names_ok("a", 1) && !bridged_names_ok("a b\0", 5) &&
		!bridged_names_ok("a\nb\0", 5) && !bridged_names_ok("a\0b", 3), "lists of names");
	network_free(b);
}

/* ---- what both programs share ---- */

/* A child with this filter; what its call returned, 0 to 125. */
static int confined(long call, long arg0, long arg1)
{
	static const unsigned calls[] = {CONFINE_LOOP_CALLS};
	static const struct confine_arg args[] = {{__NR_socket, 0, {AF_INET, AF_INET6, AF_INET, AF_INET}}, {__NR_fcntl, 1, {1, 2, 3, 3}}};
	static const struct confine c = {.name = "test", .calls = calls, .ncalls = ARRAY_SIZE(calls), .args = args, .nargs = 2};
	pid_t pid = fork();
	int status;

	if (!pid) {
		struct err e = ERR_INIT;

		if (confine_process(&c, &e) < 0) {
			fprintf(stderr, "# %s\n", e.msg);
			_exit(126);
		}
		/* not _exit: what a sanitizer does before it is not on the list */
		syscall(__NR_exit_group, syscall(call, arg0, arg1, 0) < 0 ? errno : 0);
	}
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_confine(void)
{
	TAP_OK(confined(__NR_socket, AF_INET, SOCK_DGRAM) == 0 && confined(__NR_socket, AF_INET6, SOCK_DGRAM) == 0, "internet sockets");
	TAP_OK(confined(__NR_socket, AF_UNIX, SOCK_DGRAM) == EPERM && confined(__NR_socket, AF_NETLINK, SOCK_RAW) == EPERM, "no others");
	TAP_OK(confined(__NR_fcntl, 0, 1) == 0 && confined(__NR_fcntl, 0, 3) == 0 && confined(__NR_fcntl, 0, 0) == EPERM, "a second call with values");
	TAP_OK(confined(__NR_execve, 0, 0) == EPERM && confined(__NR_openat, 0, 0) == EPERM && confined(__NR_getppid, 0, 0) == EPERM, "and nothing else");
}

static void test_netlink(void)
{
	struct netlink_request q;
	char big[900] = "";
	size_t nest;

	netlink_begin(&q, 1, 0, "head", 4);
	nest = netlink_nest(&q, 7);
	netlink_attr_str(&q, 8, "ab");
	netlink_attr_u32(&q, 9, 5);
	netlink_nest_end(&q, nest);
	TAP_OK(!q.full && q.h.nlmsg_len == 16 + 4 + 4 + 8 + 8 && *(uint16_t *)((char *)&q + nest) == 20, "a nest holds what is in it: %u", q.h.nlmsg_len);
	netlink_attr(&q, 10, big, sizeof(big));
	netlink_attr(&q, 11, big, sizeof(big));
	TAP_OK(q.full && netlink_ask(-1, &q) == -EMSGSIZE, "what does not fit is never sent");
}

int main(void)
{
	test_pool();
	test_pool_edges();
	test_parse();
	test_reverse();
	test_names();
	test_confine();
	test_netlink();
	return tap_done();
}
