/* push_list.h - a manifest list, and what it lists, to a registry. */
#ifndef PODLITE_PUSH_LIST_H
#define PODLITE_PUSH_LIST_H

#include "podlite/transfer/push.h"

/* rq->list: the document, whose entries still have "from" (engine/mlist.h). With rq->all the images are sent first,
 * each by its digest; an entry whose image has another manifest now, as it was compressed anew, converted or fetched again, gets its digest
 * and size. */
int push_list_run(const struct push *p, struct request_answer *ret, struct err *err) __must_check;

#endif
