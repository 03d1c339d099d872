/* search.h - what registries have under a word, or a repository's tags. */
#ifndef PODLITE_SEARCH_H
#define PODLITE_SEARCH_H

#include "net/http.h"
#include "net/regconf.h"
#include "podlite/transfer/request.h"

/* rq: name is [HOST/]TERM, limit a registry; list_tags: name is a repository. Without a host all search
 * registries are asked; what one of them says wrong is an error only if it is the only one. ret->text: a
 * JSON array of {"Index", "Name", "Description", "Stars", "Official", "Automated", "Tag"}. */
int search_run(const struct request *rq, struct http *http, const struct regconf *conf, struct request_answer *ret,
	struct err *err) __must_check;

#endif
