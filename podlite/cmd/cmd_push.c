/* cmd_push.c - `podlite push`. */
#include "podlite/cmd/cmd.h"

#include <fcntl.h>
#include <string.h>

#include "common/alloc.h"
#include "common/fs.h"
#include "common/units.h"
#include "podlite/engine/img.h"
#include "podlite/engine/img_push.h"

struct push_opts {
	bool quiet, content_trust;
	int tls_verify;
	int64_t level;
	char *authfile, *cert_dir, *compression, *creds, *digestfile, *format, *retry, *retry_delay;
};

#define O(n, l, t, m, a, h) OPT_ROW(n, l, t, struct push_opts, m, a, h)
#define REFUSED(n, why) {n, 0, OPT_REFUSED, 0, "VALUE", why, 0, NULL, NULL, NULL}
static const char *const kinds[] = {"gzip", "zstd", NULL};
static const struct option_def rows[] = {
	O("authfile", 0, OPT_STR, authfile, "FILE", "Credentials file instead of the default ones"),
	O("cert-dir", 0, OPT_STR, cert_dir, "DIR", "Certificates of the registry"),
	{"compression", 0, OPT_STR, offsetof(struct push_opts, compression), "FORMAT", "Another word for --compression-format", OPT_F_HIDDEN, NULL, NULL, kinds},
	{"compression-format", 0, OPT_STR, offsetof(struct push_opts, compression), "FORMAT", "Have all layers in this compression: gzip or zstd", 0, NULL, NULL, kinds},
	O("compression-level", 0, OPT_INT, level, "N", "How hard to compress: gzip 1 to 9, zstd 1 to 20"),
	O("creds", 0, OPT_STR, creds, "USER:PASSWORD", "Credentials for the registry"),
	O("digestfile", 0, OPT_STR, digestfile, "FILE", "Write the digest of the image in the registry to this file"),
	{"disable-content-trust", 0, OPT_BOOL, offsetof(struct push_opts, content_trust), NULL, "Accepted for docker's sake; has no effect", OPT_F_HIDDEN, NULL, NULL, NULL},
	REFUSED("encrypt-layer", "encrypted images are not supported"),
	REFUSED("encryption-key", "encrypted images are not supported"),
	O("format", 'f', OPT_STR, format, "FORMAT", "Manifest type: oci or v2s2; else as the image has it"),
	O("quiet", 'q', OPT_BOOL, quiet, NULL, "Say nothing but errors"),
	{"retry", 0, OPT_STR, offsetof(struct push_opts, retry), "N", "Further attempts when the network fails", 0, "3", NULL, NULL},
	{"retry-delay", 0, OPT_STR, offsetof(struct push_opts, retry_delay), "DURATION", "Pause before the first of them; doubles", 0, "1s", NULL, NULL},
	REFUSED("sign-by", "signing is not supported"),
	REFUSED("sign-by-sigstore", "signing is not supported"),
	REFUSED("sign-by-sigstore-private-key", "signing is not supported"),
	O("tls-verify", 0, OPT_TRI, tls_verify, NULL, "Check the registry's certificate and refuse plain http"),
	OPT_ROWS_END,
};

static int parse_numbers(const struct push_opts *o, struct img_push_opts *p, struct err *err)
{
	if (img_retry_parse(o->retry, o->retry_delay, &p->retry, &p->retry_delay_ns, err) < 0)
		return -1;
	if (o->level < 0 || o->level > 20)
		return err_set(err, EK_USAGE, "invalid value %lld for --compression-level: gzip takes 1 to 9, zstd 1 to 20",
			(long long)o->level);
	p->level = o->level;
	return 0;
}

static int write_digest(const char *file, const char *digest, struct err *err)
{
	int r = file ? fs_write_file(AT_FDCWD, file, digest, strlen(digest), 0644, 0) : 0;

	return r < 0 ? err_neg(err, r, "write %s", file) : 0;
}

static int run(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct push_opts *o = opt;
	auto_free char *digest = NULL;
	struct img_push_opts p = {
		.authfile = o->authfile,
		.creds = o->creds,
		.cert_dir = o->cert_dir,
		.tls_verify = o->tls_verify,
		.compression = o->compression,
		.format = o->format,
		.quiet = o->quiet,
	};

	if (parse_numbers(o, &p, err) < 0 || img_push(c, argv[0], argc > 1 ? argv[1] : NULL, &p, &digest, err) < 0)
		return -1;
	return write_digest(o->digestfile, digest ? digest : "", err);
}

static const struct option_def *const groups[] = {rows, NULL};

const struct command cmd_push = {
	.name = "push",
	.args = "[options] IMAGE [DESTINATION]",
	.summary = "Send an image to a registry",
	.groups = groups,
	.opt_size = sizeof(struct push_opts),
	.needs = CMD_STORE,
	.min_args = 1,
	.max_args = 2,
	.run = run,
};
