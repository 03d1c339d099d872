/*
 * policy.h - containers-policy.json(5): which images may come in at all.
 *
 * Read: ~/.config/containers/policy.json, else /etc/containers/policy.json; with neither everything is
 * accepted. Known requirements are insecureAcceptAnything and reject; one that demands signatures
 * refuses the image by name, as nothing here could check them. An unknown key or type is an error of the
 * file, so that a misspelt rule is never an absent one.
 */
#ifndef PODLITE_POLICY_H
#define PODLITE_POLICY_H

#include "common/jval.h"
#include "oci/ref.h"

struct policy {
	char *path;       /* NULL: there is no file */
	struct jval *doc; /* checked */
};

int policy_load(struct policy *ret, struct err *err) __must_check;
/* One text, for policy_load and tests. */
int policy_parse(const char *text, size_t n, struct policy *ret, struct err *err) __must_check;
void policy_done(struct policy *p);

/* A full reference through transport "docker": the rule of its most specific scope, exact name first, then
 * repository, its parents, the host, *.domains, the transport's default, the default. EK_DENIED. */
int policy_check_docker(const struct policy *p, const struct ref *full, struct err *err) __must_check;
/* A transport whose scopes are paths ("oci", "docker-archive", "dir"): rules for path and its parents. */
int policy_check_path(const struct policy *p, const char *transport, const char *path, struct err *err) __must_check;

/* "accept", "reject", "signed" or "sigstoreSigned": how people are shown a list of requirements. */
const char *policy_word(const struct jval *requirements);

#endif
