/*
 * authfile.h - containers-auth.json(5) and docker's config.json: the credentials for a name.
 *
 * Files: the named one, else $REGISTRY_AUTH_FILE, else $XDG_RUNTIME_DIR/containers/auth.json,
 * $XDG_CONFIG_HOME/containers/auth.json, ~/.docker/config.json; the first that has an entry wins.
 * Keys from the most specific: host/a/b, host/a, host. Credential helpers (credHelpers, credsStore)
 * hold the secret instead where the file names them (credhelper.h).
 *
 * Our own addition to an entry is "realm": the token server on another host that login was sent to.
 * Other programs leave it alone or drop it; then the next login is asked for (threats.md R7).
 */
#ifndef PODLITE_AUTHFILE_H
#define PODLITE_AUTHFILE_H

#include "common/jval.h"
#include "common/svec.h"
#include "net/auth.h"

/* name: "docker.io/library/alpine". ret is empty (anonymous) where nothing is found. */
int authfile_lookup(const char *file, const char *name, struct auth_creds *ret, struct err *err) __must_check;
/* The same in the order of registries.conf's credential-helpers: AUTHFILE_ITSELF among them is the lookup
 * above. helpers is NULL or empty, or a file was named (also by the environment): that alone. */
#define AUTHFILE_ITSELF "containers-auth.json"
int authfile_lookup_by(const struct svec *helpers, const char *file, const char *name, struct auth_creds *ret,
	struct err *err) __must_check;
/* The helper of the list that keeps new credentials, or NULL: the file does. */
const char *authfile_keeper(const struct svec *helpers, const char *file);
/* In one parsed file: 1 found, 0 not. Helpers are run. */
int authfile_find(const struct jval *doc, const char *name, struct auth_creds *ret, struct err *err) __must_check;
/* "user:password" of --creds. */
int authfile_parse_creds(const char *text, struct auth_creds *ret, struct err *err) __must_check;
/* A key as it is looked up: URLs lose scheme and path, docker.io's many names become one. */
char *authfile_key(const char *key);
/* What helpers and docker's own file call a host. */
#define AUTHFILE_HUB_KEY "https://index.docker.io/v1/"
const char *authfile_server(const char *host);

/* ---- authfile_write.c: for login and logout ---- */

/* The file to change: the named one, else $REGISTRY_AUTH_FILE, $XDG_RUNTIME_DIR/containers/auth.json, or
 * the one in the configuration directory where there is no run directory. NULL: no home either. */
char *authfile_path(const char *file);
struct authfile_target {
	const char *path;
	bool docker;       /* keys as docker writes them */
};
/* Keep credentials for key ("quay.io", "quay.io/team"): by the file's helper if it names one for
 * the host, else in it. The rest of the file stays as it is. Mode 0600, replaced by rename. */
int authfile_store(const struct authfile_target *t, const char *key, const struct auth_creds *c, struct err *err) __must_check;
/* 1 removed (from the helper too), 0 there were none. */
int authfile_erase(const struct authfile_target *t, const char *key, struct err *err) __must_check;
int authfile_erase_all(const struct authfile_target *t, struct err *err) __must_check;

#endif
