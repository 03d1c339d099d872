/*
 * specgen_user.h - USER[:GROUP] to numbers, by an image's passwd and group texts. Pure functions
 * of their arguments (fuzzed, unit-tested); `exec --user` uses them too.
 *
 * Rules (threats.md V11): a text of digits only is a number and never looked up as a name; every
 * number is exact and at most 2^32-2; nothing but "0", "root" or a passwd entry that says so
 * becomes 0. Lines that are not well-formed are skipped (V37).
 */
#ifndef PODLITE_ENGINE_SPECGEN_USER_H
#define PODLITE_ENGINE_SPECGEN_USER_H

#include "common/err.h"
#include "common/svec.h"

#define SPECGEN_USER_FILE_MAX (16u << 20) /* of passwd and group */
#define SPECGEN_USER_GROUPS   1024        /* supplementary groups at most */

struct specgen_ids {
	uint32_t uid, gid;
	uint32_t gids[SPECGEN_USER_GROUPS]; /* supplementary, with gid first */
	size_t ngids;
	char *name;   /* from passwd, or NULL */
	char *home;   /* from passwd, or NULL */
	bool found;   /* passwd has an entry for uid */
};

/* user: NULL or "" is root. passwd, group: file texts, NULL if there is none. add: --group-add
 * names or numbers. */
int specgen_user_resolve(const char *user, const char *passwd, const char *group, const struct svec *add,
	struct specgen_ids *ret, struct err *err) __must_check;
/* Has the group text an entry of this number? */
bool specgen_user_has_group(const char *group, uint32_t gid);
void specgen_user_done(struct specgen_ids *ids);

#endif
