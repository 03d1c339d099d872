#include "common/subid.h"

#include <fcntl.h>
#include <stdio.h>

#include "common/account.h"
#include "common/alloc.h"
#include "common/fs.h"
#include "common/svec.h"
#include "common/units.h"

static void parse_line(const char *line, const char *name, uid_t uid, struct subid_list *ret)
{
	auto_svec struct svec parts = SVEC_INIT;
	uint64_t start, count;
	char number[16];

	snprintf(number, sizeof(number), "%u", (unsigned)uid);
	svec_add_split(&parts, line, ':');
	if (parts.n != 3 || !*parts.v[0])
		return;
	if (strcmp(parts.v[0], number) && (!name || strcmp(parts.v[0], name)))
		return;
	if (!units_parse_u64(parts.v[1], &start) || !units_parse_u64(parts.v[2], &count))
		return;
	/* a range that wraps or reaches the invalid id 2^32-1 is not one */
	if (!start || !count || start > UINT32_MAX - 1 || count > UINT32_MAX - start)
		return;
	ret->v = xrealloc(ret->v, ret->n + 1, sizeof(*ret->v));
	ret->v[ret->n++] = (struct subid_range){(uint32_t)start, (uint32_t)count};
}

void subid_parse(const char *text, const char *name, uid_t uid, struct subid_list *ret)
{
	while (*text) {
		const char *end = strchrnul(text, '\n');
		auto_free char *line = xstrndup(text, (size_t)(end - text));

		if (line[0] != '#')
			parse_line(line, name, uid, ret);
		text = *end ? end + 1 : end;
	}
}

int subid_read(const char *path, uid_t uid, struct subid_list *ret, struct err *err)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	struct account me = {NULL, NULL};
	int r = fs_read_file(AT_FDCWD, path, 16 << 20, &text);

	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return err_neg(err, r, "read %s", path);
	/* users that only a directory service knows are named there by number, subuid(5) */
	(void)!account_find(uid, &me);
	subid_parse(text.buf, me.name, uid, ret);
	account_done(&me);
	return 0;
}

void subid_done(struct subid_list *l)
{
	free(l->v);
	*l = (struct subid_list){NULL, 0};
}
