/*
 * push.h - an image of the store to a registry.
 *
 * Blobs the registry has are not sent: first the ones the image was fetched with are asked for, then
 * those that an earlier push made of the layer; a repository of the same registry that the image is
 * known from may lend them. Only what remains is rebuilt from the layer's tree (storage/pack.h),
 * compressed and sent. If all blobs are the original ones the manifest goes out byte for byte, and
 * the image keeps its digest.
 */
#ifndef PODLITE_PUSH_H
#define PODLITE_PUSH_H

#include "net/http.h"
#include "net/regconf.h"
#include "podlite/transfer/progress.h"
#include "podlite/transfer/request.h"
#include "storage/store.h"

struct push {
	const struct request *rq; /* name: destination; image: id in the store */
	struct store *store;
	struct http *http;
	struct regconf *conf;
	struct progress *progress;
};

int push_run(const struct push *p, struct request_answer *ret, struct err *err) __must_check;

#endif
