#include "podlite/engine/specgen_user.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/units.h"

#define FIELDS_MAX 7

struct line {
	const char *at[FIELDS_MAX];
	size_t len[FIELDS_MAX];
	size_t n;
};

void specgen_user_done(struct specgen_ids *ids)
{
	free(ids->name);
	free(ids->home);
	memset(ids, 0, sizeof(*ids));
}

/* Next line of *text as fields between colons; false at the end. Borrowed from the text. */
static bool next_line(const char **text, struct line *ret)
{
	const char *p = *text;
	size_t len;

	ret->n = 0;
	if (!p || !*p)
		return false;
	len = strcspn(p, "\n");
	*text = p + len + (p[len] == '\n');
	for (const char *end = p + len; ret->n < FIELDS_MAX;) {
		const char *colon = memchr(p, ':', (size_t)(end - p));

		ret->at[ret->n] = p;
		ret->len[ret->n++] = (size_t)((colon ? colon : end) - p);
		if (!colon)
			break;
		p = colon + 1;
	}
	return true;
}

static bool field_is(const struct line *l, size_t i, const char *text)
{
	return i < l->n && l->len[i] == strlen(text) && !memcmp(l->at[i], text, l->len[i]);
}

static bool parse_id(const char *s, size_t len, uint32_t *ret)
{
	uint64_t v = 0;

	if (!len || len > 10)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		v = v * 10 + (uint64_t)(s[i] - '0');
	}
	/* 2^32-1 is "no id" to the kernel */
	if (v >= UINT32_MAX)
		return false;
	*ret = (uint32_t)v;
	return true;
}

static bool all_digits(const char *s)
{
	return *s && !s[strspn(s, "0123456789")];
}

/* A name as a passwd or group file may have it; never something that reads as a number or that
 * could forge a line where it is written down. */
static bool name_ok(const char *s)
{
	if (!*s || strchr("+-", *s) || all_digits(s) || strlen(s) > 256)
		return false;
	for (; *s; s++)
		if ((unsigned char)*s <= ' ' || *s == 0x7f || strchr(":,/", *s))
			return false;
	return true;
}

/* Text of a field without control characters, else NULL. */
static char *clean_field(const struct line *l, size_t i)
{
	if (i >= l->n || !l->len[i])
		return NULL;
	for (size_t k = 0; k < l->len[i]; k++)
		if ((unsigned char)l->at[i][k] < ' ' || l->at[i][k] == 0x7f)
			return NULL;
	return xstrndup(l->at[i], l->len[i]);
}

/* First entry of this name (or, with name NULL, of this uid). */
static bool find_passwd(const char *passwd, const char *name, uint32_t uid, struct specgen_ids *ids)
{
	struct line l;

	while (next_line(&passwd, &l)) {
		uint32_t u, g;

		if (l.n < 4 || !l.len[0] || !parse_id(l.at[2], l.len[2], &u) || !parse_id(l.at[3], l.len[3], &g))
			continue;
		if (name ? !field_is(&l, 0, name) : u != uid)
			continue;
		ids->uid = u;
		ids->gid = g;
		ids->name = clean_field(&l, 0);
		ids->home = clean_field(&l, 5);
		ids->found = true;
		return true;
	}
	return false;
}

static bool find_group(const char *group, const char *name, uint32_t *ret)
{
	struct line l;

	while (next_line(&group, &l))
		if (l.n >= 3 && field_is(&l, 0, name) && parse_id(l.at[2], l.len[2], ret))
			return true;
	return false;
}

bool specgen_user_has_group(const char *group, uint32_t gid)
{
	struct line l;
	uint32_t id;

	while (next_line(&group, &l))
		if (l.n >= 3 && parse_id(l.at[2], l.len[2], &id) && id == gid)
			return true;
	return false;
}

static bool has_gid(const struct specgen_ids *ids, uint32_t gid)
{
	for (size_t i = 0; i < ids->ngids; i++)
		if (ids->gids[i] == gid)
			return true;
	return false;
}

