/* network_subnet.c - which subnets the host uses, and which is free. */
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "net/network.h"

#define ROUTES_MAX (4u << 20)

void network_taken_add(struct network_taken *t, const struct cidr *c)
{
	t->v = xrealloc(t->v, t->n + 1, sizeof(*t->v));
	t->v[t->n++] = *c;
}

void network_taken_done(struct network_taken *t)
{
	free(t->v);
	*t = (struct network_taken){NULL, 0};
}

bool network_taken_has(const struct network_taken *t, const struct cidr *c)
{
	for (size_t i = 0; i < t->n; i++)
		if (cidr_overlaps(&t->v[i], c))
			return true;
	return false;
}

static void add_address(struct network_taken *t, const struct sockaddr *sa)
{
	struct cidr c = {.addr.family = sa->sa_family};

	if (sa->sa_family == AF_INET) {
		memcpy(c.addr.bytes, &((const struct sockaddr_in *)(const void *)sa)->sin_addr, 4);
		c.prefix = 32;
	} else if (sa->sa_family == AF_INET6) {
		memcpy(c.addr.bytes, &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr, 16);
		c.prefix = 128;
	} else {
		return;
	}
	network_taken_add(t, &c);
}

/* "eth0 0002000A 00000000 0001 0 0 100 00FFFFFF ...": numbers as they lie in memory. */
static void route4(struct network_taken *t, const char *line)
{
	struct cidr c = {.addr.family = AF_INET};
	unsigned dest, mask;

	if (sscanf(line, "%*15s %8x %*x %*x %*d %*d %*d %8x", &dest, &mask) != 2 || !mask)
		return;
	memcpy(c.addr.bytes, &dest, 4);
	c.prefix = (unsigned)__builtin_popcount(mask);
	network_taken_add(t, &c);
}

static bool hex_bytes(const char *hex, uint8_t *ret, size_t n)
{
	unsigned byte;

	for (size_t i = 0; i < n; i++) {
		if (sscanf(hex + 2 * i, "%2x", &byte) != 1)
			return false;
		ret[i] = (uint8_t)byte;
	}
	return true;
}

/* "fd000000000000000000000000000000 40 ...": the length is hex, too. */
static void route6(struct network_taken *t, const char *line)
{
	struct cidr c = {.addr.family = AF_INET6};
	char hex[33];

	if (sscanf(line, "%32[0-9a-f] %2x", hex, &c.prefix) != 2 || strlen(hex) != 32 || !c.prefix || c.prefix > 128 ||
		!hex_bytes(hex, c.addr.bytes, 16))
		return;
	network_taken_add(t, &c);
}

static void each_line(struct network_taken *t, const char *text, void (*add)(struct network_taken *t, const char *line))
{
	while (*text) {
		size_t n = strcspn(text, "\n");
		auto_free char *line = xstrndup(text, n);

		add(t, line);
		text += n + (text[n] == '\n');
	}
}

void network_taken_routes4(struct network_taken *t, const char *text)
{
	each_line(t, text, route4);
}

void network_taken_routes6(struct network_taken *t, const char *text)
{
	each_line(t, text, route6);
}

static void read_routes(const char *path, struct network_taken *t, void (*add)(struct network_taken *t, const char *text))
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	auto_fd int fd = fd_open(AT_FDCWD, path, O_RDONLY, 0);

	if (fd >= 0 && fd_read_all(fd, ROUTES_MAX, &text) >= 0 && text.buf)
		add(t, text.buf);
}

/* As far as it can be known: a host without IPv6 has no such file, and no such routes. */
void network_taken_host(struct network_taken *ret)
{
	struct ifaddrs *all = NULL;

	if (getifaddrs(&all) == 0)
		for (const struct ifaddrs *a = all; a; a = a->ifa_next)
			if (a->ifa_addr)
				add_address(ret, a->ifa_addr);
	freeifaddrs(all);
	read_routes("/proc/net/route", ret, network_taken_routes4);
	read_routes("/proc/net/ipv6_route", ret, network_taken_routes6);
}

static bool free4(const struct network_taken *t, struct cidr *ret)
{
	struct cidr c = {.addr = {.family = AF_INET, .bytes = {10, 89}}, .prefix = 24};

	for (unsigned i = 0; i < 256; i++) {
		c.addr.bytes[2] = (uint8_t)i;
		if (network_taken_has(t, &c))
			continue;
		*ret = c;
		return true;
	}
	return false;
}

/* RFC 4193: forty random bits (here 56) make it everybody's own. */
static bool free6(const struct network_taken *t, struct cidr *ret)
{
	struct cidr c = {.addr = {.family = AF_INET6, .bytes = {0xfd}}, .prefix = 64};

	for (unsigned tries = 0; tries < 100; tries++) {
		if (getrandom(c.addr.bytes + 1, 7, 0) != 7)
			return false;
		if (network_taken_has(t, &c))
			continue;
		*ret = c;
		return true;
	}
	return false;
}

bool network_free_subnet(const struct network_taken *t, int family, struct cidr *ret)
{
	return family == AF_INET ? free4(t, ret) : free6(t, ret);
}
