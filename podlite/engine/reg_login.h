/*
 * reg_login.h - credentials of registries: tried, kept, shown, removed.
 *
 * podlite-transfer asks the registry; the auth file is written here, after the registry agreed
 * (net/authfile.h says which file and what is in it).
 */
#ifndef PODLITE_REG_LOGIN_H
#define PODLITE_REG_LOGIN_H

#include "net/auth.h"
#include "podlite/context.h"

struct reg_login {
	const char *authfile;       /* --authfile, or NULL */
	const char *compat;         /* --compat-auth-file: docker's keys; excludes authfile */
	const char *cert_dir;
	int tls_verify;             /* OPT_TRI */
};

/* Before there is a secret in this memory: no core file, and no other process may look into it. */
void reg_login_protect(void);
/* The key of a registry as the user wrote it: no scheme, no trailing slash; NULL: the first search
 * registry. Allocated. */
char *reg_login_key(const char *text, struct err *err) __must_check;
/* What is kept for it: 1 found, 0 nothing. */
int reg_login_find(const struct reg_login *l, const char *key, struct auth_creds *ret, struct err *err) __must_check;
/* Ask the registry; creds NULL: with those that are kept. Keeps creds when it takes them. */
int reg_login_try(struct context *c, const struct reg_login *l, const char *key, struct auth_creds *creds, struct err *err) __must_check;
char *reg_login_path(const struct reg_login *l); /* the file they are kept in; NULL: no place */
/* 1 removed, 0 there were none here. */
int reg_login_remove(const struct reg_login *l, const char *key, struct err *err) __must_check;
int reg_login_remove_all(const struct reg_login *l, struct err *err) __must_check;

#endif
