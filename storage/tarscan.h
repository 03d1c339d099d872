/*
 * tarscan.h - a second, strict reader of the same tar bytes, before libarchive gets them.
 *
 * It extracts nothing. It refuses what tar readers understand differently or silently repair:
 * unknown entry types, multi-volume and incremental entries, global names and sizes, numbers out
 * of range, malformed or repeated extended headers beyond limits, data in links (threats.md U4,
 * U7, U8, U11, U13, U14, U19, U20, U21). And it counts entries, so that a difference between the
 * two readers is an error instead of an attack.
 */
#ifndef PODLITE_TARSCAN_H
#define PODLITE_TARSCAN_H

#include "storage/tarindex.h"

struct tarscan;

/* index: told every byte and where content is (tarindex.h); may be NULL; borrowed. */
struct tarscan *tarscan_new(struct tarindex *index);
/* The next bytes of the stream, in pieces of any size. */
int tarscan_feed(struct tarscan *t, const void *data, size_t n, struct err *err) __must_check;
/* The stream has ended: how many zeros does it lack after its last file? umoci leaves them out, Go's
 * reader does not miss them. From here on they count as read; not for the index. */
size_t tarscan_padding(struct tarscan *t);
/* The stream has ended: is this a place where it may? */
int tarscan_end(struct tarscan *t, struct err *err) __must_check;
uint64_t tarscan_entries(const struct tarscan *t); /* extended headers not counted */
void tarscan_free(struct tarscan *t);

#endif
