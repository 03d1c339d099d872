/*
 * ref.h - image references: [host[:port]/]path[:tag][@digest]
 * (distribution-spec 1.1 "Pulling manifests"; the grammar of docker's reference package).
 */
#ifndef PODLITE_REF_H
#define PODLITE_REF_H

#include "common/base.h"
#include "common/digest.h"
#include "common/err.h"

struct ref {
	char *host;           /* "docker.io", "127.0.0.1:5000", "localhost"; NULL while short */
	char *path;           /* "library/alpine" */
	char *tag;            /* NULL if none was given */
	struct digest digest; /* unset if none was given */
};

/* Parse text. A first component without '.', ':' and other than "localhost" is part of the path
 * (a short name): host stays NULL. "docker.io/alpine" gets "library/". A leading "docker://" is
 * accepted. The whole reference is at most 255 bytes. */
int ref_parse(const char *text, struct ref *ret, struct err *err) __must_check;
/* The same, where a short name is one of that host. */
int ref_parse_at(const char *text, const char *host, struct ref *ret, struct err *err) __must_check;
void ref_done(struct ref *r);
void ref_copy(const struct ref *from, struct ref *ret);
/* Canonical text: host/path[:tag][@digest]; default_tag adds ":latest" where neither is there. */
char *ref_text(const struct ref *r, bool default_tag);
/* host/path without tag and digest. */
char *ref_repository(const struct ref *r);
/* Does a full reference's repository end in the short name's path at a '/' boundary? */
bool ref_path_matches(const struct ref *full, const struct ref *shortname);

#endif
