/* cmd_push.c - `podlite push`, and the options it shares with `manifest push`. */
#include "podlite/cmd/cmd.h"

#include <fcntl.h>
#include <string.h>

#include "common/alloc.h"
#include "common/fs.h"
#include "podlite/cmd/push_opts.h"
#include "podlite/engine/img.h"

#define O(n, l, t, m, a, h) OPT_ROW(n, l, t, struct push_opts, m, a, h)
#define REFUSED(n, why) {n, 0, OPT_REFUSED, 0, "VALUE", why, 0, NULL, NULL, NULL}
static const char *const kinds[] = {"gzip", "zstd", NULL};
const struct option_def push_opts_rows[] = {
	{"compression", 0, OPT_STR, offsetof(struct push_opts, compression), "FORMAT", "Another word for --compression-format", OPT_F_HIDDEN, NULL, NULL, kinds},
	{"compression-format", 0, OPT_STR, offsetof(struct push_opts, compression), "FORMAT", "Have all layers in this compression: gzip or zstd", 0, NULL, NULL, kinds},
	O("compression-level", 0, OPT_INT, level, "N", "How hard to compress: gzip 1 to 9, zstd 1 to 20"),
	O("digestfile", 0, OPT_STR, digestfile, "FILE", "Write the digest of what the registry has to this file"),
	{"disable-content-trust", 0, OPT_BOOL, offsetof(struct push_opts, content_trust), NULL, "Accepted for docker's sake; has no effect", OPT_F_HIDDEN, NULL, NULL, NULL},
	REFUSED("encrypt-layer", "encrypted images are not supported"),
	REFUSED("encryption-key", "encrypted images are not supported"),
	O("force-compression", 0, OPT_BOOL, force, NULL, "Send layers that the registry has in another compression anew"),
	O("format", 'f', OPT_STR, format, "FORMAT", "Manifest type: oci or v2s2; else as the image has it"),
	O("quiet", 'q', OPT_BOOL, quiet, NULL, "Say nothing but errors"),
	O("remove-signatures", 0, OPT_BOOL, no_signatures, NULL, "Send no signatures: none are ever sent"),
	REFUSED("sign-by", "signing is not supported"),
	REFUSED("sign-by-sigstore", "signing is not supported"),
	REFUSED("sign-by-sigstore-private-key", "signing is not supported"),
	REFUSED("sign-passphrase-file", "signing is not supported"),
	OPT_ROWS_END,
};

int push_opts_parse(const struct push_opts *o, struct img_push_opts *ret, struct err *err)
{
	*ret = (struct img_push_opts){
		.authfile = o->registry.authfile,
		.creds = o->registry.creds,
		.cert_dir = o->registry.cert_dir,
		.tls_verify = o->registry.tls_verify,
		.compression = o->compression ? o->compression : o->force ? "gzip" : NULL,
		.format = o->format,
		.level = o->level,
		.compress = o->compress,
		.want_digest = o->digestfile,
		.quiet = o->quiet,
	};
	if (o->level < 0 || o->level > 20)
		return err_set(err, EK_USAGE, "invalid value %lld for --compression-level: gzip takes 1 to 9, zstd 1 to 20",
			(long long)o->level);
	return img_retry_parse(o->registry.retry, o->registry.retry_delay, &ret->retry, &ret->retry_delay_ns, err);
}

int push_opts_write_digest(const struct push_opts *o, const char *digest, struct err *err)
{
	int r = o->digestfile ? fs_write_file(AT_FDCWD, o->digestfile, digest, strlen(digest), 0644, 0) : 0;

	return r < 0 ? err_neg(err, r, "write %s", o->digestfile) : 0;
}

static int run(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct push_opts *o = opt;
	auto_free char *digest = NULL;
	struct img_push_opts p;

	if (push_opts_parse(o, &p, err) < 0 || img_push(c, argv[0], argc > 1 ? argv[1] : NULL, &p, &digest, err) < 0)
		return -1;
	return push_opts_write_digest(o, digest ? digest : "", err);
}

static const struct option_def own_rows[] = {
	O("compress", 0, OPT_BOOL, compress, NULL, "Compress the layers in dir:; elsewhere they are"),
	OPT_ROWS_END,
};
static const struct option_def *const groups[] = {registry_opts_auth, own_rows, push_opts_rows, registry_opts_retry, NULL};

const struct command cmd_push = {
	.name = "push",
	.args = "[options] IMAGE [DESTINATION]",
	.summary = "Send an image or manifest list to a registry, an archive or a directory",
	.groups = groups,
	.opt_size = sizeof(struct push_opts),
	.needs = CMD_STORE,
	.min_args = 1,
	.max_args = 2,
	.run = run,
};
