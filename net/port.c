#include "net/port.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>

#include "common/alloc.h"
#include "common/fd.h"

#define BACKLOG 4096 /* the kernel takes its own limit if that is smaller */

/* Decimal 1..65535 up to end; 0 if it is anything else. */
static unsigned number(const char *s, const char *end)
{
	unsigned n = 0;

	if (s == end || end - s > 5)
		return 0;
	for (; s < end; s++) {
		if (*s < '0' || *s > '9')
			return 0;
		n = n * 10 + (unsigned)(*s - '0');
	}
	return n > 65535 ? 0 : n;
}

/* "8000" or "8000-8010" */
static bool range(const char *s, const char *end, uint16_t *ret_first, uint16_t *ret_count)
{
	const char *dash = memchr(s, '-', (size_t)(end - s));
	unsigned a = number(s, dash ? dash : end);
	unsigned b = dash ? number(dash + 1, end) : a;

	if (!a || b < a || b - a > 65534)
		return false;
	*ret_first = (uint16_t)a;
	*ret_count = (uint16_t)(b - a + 1);
	return true;
}

/* Splits "/proto" off; *end is moved to the slash. */
static int parse_proto(const char *text, const char **end, struct port *p, struct err *err)
{
	const char *slash = memchr(text, '/', (size_t)(*end - text));
	const char *proto = slash ? slash + 1 : "tcp";

	if (strcasecmp(proto, "tcp") && strcasecmp(proto, "udp") && strcasecmp(proto, "sctp"))
		return err_set(err, EK_USAGE, "port %s: unknown protocol \"%s\": tcp, udp or sctp", text, proto);
	for (size_t i = 0; i <= strlen(proto); i++)
		p->proto[i] = (char)(proto[i] | (proto[i] ? 0x20 : 0));
	if (slash)
		*end = slash;
	return 0;
}

static int check_ip(const char *text, struct port *p, bool bracketed, struct err *err)
{
	unsigned char raw[16];

	if (!*p->host_ip && !bracketed)
		return 0;
	if (inet_pton(bracketed ? AF_INET6 : AF_INET, p->host_ip, raw) == 1)
		return 0;
	err_set(err, EK_USAGE, "port %s: \"%s\" is not an IPv%d address", text, p->host_ip, bracketed ? 6 : 4);
	return bracketed ? -1 : err_advise(err, "an IPv6 address stands in brackets: [::1]:8080:80");
}

/* The address part; *s is moved behind its colon. */
static int parse_ip(const char *text, const char **s, const char *end, struct port *p, struct err *err)
{
	bool bracketed = **s == '[';
	const char *stop;
	size_t n;

	if (bracketed) {
		(*s)++;
		stop = memchr(*s, ']', (size_t)(end - *s));
		if (!stop || stop + 1 >= end || stop[1] != ':')
			return err_set(err, EK_USAGE, "port %s: expected [IPv6]:HOST:CONTAINER", text);
	} else {
		const char *last = memrchr(*s, ':', (size_t)(end - *s));

		stop = last ? memchr(*s, ':', (size_t)(last - *s)) : NULL;
		if (!stop)
			return 0; /* HOST:CONTAINER or CONTAINER */
	}
	n = (size_t)(stop - *s);
	if (n >= sizeof(p->host_ip))
		return err_set(err, EK_USAGE, "port %s: the address is too long", text);
	memcpy(p->host_ip, *s, n);
	p->host_ip[n] = '\0';
	*s = stop + (bracketed ? 2 : 1);
	return check_ip(text, p, bracketed, err);
}

int port_parse(const char *text, struct port *ret, struct err *err)
{
	struct port p = {.host_port = 0};
	const char *s = text, *end = text + strlen(text), *colon;
	uint16_t host_count = 0;

	if (parse_proto(text, &end, &p, err) < 0 || parse_ip(text, &s, end, &p, err) < 0)
		return -1;
	colon = memchr(s, ':', (size_t)(end - s));
	if (!range(colon ? colon + 1 : s, end, &p.container_port, &p.range))
		return err_set(err, EK_USAGE,
			"port %s: expected [[IP:][HOST]:]CONTAINER[/tcp|udp] with ports from 1 to 65535", text);
	if (colon && colon > s) {
		bool zero = colon - s == 1 && *s == '0'; /* "0:80" asks for any free port */

		if (!zero && !range(s, colon, &p.host_port, &host_count))
			return err_set(err, EK_USAGE, "port %s: the host port must be from 1 to 65535", text);
		if (!zero && host_count != p.range)
			return err_set(err, EK_USAGE,
				"port %s: host and container port ranges have different lengths: %u and %u", text,
				host_count, p.range);
	}
	*ret = p;
	return 0;
}

