/*
 * shelves.h - all additional stores of a request (request.h, stores), in their order.
 *
 * One that cannot be opened or read is left out with a warning: what is elsewhere is still there.
 */
#ifndef PODLITE_SHELVES_H
#define PODLITE_SHELVES_H

#include "podlite/transfer/request.h"
#include "podlite/transfer/shelf.h"

struct shelves {
	struct shelf *v;
	size_t n;
	bool read;
};

/* Before the process is confined; readable: what sandbox_enter shall allow for them. */
void shelves_open(const struct svec *paths, struct shelves *ret, struct svec *readable);
void shelves_close(struct shelves *s);
/* Those of these layers that a store has and ours lacks, into ours. One that cannot be had, damaged for instance, is left out
 * with a warning: whoever pulls gets it from the registry. -1: our own store fails. */
int shelves_take_layers(struct shelves *s, const struct digest *diff_ids, size_t n, const struct put_layer *to,
	struct err *err) __must_check;

/* ---- operations; both confine the process ---- */

/* "stores": ret->text is a JSON array of {"store", "id", "manifest", "names", "digests", "size", "config", "document",
 * "sizes"}. */
int shelves_list(const struct request *rq, struct request_answer *ret, struct err *err) __must_check;
/* "copy": rq->save.v[0], by id, from the only store in rq->stores into ours, under these names. */
int shelves_copy(const struct request *rq, const struct put_layer *to, struct request_answer *ret, struct err *err) __must_check;

#endif
