/* reg_search.h - questions to registries that change nothing: search, and a manifest's text. */
#ifndef PODLITE_REG_SEARCH_H
#define PODLITE_REG_SEARCH_H

#include "common/jval.h"
#include "podlite/context.h"

struct reg_search {
	const char *authfile, *cert_dir, *creds;
	int tls_verify;          /* OPT_TRI */
	bool list_tags;
	int64_t limit;           /* rows a registry */
	const struct svec *filter; /* stars=N, is-official[=BOOL], is-automated[=BOOL] */
};

/* Rows with podman's fields Index, Name, Description, Stars, Official, Automated, Tag. Foreign text. */
struct jval *reg_search(struct context *c, const char *term, const struct reg_search *o, struct err *err) __must_check;
/* The manifest or index of an image in its registry, parsed. */
struct jval *reg_search_manifest(struct context *c, const char *image, const struct reg_search *o, struct err *err) __must_check;

#endif