int port_parse_exposed(const char *text, struct port *ret, struct err *err)
{
	struct port p = {.host_port = 0};
	const char *end = text + strlen(text);

	if (parse_proto(text, &end, &p, err) < 0)
		return -1;
	if (!range(text, end, &p.container_port, &p.range))
		return err_set(err, EK_USAGE, "port %s: expected PORT[-PORT][/tcp|udp] from 1 to 65535", text);
	*ret = p;
	return 0;
}

static bool any_address(const char *ip)
{
	return !*ip || !strcmp(ip, "0.0.0.0") || !strcmp(ip, "::");
}

bool port_conflict(const struct port *a, const struct port *b)
{
	if (!a->host_port || !b->host_port || strcmp(a->proto, b->proto))
		return false;
	if (!any_address(a->host_ip) && !any_address(b->host_ip) && strcmp(a->host_ip, b->host_ip))
		return false;
	return a->host_port < b->host_port + b->range && b->host_port < a->host_port + a->range;
}

union address {
	struct sockaddr sa;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static socklen_t make_address(const struct port *p, bool v6, unsigned port, union address *a)
{
	memset(a, 0, sizeof(*a));
	if (v6) {
		a->v6.sin6_family = AF_INET6;
		a->v6.sin6_port = htons((uint16_t)port);
		if (*p->host_ip)
			inet_pton(AF_INET6, p->host_ip, &a->v6.sin6_addr);
		return sizeof(a->v6);
	}
	a->v4.sin_family = AF_INET;
	a->v4.sin_port = htons((uint16_t)port);
	if (*p->host_ip)
		inet_pton(AF_INET, p->host_ip, &a->v4.sin_addr);
	return sizeof(a->v4);
}

static void for_connections(int fd)
{
	int one = 1;

	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

/* A socket bound to one address family, listening if it is TCP; or -errno. Connections inherit the
 * options. port 0: *ret_port tells which the kernel chose. */
static int listen_one(const struct port *p, bool v6, unsigned port, unsigned *ret_port)
{
	union address a;
	socklen_t n = make_address(p, v6, port, &a);
	bool udp = !strcmp(p->proto, "udp");
	auto_fd int fd = fd_socket(a.sa.sa_family, (udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK, 0);
	int one = 1;

	if (fd < 0)
		return fd;
	if (v6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	if (!udp) {
		/* ports in TIME_WAIT are free, listening ones are not */
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
		for_connections(fd);
	}
	if (bind(fd, &a.sa, n) < 0 || (!udp && listen(fd, BACKLOG) < 0))
		return -errno;
	if (ret_port && !getsockname(fd, &a.sa, &n))
		*ret_port = ntohs(v6 ? a.v6.sin6_port : a.v4.sin_port);
	return take_fd(fd);
}

/* Every address means one socket for IPv4 and one for IPv6: how many there are, or -errno. */
static int listen_both(const struct port *p, unsigned port, int ret_fds[2], unsigned *ret_port)
{
	bool both = !*p->host_ip;

	ret_fds[0] = ret_fds[1] = -1;
	ret_fds[0] = listen_one(p, !both && strchr(p->host_ip, ':'), port, &port);
	if (ret_fds[0] < 0)
		return ret_fds[0];
	if (ret_port)
		*ret_port = port;
	if (!both)
		return 1;
	ret_fds[1] = listen_one(p, true, port, NULL);
	/* a host without IPv6 */
	if (ret_fds[1] == -EAFNOSUPPORT || ret_fds[1] == -EADDRNOTAVAIL)
		return 1;
	if (ret_fds[1] >= 0)
		return 2;
	fd_close(ret_fds[0]);
	return ret_fds[1];
}

static int try_port(const struct port *p, unsigned port, unsigned *ret_port)
{
	int fds[2], n = listen_both(p, port, fds, ret_port);

	for (int i = 0; i < n; i++)
		fd_close(fds[i]);
	return MIN_OF(n, 0);
}

static int try_range(const struct port *p, unsigned first, unsigned *ret_bad)
{
	for (unsigned i = 0; i < p->range; i++) {
		int r = first + i > 65535 ? -ERANGE : try_port(p, first + i, NULL);

		*ret_bad = first + i;
		if (r < 0)
			return r;
	}
	return 0;
}

int port_pick(const struct port *p, struct err *err)
{
	unsigned first = 0, bad;

	for (int tries = 0; tries < 64; tries++) {
		int r = try_port(p, 0, &first);

		if (r == -EADDRINUSE) /* free for one family only */
			continue;
		if (r < 0)
			return err_neg(err, r, "find a free %s port on %s", p->proto,
				*p->host_ip ? p->host_ip : "any address");
		if (p->range == 1 || !try_range(p, first, &bad))
			return (int)first;
	}
	return err_set(err, EK_IN_USE, "find %u consecutive free %s ports: none in 64 tries", p->range,
		p->proto);
}

static int refused(const struct port *p, unsigned port, int r, struct err *err)
{
	const char *ip = *p->host_ip ? p->host_ip : "0.0.0.0";
	bool v6 = strchr(ip, ':');

	if (r == -EADDRINUSE) {
		err_set(err, EK_IN_USE, "publish %s%s%s:%u/%s: the port is already in use", v6 ? "[" : "", ip, v6 ? "]" : "",
			port, p->proto);
		return err_advise(err, "choose another or stop what listens there (ss -lnp 'sport = :%u')", port);
	}
	err_neg(err, r, "publish %s%s%s:%u/%s", v6 ? "[" : "", ip, v6 ? "]" : "", port, p->proto);
	if (r == -EACCES)
		err_advise(err, "ports below 1024 need: sysctl net.ipv4.ip_unprivileged_port_start=%u, "
				"or choose a higher one", port);
	if (r == -EADDRNOTAVAIL)
		err_advise(err, "this host does not have that address");
	if (r == -EMFILE)
		err_advise(err, "publish fewer ports or raise ulimit -n");
	return -1;
}

int port_listen(const struct port *p, unsigned i, int ret_fds[2], struct err *err)
{
	int n = listen_both(p, p->host_port + i, ret_fds, NULL);

	return n < 0 ? refused(p, p->host_port + i, n, err) : n;
}

static int option(int fd, int name)
{
	int value = -1;
	socklen_t n = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, name, &value, &n) < 0 ? -1 : value;
}

bool port_is(const struct port *p, unsigned i, int fd, bool *ret_v6)
{
	union address a, want;
	socklen_t n = sizeof(a);
	bool udp = !strcmp(p->proto, "udp");

	memset(&a, 0, sizeof(a));
	if (option(fd, SO_TYPE) != (udp ? SOCK_DGRAM : SOCK_STREAM) || (!udp && option(fd, SO_ACCEPTCONN) != 1) ||
		getsockname(fd, &a.sa, &n) < 0 || (a.sa.sa_family != AF_INET && a.sa.sa_family != AF_INET6))
		return false;
	*ret_v6 = a.sa.sa_family == AF_INET6;
	(void)make_address(p, *ret_v6, p->host_port + i, &want);
	if (*ret_v6 ? a.v6.sin6_port != want.v6.sin6_port : a.v4.sin_port != want.v4.sin_port)
		return false;
	if (*p->host_ip && (*ret_v6 != !!strchr(p->host_ip, ':') ||
		(*ret_v6 ? memcmp(&a.v6.sin6_addr, &want.v6.sin6_addr, 16) : memcmp(&a.v4.sin_addr, &want.v4.sin_addr, 4))))
		return false;
	if (!udp)
		for_connections(fd);
	return fd_set_nonblock(fd, true) == 0;
}

int port_check(const struct port *p, struct err *err)
{
	unsigned bad = 0;
	int r = try_range(p, p->host_port, &bad);

	return r < 0 ? refused(p, bad, r, err) : 0;
}
