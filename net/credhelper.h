/*
 * credhelper.h - programs docker-credential-NAME that keep passwords elsewhere than in a file
 * (docker-credential-helpers' protocol: a verb as argument, server or JSON on standard input).
 *
 * Names are checked and nothing passes a shell; the secret travels by pipe only, never in argv, the
 * environment or an error (threats.md R14). What a helper complains about goes nowhere: it may
 * quote what it was given.
 */
#ifndef PODLITE_CREDHELPER_H
#define PODLITE_CREDHELPER_H

#include "net/auth.h"

/* 1 found, 0 it has none. */
int credhelper_get(const char *helper, const char *server, struct auth_creds *ret, struct err *err) __must_check;
int credhelper_store(const char *helper, const char *server, const struct auth_creds *c, struct err *err) __must_check;
/* 1 removed, 0 it had none. */
int credhelper_erase(const char *helper, const char *server, struct err *err) __must_check;

#endif
