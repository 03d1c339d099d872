/*
 * policy.h - containers-policy.json(5): which images may come in at all.
 *
 * Read: ~/.config/containers/policy.json, else /etc/containers/policy.json; with neither everything is
 * accepted. Known requirements are insecureAcceptAnything, reject and, for registries, sigstoreSigned with keys
 * (net/sigstore.h checks them). One that demands other signatures refuses the image by name. An unknown key or
 * type is an error of the file, so that a misspelt rule is never an absent one.
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
char *policy_own_path(void); /* of the user's file; allocated, NULL without a home */

/* A full reference through transport "docker": the rule of its most specific scope, exact name first, then
 * repository, its parents, the host, *.domains, the transport's default, the default. EK_DENIED. *ret_demand: the list of
 * requirements, borrowed, if signatures are still to be checked, else NULL. */
int policy_check_docker(const struct policy *p, const struct ref *full, const struct jval **ret_demand,
	struct err *err) __must_check;
/* A transport whose scopes are paths ("oci", "docker-archive", "dir"): rules for path and its parents. */
int policy_check_path(const struct policy *p, const char *transport, const char *path, struct err *err) __must_check;

/* What scopes of transport docker can be: "default", a host, host/path, with tag or digest, or "*.domain". */
int policy_check_scope(const char *scope, struct err *err) __must_check;
/* Put a rule into the user's own policy.json, which begins as a copy of what is in force. scope: "default", or one
 * of transport docker. list: its requirements, taken over. */
int policy_store(const char *scope, struct jval *list, struct err *err) __must_check;

/* The scopes of transport docker that an image is in, the most specific first: itself with its tag or digest, its
 * repository, that one's parents, the registry ("host:port"), and the host's domains without a port ("*.example.org"). */
void policy_scopes(const struct ref *full, struct svec *ret);

/* "accept", "reject", "signed" or "sigstoreSigned": how people are shown a list of requirements. */
const char *policy_word(const struct jval *requirements);

#endif
