/*
 * account.h - users of the host from /etc/passwd, without NSS: loading its modules costs
 * milliseconds, and a statically linked program cannot do it. Users that only a directory service
 * knows have no entry here: callers do with USER, HOME or the number.
 */
#ifndef PODLITE_ACCOUNT_H
#define PODLITE_ACCOUNT_H

#include <sys/types.h>

#include "common/base.h"

struct account {
	char *name, *home;
};

/* The first entry of uid: true, and *ret is to be given to account_done. */
bool account_find(uid_t uid, struct account *ret) __must_check;
/* The same in a text of passwd(5). */
bool account_parse(const char *text, uid_t uid, struct account *ret) __must_check;
void account_done(struct account *a);

/* The user's own directory for one purpose, and rest in it, as the XDG base directory specification has it: $variable where
 * that is an absolute path, else below_home in the home directory, which HOME names, or /etc/passwd where HOME does not.
 * Allocated; NULL: no home. */
char *account_dir(const char *variable, const char *below_home, const char *rest);
/* The same for configuration: $XDG_CONFIG_HOME, .config. */
char *account_config(const char *rest);

#endif
