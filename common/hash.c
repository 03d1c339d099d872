#include "common/hash.h"

#include <openssl/evp.h>
#include <stdlib.h>

#include "common/alloc.h"

struct hash *hash_new(void)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();

	if (!c || EVP_DigestInit_ex(c, EVP_sha256(), NULL) != 1)
		alloc_die();
	return (struct hash *)c;
}

void hash_add(struct hash *h, const void *data, size_t n)
{
	if (EVP_DigestUpdate((EVP_MD_CTX *)h, data, n) != 1)
		abort();
}

void hash_finish(struct hash *h, struct digest *ret)
{
	unsigned char raw[EVP_MAX_MD_SIZE];

	if (EVP_DigestFinal_ex((EVP_MD_CTX *)h, raw, NULL) != 1)
		abort();
	digest_from_bytes(raw, ret);
}

void hash_free(struct hash *h)
{
	EVP_MD_CTX_free((EVP_MD_CTX *)h);
}

void hash_bytes(const void *data, size_t n, struct digest *ret)
{
	auto_cleanup(hash_autop) struct hash *h = hash_new();

	hash_add(h, data, n);
	hash_finish(h, ret);
}
