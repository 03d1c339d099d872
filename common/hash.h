/*
 * hash.h - sha256 of a stream, by libcrypto. Only programs that use it link libcrypto.
 */
#ifndef PODLITE_HASH_H
#define PODLITE_HASH_H

#include "common/base.h"
#include "common/digest.h"

struct hash;

struct hash *hash_new(void);
void hash_add(struct hash *h, const void *data, size_t n);
void hash_finish(struct hash *h, struct digest *ret); /* once; then only hash_free */
void hash_free(struct hash *h);
DEFINE_AUTO(hash, hash_free)

void hash_bytes(const void *data, size_t n, struct digest *ret);

#endif