static int add_gid(struct specgen_ids *ids, uint32_t gid, struct err *err)
{
	if (has_gid(ids, gid))
		return 0;
	if (ids->ngids >= SPECGEN_USER_GROUPS)
		return err_set(err, EK_INVALID, "user %s is in more than %d groups", ids->name ? ids->name : "",
			SPECGEN_USER_GROUPS);
	ids->gids[ids->ngids++] = gid;
	return 0;
}

static bool is_member(const struct line *l, const char *name)
{
	const char *p = l->at[3], *end = p + l->len[3];
	size_t n = strlen(name);

	while (p <= end) {
		const char *comma = memchr(p, ',', (size_t)(end - p));
		size_t len = (size_t)((comma ? comma : end) - p);

		if (len == n && !memcmp(p, name, n))
			return true;
		if (!comma)
			break;
		p = comma + 1;
	}
	return false;
}

static int add_memberships(struct specgen_ids *ids, const char *group, struct err *err)
{
	struct line l;
	uint32_t gid;

	while (next_line(&group, &l))
		if (l.n >= 4 && parse_id(l.at[2], l.len[2], &gid) && is_member(&l, ids->name) &&
			add_gid(ids, gid, err) < 0)
			return -1;
	return 0;
}

static int resolve_user(const char *user, const char *passwd, struct specgen_ids *ids, struct err *err)
{
	if (all_digits(user)) {
		if (!parse_id(user, strlen(user), &ids->uid))
			return err_set(err, EK_INVALID, "user ID %s is too large", user);
		find_passwd(passwd, NULL, ids->uid, ids);
		return 0;
	}
	if (name_ok(user) && find_passwd(passwd, user, 0, ids))
		return 0;
	/* the one name that every system has, also without a passwd file */
	if (!strcmp(user, "root")) {
		ids->name = xstrdup("root");
		return 0;
	}
	return err_set(err, EK_NOT_EXECUTABLE, "unable to find user %s: no matching entries in passwd file", user);
}

static int resolve_group(const char *text, const char *group, uint32_t *ret, struct err *err)
{
	if (all_digits(text)) {
		if (!parse_id(text, strlen(text), ret))
			return err_set(err, EK_INVALID, "group ID %s is too large", text);
		return 0;
	}
	if (name_ok(text) && find_group(group, text, ret))
		return 0;
	if (!strcmp(text, "root")) {
		*ret = 0;
		return 0;
	}
	return err_set(err, EK_NOT_EXECUTABLE, "unable to find group %s: no matching entries in group file", text);
}

static int add_further(const struct svec *add, const char *group, struct specgen_ids *ids, struct err *err)
{
	for (size_t i = 0; add && i < add->n; i++) {
		uint32_t gid = 0;

		if (resolve_group(add->v[i], group, &gid, err) < 0)
			return err_wrap(err, "--group-add");
		if (add_gid(ids, gid, err) < 0)
			return -1;
	}
	return 0;
}

static int resolve(const char *user, const char *passwd, const char *group, const struct svec *add,
	struct specgen_ids *ids, struct err *err)
{
	const char *colon = strchr(user, ':');
	auto_free char *name = colon ? xstrndup(user, (size_t)(colon - user)) : xstrdup(user);

	if (colon && (!*name || !colon[1] || strchr(colon + 1, ':')))
		return err_set(err, EK_INVALID, "invalid user \"%s\": expected USER or USER:GROUP", user);
	if (resolve_user(name, passwd, ids, err) < 0)
		return -1;
	if (colon && resolve_group(colon + 1, group, &ids->gid, err) < 0)
		return -1;
	/* The primary group is in the list as well, or a process could drop a group that denies it
	 * something by setgid (threats.md V12). */
	if (add_gid(ids, ids->gid, err) < 0)
		return -1;
	if (!colon && ids->name && add_memberships(ids, group, err) < 0)
		return -1;
	return add_further(add, group, ids, err);
}

int specgen_user_resolve(const char *user, const char *passwd, const char *group, const struct svec *add,
	struct specgen_ids *ret, struct err *err)
{
	struct specgen_ids ids = {.uid = 0};

	if (resolve(user && *user ? user : "0", passwd, group, add, &ids, err) < 0) {
		specgen_user_done(&ids);
		return -1;
	}
	*ret = ids;
	return 0;
}
