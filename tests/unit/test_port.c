/* links: libnetin.a libcommon.a -ljson-c */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <unistd.h>

#include "common/fd.h"
#include "net/port.h"
#include "tap.h"

static void good(const char *text, const char *ip, unsigned host, unsigned ctr, unsigned range, const char *proto)
{
	struct err e = ERR_INIT;
	struct port p;

	if (!TAP_OK(port_parse(text, &p, &e) == 0, "-p %s %s", text, e.msg))
		return;
	TAP_OK(!strcmp(p.host_ip, ip) && p.host_port == host && p.container_port == ctr && p.range == range &&
			!strcmp(p.proto, proto), "-p %s: %s %u %u x%u %s", text, p.host_ip, p.host_port, p.container_port, p.range, p.proto);
}

static void test_grammar(void)
{
	static const char *const bad[] = {"", ":", "x", "80:", "0", "65536", "80:65536", "-1", "+80", " 80", "80 ", "80/", "80/xyz", "80/tcp/udp",
		"8000-8001:80", "9-8:9-8", "1.2.3:80:80", "1.2.3.4.5:80:80", "[::1]80:80", "[::1]", "[::1]:", "[127.0.0.1]:80:80", "::1:80:80",
		"a.b.c.d:80:80", "80:80:80", "127.0.0.1:80:80:80", "0x50:80", "80-:80-", "1-2-3:1-2-3", "999999999999:80",
		"11111111111111111111111111111111111111111111111111111:80:80", "127.0.0.1::", "\n80:80"};

	good("80", "", 0, 80, 1, "tcp");
	good("8080:80", "", 8080, 80, 1, "tcp");
	good("8080:80/udp", "", 8080, 80, 1, "udp");
	good("8080:80/UDP", "", 8080, 80, 1, "udp");
	good("53/sctp", "", 0, 53, 1, "sctp");
	good("127.0.0.1:8080:80", "127.0.0.1", 8080, 80, 1, "tcp");
	good("127.0.0.1::80", "127.0.0.1", 0, 80, 1, "tcp");
	good("0:80", "", 0, 80, 1, "tcp");
	good(":80", "", 0, 80, 1, "tcp");
	good("[::1]:8080:80", "::1", 8080, 80, 1, "tcp");
	good("[::]:8000-8009:9000-9009/udp", "::", 8000, 9000, 10, "udp");
	good("1-65535:1-65535", "", 1, 1, 65535, "tcp");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct err e = ERR_INIT;
		struct port p;

		TAP_OK(port_parse(bad[i], &p, &e) < 0 && e.kind == EK_USAGE, "refused: %s", e.msg);
	}
}

static void test_exposed(void)
{
	struct err e = ERR_INIT;
	struct port p;

	TAP_OK(port_parse_exposed("80", &p, &e) == 0 && p.container_port == 80 && !p.host_port, "--expose 80");
	TAP_OK(port_parse_exposed("1000-1002/udp", &p, &e) == 0 && p.range == 3 && !strcmp(p.proto, "udp"), "--expose range");
	TAP_OK(port_parse_exposed("80:80", &p, &e) < 0, "%s", e.msg);
	TAP_OK(port_parse_exposed("", &p, &e) < 0, "%s", e.msg);
}

static void test_conflicts(void)
{
	struct port a, b;
	struct err e = ERR_INIT;
	static const struct {
		const char *a, *b;
		bool want;
	} t[] = {{"80:80", "80:81", true}, {"80:80", "80:80/udp", false}, {"127.0.0.1:80:80", "80:80", true},
		{"127.0.0.1:80:80", "127.0.0.2:80:80", false}, {"80-90:80-90", "90-91:1-2", true}, {"80-90:80-90", "91:1", false},
		{"80", "80", false}};

	for (size_t i = 0; i < ARRAY_SIZE(t); i++)
		TAP_OK(!port_parse(t[i].a, &a, &e) && !port_parse(t[i].b, &b, &e) && port_conflict(&a, &b) == t[i].want &&
				port_conflict(&b, &a) == t[i].want, "%s and %s", t[i].a, t[i].b);
}

static void test_binding(void)
{
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct port p = {.host_ip = "127.0.0.1", .proto = "tcp", .range = 1};
	auto_fd int fd = fd_socket(AF_INET, SOCK_STREAM, 0);
	socklen_t n = sizeof(sa);
	struct err e = ERR_INIT;
	int got = port_pick(&p, &e);

	TAP_OK(got > 0 && got < 65536, "picked %d", got);
	p.range = 3;
	TAP_OK(port_pick(&p, &e) > 0, "picked three in a row");
	if (!TAP_OK(!bind(fd, (struct sockaddr *)&sa, sizeof(sa)) && !listen(fd, 1) && !getsockname(fd, (struct sockaddr *)&sa, &n), "listen"))
		return;
	p.range = 1;
	p.host_port = ntohs(sa.sin_port);
	TAP_OK(port_check(&p, &e) < 0 && e.kind == EK_IN_USE, "%s", e.msg);
	fd_closep(&fd);
	TAP_OK(port_check(&p, &e) == 0, "free again");
}

int main(void)
{
	test_grammar();
	test_exposed();
	test_conflicts();
	test_binding();
	return tap_done();
}
