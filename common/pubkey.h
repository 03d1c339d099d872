/*
 * pubkey.h - public keys and signatures made with SHA-256: the only user of libcrypto for them.
 *
 * ECDSA (P-256, P-384, P-521; the signature in DER), RSA of 2048 bits or more (PKCS #1 v1.5) and Ed25519, as
 * sigstore's tools make them.
 */
#ifndef PODLITE_PUBKEY_H
#define PODLITE_PUBKEY_H

#include "common/err.h"

struct pubkey;

/* One PEM "PUBLIC KEY" (RFC 7468 §13). */
struct pubkey *pubkey_parse(const char *pem, size_t n, struct err *err) __must_check;
bool pubkey_verify(const struct pubkey *k, const void *data, size_t n, const void *sig, size_t sig_len) __must_check;
void pubkey_free(struct pubkey *k);

#endif
