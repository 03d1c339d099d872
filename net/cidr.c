#include "net/cidr.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "common/units.h"

static unsigned width(const struct cidr_addr *a)
{
	return a->family == AF_INET ? 32 : 128;
}

bool cidr_addr_parse(const char *text, struct cidr_addr *ret)
{
	struct cidr_addr a = {.family = strchr(text, ':') ? AF_INET6 : AF_INET};

	if (inet_pton(a.family, text, a.bytes) != 1)
		return false;
	*ret = a;
	return true;
}

/* Every bit from number `from` on becomes `bit`. */
static void fill(struct cidr_addr *a, unsigned from, bool bit)
{
	for (unsigned i = from; i < width(a); i++) {
		uint8_t mask = (uint8_t)(0x80 >> i % 8);

		if (bit)
			a->bytes[i / 8] |= mask;
		else
			a->bytes[i / 8] &= (uint8_t)~mask;
	}
}

bool cidr_parse(const char *text, struct cidr *ret)
{
	const char *slash = strchr(text, '/');
	char addr[CIDR_TEXT];
	struct cidr c;
	uint64_t prefix;

	if (!slash || (size_t)(slash - text) >= sizeof(addr) || !units_parse_u64(slash + 1, &prefix))
		return false;
	memcpy(addr, text, (size_t)(slash - text));
	addr[slash - text] = '\0';
	if (!cidr_addr_parse(addr, &c.addr) || prefix > width(&c.addr))
		return false;
	c.prefix = (unsigned)prefix;
	fill(&c.addr, c.prefix, false);
	*ret = c;
	return true;
}

void cidr_addr_print(const struct cidr_addr *a, char ret[CIDR_TEXT])
{
	if (!a->family || !inet_ntop(a->family, a->bytes, ret, CIDR_TEXT))
		*ret = '\0';
}

void cidr_print(const struct cidr *c, char ret[CIDR_TEXT])
{
	size_t n;

	cidr_addr_print(&c->addr, ret);
	n = strlen(ret);
	snprintf(ret + n, CIDR_TEXT - n, "/%u", c->prefix);
}

int cidr_compare(const struct cidr_addr *a, const struct cidr_addr *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

struct cidr cidr_of(const struct cidr_addr *a, unsigned prefix)
{
	struct cidr c = {.addr = *a, .prefix = prefix};

	fill(&c.addr, prefix, false);
	return c;
}

bool cidr_contains(const struct cidr *c, const struct cidr_addr *a)
{
	struct cidr_addr base = *a;

	if (a->family != c->addr.family)
		return false;
	fill(&base, c->prefix, false);
	return !cidr_compare(&base, &c->addr);
}

bool cidr_overlaps(const struct cidr *a, const struct cidr *b)
{
	return a->prefix < b->prefix ? cidr_contains(a, &b->addr) : cidr_contains(b, &a->addr);
}

void cidr_hosts(const struct cidr *c, struct cidr_addr *ret_first, struct cidr_addr *ret_last)
{
	unsigned last_byte = width(&c->addr) / 8 - 1;

	*ret_first = c->addr;
	*ret_last = c->addr;
	fill(ret_last, c->prefix, true);
	if (c->prefix + 1 >= width(&c->addr))
		return; /* no room for either */
	ret_first->bytes[last_byte] |= 1;
	if (c->addr.family == AF_INET)
		ret_last->bytes[last_byte] &= 0xfe;
}
