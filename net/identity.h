/*
 * identity.h - "signedIdentity" of containers-policy.json(5): may a signature that names one image speak for
 * another one's name?
 */
#ifndef PODLITE_IDENTITY_H
#define PODLITE_IDENTITY_H

#include "common/jval.h"
#include "oci/ref.h"

/* Is the rule well-formed? NULL, the default, is matchRepoDigestOrExact. */
int identity_check(const struct jval *rule, struct err *err) __must_check;
/* image: the full reference that was asked for. claimed: the signature's docker-reference. */
bool identity_matches(const struct jval *rule, const struct ref *image, const char *claimed);

#endif
