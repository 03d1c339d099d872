/*
 * create_env.h - --env and --env-file: what the user typed, resolved against our own environment.
 * Never applied to what an image says (threats.md V35).
 */
#ifndef PODLITE_ENGINE_CREATE_ENV_H
#define PODLITE_ENGINE_CREATE_ENV_H

#include "common/err.h"
#include "common/svec.h"

/* files in order, then env: NAME=VALUE is taken, NAME passes ours on if it is set, NAME* all of
 * ours that begin so. Later ones replace. Appends NAME=VALUE to ret. */
int create_env_resolve(const struct svec *files, const struct svec *env, struct svec *ret, struct err *err) __must_check;
/* One entry, as above. what: the option or file it came from, for messages. */
int create_env_add(const char *text, const char *what, struct svec *ret, struct err *err) __must_check;

#endif
