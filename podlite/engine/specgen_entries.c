#include "podlite/engine/specgen_entries.h"

#include <fcntl.h>
#include <string.h>

#include "common/alloc.h"
#include "common/fs.h"

#define FILE_MAX_ (1u << 20) /* a larger file gets no entry added */

/* What stands for "$NAME" in an entry of the user's. */
struct variable {
	const char *name, *value;
};

static void replace_all(const char *text, const struct variable *v, size_t n, struct sbuf *ret)
{
	while (*text) {
		size_t i = 0;

		while (i < n && strncmp(text, v[i].name, strlen(v[i].name)))
			i++;
		if (i < n) {
			sbuf_addstr(ret, v[i].value);
			text += strlen(v[i].name);
		} else {
			sbuf_addch(ret, *text++);
		}
	}
}

/* Longer names first. */
static int custom(const char *option, const char *text, const struct variable *v, size_t n, struct sbuf *ret, struct err *err)
{
	for (const char *p = text; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return err_set(err, EK_USAGE, "invalid --%s: it must be one line without control characters", option);
	replace_all(text, v, n, ret);
	sbuf_addch(ret, '\n');
	return 0;
}

static void begin(struct sbuf *text, const char *file)
{
	sbuf_addstr(text, file);
	if (text->len && text->buf[text->len - 1] != '\n')
		sbuf_addch(text, '\n');
}

static bool wanted(const struct specgen *g, const char *file)
{
	return file && g->o->passwd >= 0 && strlen(file) <= FILE_MAX_;
}

static int add_user(struct specgen *g, const char *passwd, struct err *err)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	const char *home = g->spec.process.cwd, *login = g->ids.uid == g->kept_uid ? g->login : NULL;
	auto_free char *uid = xasprintf("%u", g->ids.uid);
	auto_free char *gid = xasprintf("%u", login ? g->kept_gid : g->ids.gid);
	const struct variable v[] = {{"$USERNAME", uid}, {"$UID", uid}, {"$GID", gid}, {"$NAME", "container user"}, {"$HOME", home}};

	if (g->ids.found || !wanted(g, passwd))
		return 0;
	begin(&text, passwd);
	if (g->o->passwd_entry) {
		if (custom("passwd-entry", g->o->passwd_entry, v, ARRAY_SIZE(v), &text, err) < 0)
			return -1;
	} else if (!strpbrk(home, ":\n")) {
		sbuf_addf(&text, "%s:*:%s:%s:container user:%s:/bin/sh\n", login ? login : uid, uid, gid, home);
	} else {
		return 0;
	}
	g->passwd = sbuf_take(&text);
	return 0;
}

static int group_line(const struct specgen *g, struct sbuf *ret, struct err *err)
{
	const char *login = g->ids.uid == g->kept_uid ? g->login : NULL;
	auto_free char *gid = xasprintf("%u", g->ids.gid);
	auto_free char *uid = xasprintf("%u", g->ids.uid);
	const char *name = login && g->ids.gid == g->kept_gid ? login : gid, *user = login ? login : g->ids.name ? g->ids.name : uid;
	const struct variable v[] = {{"$GROUPNAME", name}, {"$USERLIST", user}, {"$GID", gid}};

	if (g->o->group_entry)
		return custom("group-entry", g->o->group_entry, v, ARRAY_SIZE(v), ret, err);
	sbuf_addf(ret, "%s:x:%s:%s\n", name, gid, user);
	return 0;
}

/* An image without an entry for root's group wants none. */
static bool lacks(const char *group, uint32_t gid)
{
	return gid && !specgen_user_has_group(group, gid);
}

static int add_group(struct specgen *g, const char *group, struct err *err)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	bool kept = g->login && g->kept_gid != g->ids.gid && wanted(g, group) && lacks(group, g->kept_gid);
	bool own = wanted(g, group) && lacks(group, g->ids.gid);

	if (!kept && !own)
		return 0;
	begin(&text, group);
	if (kept)
		sbuf_addf(&text, "%s:x:%u:%s\n", g->login, g->kept_gid, g->login);
	if (own && group_line(g, &text, err) < 0)
		return -1;
	g->group = sbuf_take(&text);
	return 0;
}

/* "name:*:uid:gid::home:/bin/sh" of a user of the host's. */
static int host_user(const char *name, const char *passwd, struct sbuf *ret, struct err *err)
{
	struct specgen_ids ids;

	if (specgen_user_resolve(name, passwd, NULL, NULL, &ids, err) < 0 || !ids.found || !ids.name) {
		specgen_user_done(&ids);
		return err_set(err, EK_USAGE, "--hostuser %s: the host's /etc/passwd has no such user", name);
	}
	sbuf_addf(ret, "%s:*:%u:%u::%s:/bin/sh\n", ids.name, ids.uid, ids.gid, ids.home && !strpbrk(ids.home, ":\n") ? ids.home : "/");
	specgen_user_done(&ids);
	return 0;
}

static int add_host_users(struct specgen *g, const char *passwd, struct err *err)
{
	auto_sbuf struct sbuf text = SBUF_INIT, host = SBUF_INIT;
	int r;

	if (!g->o->hostuser.n)
		return 0;
	r = fs_read_file(AT_FDCWD, "/etc/passwd", SPECGEN_USER_FILE_MAX, &host);
	if (r < 0)
		return err_neg(err, r, "--hostuser: read /etc/passwd");
	begin(&text, g->passwd ? g->passwd : passwd ? passwd : "");
	for (size_t i = 0; i < g->o->hostuser.n; i++)
		if (host_user(g->o->hostuser.v[i], host.buf, &text, err) < 0)
			return -1;
	free(g->passwd);
	g->passwd = sbuf_take(&text);
	return 0;
}

int specgen_entries_add(struct specgen *g, const char *passwd, const char *group, struct err *err)
{
	return add_user(g, passwd, err) < 0 || add_group(g, group, err) < 0 ? -1 : add_host_users(g, passwd, err);
}
