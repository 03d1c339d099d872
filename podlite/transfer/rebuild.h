/*
 * rebuild.h - a damaged layer made anew from itself: its tar, out of its files and its index (pack.h), unpacked
 * again. That mends whatever is wrong but content: modes, owners, links, attributes, files too many.
 */
#ifndef PODLITE_REBUILD_H
#define PODLITE_REBUILD_H

#include "podlite/transfer/put_layer.h"
#include "podlite/transfer/request.h"

/* rq: name is the DiffID in hex; the store has it in renew. EK_INVALID: content is damaged too. */
int rebuild_run(const struct request *rq, const struct put_layer *to, struct err *err) __must_check;

#endif
