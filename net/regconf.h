/*
 * regconf.h - containers-registries.conf(5): where an image name is fetched from.
 *
 * Read: $CONTAINERS_REGISTRIES_CONF, else ~/.config/containers/registries.conf, else
 * /etc/containers/registries.conf; then the drop-ins of /etc/containers/registries.conf.d and
 * ~/.config/containers/registries.conf.d in order of name. Missing files are fine. A file is of version 2, or of version 1, which
 * is read as what it means in version 2; not of both.
 */
#ifndef PODLITE_REGCONF_H
#define PODLITE_REGCONF_H

#include "common/jval.h"
#include "common/svec.h"
#include "oci/ref.h"

enum regconf_mode { REGCONF_DEFAULT, REGCONF_ENFORCING, REGCONF_PERMISSIVE, REGCONF_DISABLED };

struct regconf_mirror {
	char *location;
	bool insecure;
	bool any, digest_only, tag_only; /* pull-from-mirror; none set: as the registry says */
};

struct regconf_registry {
	char *prefix, *location;
	bool insecure, blocked, mirror_by_digest_only;
	struct regconf_mirror *mirrors;
	size_t nmirrors;
};

struct regconf {
	struct svec search;   /* unqualified-search-registries */
	bool search_set;
	bool version1;        /* a file is of version 1, [registries.search] and the like, and should be written anew */
	struct svec aliases;  /* NAME=host/path */
	enum regconf_mode mode;
	struct svec helpers;  /* credential-helpers; empty: auth files only */
	struct regconf_registry *registries;
	size_t nregistries;
};

int regconf_load(struct regconf *ret, struct err *err) __must_check;
/* One file's text on top of what is there; where: its name for errors. */
int regconf_add(struct regconf *c, const char *text, size_t n, const char *where, struct err *err) __must_check;
void regconf_done(struct regconf *c);

/* Full names (host/path, no tag) a short name stands for, in the order to try: its alias, or every
 * search registry (docker.io when nothing is configured). More than one without permission to
 * guess is an error that lists them (threats.md R15). */
int regconf_candidates(const struct regconf *c, const struct ref *shortname, struct svec *ret, struct err *err) __must_check;

struct regconf_source {
	char *name;   /* "docker.io/library/alpine": for credentials and messages */
	char *host;   /* where its API is: "registry-1.docker.io" */
	char *repo;   /* "library/alpine" */
	bool insecure, mirror;
	const struct svec *helpers; /* the configuration's */
};

/* Mirrors first, the registry itself last. Blocked: EK_DENIED. */
int regconf_sources(const struct regconf *c, const struct ref *full, struct regconf_source **ret, size_t *ret_n,
	struct err *err) __must_check;
/* The registry of a name ("quay.io", "quay.io/team") itself, without mirrors and rewriting: for login. */
int regconf_host(const struct regconf *c, const char *name, struct regconf_source *ret, struct err *err) __must_check;
void regconf_source_done(struct regconf_source *s);
void regconf_sources_free(struct regconf_source *v, size_t n);

#endif
