/* links: libbridged.a libnetin.a libcommon.a */
/* What a container asks the resolver, answered from the members' names; and what a server may answer. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bridged/bridged.h"
#include "common/alloc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct bridged *network(void)
{
	static char names[] = "web\0a.b\0", none[] = "";
	static struct bridged_member m[2];
	static struct bridged b;

	m[0] = (struct bridged_member){.joined = true, .names = names, .ip4 = {10, 89, 0, 2}};
	m[1] = (struct bridged_member){.joined = true, .names = none, .ip4 = {10, 89, 0, 3}};
	b.setup.v4 = (struct bridge_subnet){.gateway = {10, 89, 0, 1}, .prefix = 24};
	b.members[0] = &m[0];
	b.members[1] = &m[1];
	return &b;
}

/* A parsed question is inside its message and its answer inside its room, and answers what was asked. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bridged_query q, again;
	struct bridged_answer a;
	uint8_t *out;
	size_t room, n;

	if (bridged_query_parse(data, size, &q))
		return 0;
	if (q.end > size || strlen(q.name) >= sizeof(q.name))
		abort();
	room = q.edns ? BRIDGED_EDNS_UDP : 512;
	out = xmalloc(room); /* exactly: a sanitizer sees the first byte too many */
	bridged_answer_begin(&a, out, room, data, &q, BRIDGED_NOERROR);
	(void)bridged_names_answer(network(), &q, &a);
	n = bridged_answer_end(&a);
	if (n > room || !bridged_query_matches(data, size, out, n))
		abort();
	out[2] = (uint8_t)(out[2] & ~0x80);
	if (bridged_query_parse(out, n, &again) || strcmp(again.name, q.name) || again.edns != (q.edns && !a.count))
		abort();
	free(out);
	(void)bridged_query_matches(data, size, data, size / 2);
	return 0;
}
