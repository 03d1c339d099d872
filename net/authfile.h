/*
 * authfile.h - containers-auth.json(5) and docker's config.json: the credentials for a name.
 *
 * Files: the named one, else $REGISTRY_AUTH_FILE, else $XDG_RUNTIME_DIR/containers/auth.json,
 * $XDG_CONFIG_HOME/containers/auth.json, ~/.docker/config.json; the first that has an entry wins.
 * Keys from the most specific: host/a/b, host/a, host. Credential helpers (credHelpers, credsStore)
 * are programs docker-credential-NAME; the secret travels by pipe only (threats.md R14).
 */
#ifndef PODLITE_AUTHFILE_H
#define PODLITE_AUTHFILE_H

#include "common/jval.h"
#include "net/auth.h"

/* name: "docker.io/library/alpine". ret is empty (anonymous) where nothing is found. */
int authfile_lookup(const char *file, const char *name, struct auth_creds *ret, struct err *err) __must_check;
/* In one parsed file: 1 found, 0 not. Helpers are run. */
int authfile_find(const struct jval *doc, const char *name, struct auth_creds *ret, struct err *err) __must_check;
/* "user:password" of --creds. */
int authfile_parse_creds(const char *text, struct auth_creds *ret, struct err *err) __must_check;

#endif
