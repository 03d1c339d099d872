#include "common/account.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/fs.h"
#include "common/svec.h"
#include "common/userns.h"

#define PASSWD_MAX (16u << 20)

/* name:password:uid:gid:comment:home:shell. Nothing is allocated for a line of somebody else's. */
static bool is_of(const char *line, const char *end, uid_t uid)
{
	const char *c1 = memchr(line, ':', (size_t)(end - line));
	const char *c2 = c1 ? memchr(c1 + 1, ':', (size_t)(end - c1 - 1)) : NULL;

	return c2 && c1 > line && c2[1] >= '0' && c2[1] <= '9' && strtoul(c2 + 1, NULL, 10) == uid;
}

bool account_parse(const char *text, uid_t uid, struct account *ret)
{
	while (*text) {
		const char *end = strchrnul(text, '\n');

		if (is_of(text, end, uid)) {
			auto_free char *line = xstrndup(text, (size_t)(end - text));
			auto_svec struct svec parts = SVEC_INIT;

			svec_add_split(&parts, line, ':');
			*ret = (struct account){xstrdup(parts.v[0]), parts.n > 5 ? xstrdup(parts.v[5]) : NULL};
			return true;
		}
		text = *end ? end + 1 : end;
	}
	return false;
}

bool account_find(uid_t uid, struct account *ret)
{
	auto_sbuf struct sbuf text = SBUF_INIT;

	return fs_read_file(AT_FDCWD, "/etc/passwd", PASSWD_MAX, &text) == 0 && account_parse(text.buf, uid, ret);
}

void account_done(struct account *a)
{
	free(a->name);
	free(a->home);
	*a = (struct account){NULL, NULL};
}

char *account_dir(const char *variable, const char *below_home, const char *rest)
{
	const char *dir = getenv(variable), *home = getenv("HOME");
	struct account me = {NULL, NULL};
	char *ret = NULL;

	if (dir && *dir == '/')
		return xasprintf("%s/%s", dir, rest);
	if ((!home || *home != '/') && account_find(userns_outer_uid(), &me))
		home = me.home;
	if (home && *home == '/')
		ret = xasprintf("%s/%s/%s", home, below_home, rest);
	account_done(&me);
	return ret;
}

char *account_config(const char *rest)
{
	return account_dir("XDG_CONFIG_HOME", ".config", rest);
}
