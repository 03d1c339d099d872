/*
 * describe.h - an image in a registry as entries of a manifest list, for `podlite manifest add`.
 *
 * A manifest is one entry, whose platform its configuration tells; an index or list gives the entry for the
 * platform that is asked for (this machine's), or all. Each says in "from" where it is: "docker://HOST/PATH@DIGEST".
 */
#ifndef PODLITE_DESCRIBE_H
#define PODLITE_DESCRIBE_H

#include "podlite/transfer/pull.h"
#include "net/registry.h"

/* ret->text: a JSON array. */
int describe_image(const struct request *rq, struct registry *reg, const struct ref *full, struct request_answer *ret,
	struct err *err) __must_check;

#endif
