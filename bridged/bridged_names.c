/* bridged_names.c - which name is whose. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "bridged/bridged.h"
#include "net/cidr.h"

#define SUFFIX ".dns.podman" /* what podman's resolver calls its networks, so scripts have it */

static const char *next(const char *name)
{
	return name + strlen(name) + 1;
}

bool bridged_names_ok(const char *names, size_t n)
{
	const char *end = names + n;

	while (names < end && *names) {
		size_t len = strnlen(names, (size_t)(end - names));

		if (names + len == end || len >= BRIDGED_NAME_LEN)
			return false;
		for (size_t i = 0; i < len; i++) {
			unsigned char c = (unsigned char)names[i];

			if (c > 126 || (!isalnum(c) && !strchr("-._", c)))
				return false;
		}
		names += len + 1;
	}
	return names < end;
}

static bool has_name(const struct bridged_member *m, const char *name, size_t n)
{
	for (const char *p = m->names; p && *p; p = next(p))
		if (!strncasecmp(p, name, n) && !p[n])
			return true;
	return false;
}

/* Without our suffix, if the name has it. */
static size_t bare_length(const char *name, bool *ret_ours)
{
	size_t n = strlen(name), s = sizeof(SUFFIX) - 1;

	*ret_ours = n > s && !strcmp(name + n - s, SUFFIX);
	return *ret_ours ? n - s : n;
}

static enum bridged_known addresses(const struct bridged *b, const struct bridged_query *q, struct bridged_answer *a)
{
	static const uint8_t none[16];
	bool ours, found = false;
	size_t n = bare_length(q->name, &ours);

	for (size_t i = 0; n && i < ARRAY_SIZE(b->members); i++) {
		const struct bridged_member *m = b->members[i];

		if (!m || !m->joined || !has_name(m, q->name, n))
			continue;
		found = true;
		if (q->type == BRIDGED_A && memcmp(m->ip4, none, 16))
			bridged_answer_address(a, BRIDGED_A, m->ip4);
		if (q->type == BRIDGED_AAAA && memcmp(m->ip6, none, 16))
			bridged_answer_address(a, BRIDGED_AAAA, m->ip6);
	}
	return found ? BRIDGED_KNOWN : ours ? BRIDGED_NOBODY : BRIDGED_UNKNOWN;
}

static bool in_subnet(const struct bridge_subnet *net, const uint8_t *ip, size_t len)
{
	int family = len == 4 ? AF_INET : AF_INET6;
	struct cidr_addr a = {.family = family}, gateway = {.family = family};
	struct cidr c;

	memcpy(a.bytes, ip, len);
	memcpy(gateway.bytes, net->gateway, len);
	c = cidr_of(&gateway, net->prefix);
	return net->prefix && cidr_contains(&c, &a);
}

static enum bridged_known reverse(const struct bridged *b, const struct bridged_query *q, struct bridged_answer *a)
{
	uint8_t ip[16];
	size_t len = bridged_query_reverse(q->name, ip);

	if (!len || !in_subnet(len == 4 ? &b->setup.v4 : &b->setup.v6, ip, len))
		return BRIDGED_UNKNOWN;
	for (size_t i = 0; i < ARRAY_SIZE(b->members); i++) {
		const struct bridged_member *m = b->members[i];

		if (!m || !m->joined || memcmp(len == 4 ? m->ip4 : m->ip6, ip, len))
			continue;
		if (*m->names)
			bridged_answer_name(a, m->names);
		return BRIDGED_KNOWN;
	}
	return BRIDGED_NOBODY;
}

enum bridged_known bridged_names_answer(const struct bridged *b, const struct bridged_query *q, struct bridged_answer *a)
{
	enum bridged_known known;

	if (!q->local || !q->printable)
		return BRIDGED_UNKNOWN;
	known = addresses(b, q, a);
	return known == BRIDGED_UNKNOWN && q->type == BRIDGED_PTR ? reverse(b, q, a) : known;
}

const struct bridged_member *bridged_names_find(const struct bridged *b, const char *name)
{
	bool ours;
	size_t n = bare_length(name, &ours);

	for (size_t i = 0; i < ARRAY_SIZE(b->members); i++)
		if (b->members[i] && b->members[i]->joined && has_name(b->members[i], name, n))
			return b->members[i];
	return NULL;
}
