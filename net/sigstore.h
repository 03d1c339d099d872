/*
 * sigstore.h - signatures beside images in their registry, as cosign and skopeo put them there, against what
 * policy.json demands ("sigstoreSigned" of containers-policy.json(5)).
 *
 * The signatures of manifest sha256:HEX are the layers of the manifest with the tag sha256-HEX.sig (cosign's
 * SIGNATURE_SPEC.md, "Storage"): each a payload in the simple signing format of containers-signature(5), with the
 * signature in base64 as annotation dev.cosignproject.cosign/signature. Everything there is a stranger's until a key
 * of the policy has verified the payload's bytes; only then are they parsed.
 */
#ifndef PODLITE_SIGSTORE_H
#define PODLITE_SIGSTORE_H

#include "common/jval.h"
#include "net/registry.h"
#include "oci/ref.h"

struct sigstore;

/* list: the requirements of a policy; its keys are read now. full: the name that was asked for, not a mirror's. It is
 * an error if registries.d(5) says that its signatures are not to be looked at. */
struct sigstore *sigstore_open(const struct jval *list, const struct ref *full, struct err *err) __must_check;
/* Has the manifest of this digest, called full and in the repository of r, a good signature for every requirement?
 * EK_INVALID. */
int sigstore_check(const struct sigstore *s, struct registry *r, const struct ref *full, const struct digest *manifest,
	struct err *err) __must_check;
void sigstore_free(struct sigstore *s);

#endif
