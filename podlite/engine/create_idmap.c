#include <string.h>

#include "common/units.h"
#include "podlite/engine/create_value.h"

static bool parse_flag(char c, struct create_idmap *m)
{
	bool *flag = c == '+' ? &m->extend : c == 'u' ? &m->users : c == 'g' ? &m->groups : NULL;

	if (!flag || *flag)
		return false;
	*flag = true;
	return true;
}

/* Also the range from start on must end before the id that is none, 2^32-1. */
static bool parse_id(const char *text, uint64_t amount, uint32_t *ret)
{
	uint64_t n;

	if (!units_parse_u64(text, &n) || n > UINT32_MAX || n + amount > UINT32_MAX)
		return false;
	*ret = (uint32_t)n;
	return true;
}

int create_idmap_parse(const char *option, const char *text, struct create_idmap *ret, struct err *err)
{
	auto_svec struct svec parts = SVEC_INIT;
	struct create_idmap m = {.host = false};
	const char *numbers = text;
	uint64_t amount = 1;

	while (*numbers && parse_flag(*numbers, &m))
		numbers++;
	svec_add_split(&parts, numbers, ':');
	m.host = parts.n > 1 && parts.v[1][0] == '@';
	if (parts.n < 2 || parts.n > 3 || (parts.n > 2 && !units_parse_u64(parts.v[2], &amount)) || !amount || amount > UINT32_MAX ||
		!parse_id(parts.v[0], amount, &m.inner) || !parse_id(parts.v[1] + m.host, amount, &m.from))
		return err_set(err, EK_USAGE, "--%s %s: expected CONTAINER:FROM[:AMOUNT]", option, text);
	m.amount = (uint32_t)amount;
	*ret = m;
	return 0;
}
