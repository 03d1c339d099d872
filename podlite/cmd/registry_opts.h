/*
 * registry_opts.h - options of commands that speak with a registry, said once.
 *
 * A command's own struct has struct registry_opts as its first member, and names the rows it has among its groups.
 */
#ifndef PODLITE_CMD_REGISTRY_OPTS_H
#define PODLITE_CMD_REGISTRY_OPTS_H

#include "podlite/options.h"

struct registry_opts {
	char *authfile, *cert_dir, *creds;
	char *retry, *retry_delay;
	int tls_verify;
};

extern const struct option_def registry_opts_auth[];  /* --authfile, --cert-dir, --creds, --tls-verify */
extern const struct option_def registry_opts_retry[]; /* --retry, --retry-delay: img_retry_parse */

#endif
