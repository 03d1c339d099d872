/* push_opts.h - what `push` and `manifest push` have in common. */
#ifndef PODLITE_CMD_PUSH_OPTS_H
#define PODLITE_CMD_PUSH_OPTS_H

#include "podlite/cmd/registry_opts.h"
#include "podlite/engine/img_push.h"

struct push_opts {
	struct registry_opts registry;
	bool quiet, compress, content_trust, force, no_signatures;
	int64_t level;
	char *compression, *digestfile, *format;
};

extern const struct option_def push_opts_rows[];

int push_opts_parse(const struct push_opts *o, struct img_push_opts *ret, struct err *err) __must_check;
/* --digestfile */
int push_opts_write_digest(const struct push_opts *o, const char *digest, struct err *err) __must_check;

#endif
