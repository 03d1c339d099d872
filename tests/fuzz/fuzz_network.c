/* links: libnetin.a libcommon.a -ljson-c */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "net/network.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whoever has a record may believe its header: addresses lie in their subnets, names are no paths. */
static void believe(const struct network *n)
{
	struct network_plan p;

	if (!network_plan(n, AF_INET, &p) || network_plan(n, AF_INET6, &p) != n->ipv6)
		abort();
	for (int family = AF_INET; family; family = family == AF_INET && n->ipv6 ? AF_INET6 : 0) {
		if (!network_plan(n, family, &p) || !cidr_contains(&p.subnet, &p.gateway) || !cidr_contains(&p.subnet, &p.first) ||
			!cidr_contains(&p.subnet, &p.last) || cidr_compare(&p.first, &p.last) > 0 || !cidr_compare(&p.gateway, &p.subnet.addr))
			abort();
	}
	if (strchr(n->name, '/') || strchr(n->interface, '/') || strlen(n->interface) > 15 || network_mtu(n) > NETWORK_MTU_MAX)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = xstrndup((const char *)data, size);
	auto_cleanup(network_taken_done) struct network_taken t = {NULL, 0};
	struct network n, again;

	network_taken_routes4(&t, text);
	network_taken_routes6(&t, text);
	for (size_t i = 0; i < t.n; i++)
		if (!t.v[i].prefix || t.v[i].prefix > 128)
			abort();
	if (network_parse((const char *)data, size, &n, NULL) == 0) {
		auto_jval struct jval *v = network_json(&n);
		auto_sbuf struct sbuf out = SBUF_INIT;

		believe(&n);
		jval_print(v, false, &out);
		if (network_parse(out.buf, out.len, &again, NULL) < 0)
			abort();
		network_done(&again);
		network_done(&n);
	}
	return 0;
}
