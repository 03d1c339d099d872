/*
 * systemctl.h - the user's systemd, through its own command: units are started, stopped and asked for.
 *
 * Without XDG_RUNTIME_DIR, as from cron or su, /run/user/UID is used if it is there.
 */
#ifndef PODLITE_ENGINE_SYSTEMCTL_H
#define PODLITE_ENGINE_SYSTEMCTL_H

#include "common/err.h"
#include "common/sbuf.h"
#include "common/svec.h"

/* systemctl --user WORDS... (verb first), waiting for its end. What it printed goes to out unless that is NULL. An exit
 * status that is not 0 is an error with the last line of its complaint. */
int systemctl_run(const struct svec *words, struct sbuf *out, struct err *err) __must_check;
int systemctl_unit(const char *verb, const char *unit, struct err *err) __must_check;
/* "active/running" and the like; NULL where systemd does not know the unit, or cannot be asked. */
char *systemctl_state(const char *unit);

#endif
