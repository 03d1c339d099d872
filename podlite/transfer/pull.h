/*
 * pull.h - from a name to an image in the store: registries to ask, manifest, config, layers.
 *
 * Nothing is visible before the end: blobs and layers without an image are collected later, the
 * image record comes last, its names after that.
 */
#ifndef PODLITE_PULL_H
#define PODLITE_PULL_H

#include "net/regconf.h"
#include "podlite/transfer/progress.h"
#include "podlite/transfer/request.h"
#include "storage/store.h"

struct shelves;

struct pull {
	const struct request *rq;
	struct store *store; /* NULL: only the manifest is wanted, as text */
	struct http *http;
	struct regconf *conf;
	struct progress *progress;
	struct shelves *shelves; /* additional stores, opened and closed by pull_run; NULL where store is */
	int broker;          /* starts unpackers: broker.h */
};

int pull_run(const struct pull *p, struct request_answer *ret, struct err *err) __must_check;

#endif
