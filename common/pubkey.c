#include "common/pubkey.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#define RSA_MIN 2048
#define EC_MIN  256

static bool strong(EVP_PKEY *k)
{
	switch (EVP_PKEY_get_base_id(k)) {
	case EVP_PKEY_EC:
		return EVP_PKEY_get_bits(k) >= EC_MIN;
	case EVP_PKEY_RSA:
		return EVP_PKEY_get_bits(k) >= RSA_MIN;
	default:
		return EVP_PKEY_get_base_id(k) == EVP_PKEY_ED25519;
	}
}

struct pubkey *pubkey_parse(const char *pem, size_t n, struct err *err)
{
	BIO *in = n <= INT32_MAX ? BIO_new_mem_buf(pem, (int)n) : NULL;
	EVP_PKEY *k = in ? PEM_read_bio_PUBKEY(in, NULL, NULL, NULL) : NULL;

	BIO_free(in);
	ERR_clear_error();
	if (!k) {
		err_set(err, EK_INVALID, "no public key in PEM (\"-----BEGIN PUBLIC KEY-----\")");
		return NULL;
	}
	if (strong(k))
		return (struct pubkey *)k;
	EVP_PKEY_free(k);
	err_set(err, EK_UNSUPPORTED, "neither ECDSA of 256 bits, RSA of 2048 bits (or more), nor Ed25519");
	return NULL;
}

bool pubkey_verify(const struct pubkey *k, const void *data, size_t n, const void *sig, size_t sig_len)
{
	EVP_PKEY *key = (EVP_PKEY *)(uintptr_t)k;
	const EVP_MD *md = EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 ? NULL : EVP_sha256();
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	bool ok = c && EVP_DigestVerifyInit(c, NULL, md, NULL, key) == 1 &&
		EVP_DigestVerify(c, sig, sig_len, data, n) == 1;

	EVP_MD_CTX_free(c);
	ERR_clear_error();
	return ok;
}

void pubkey_free(struct pubkey *k)
{
	EVP_PKEY_free((EVP_PKEY *)k);
}
