/*
 * tarsplit.h - a layer's tar from the tree it was unpacked to and the notes that podman (containers/storage)
 * keeps of it: `ID.tar-split.gz`, one JSON object a line, either bytes of the tar as they were (headers,
 * padding) or the name of a file whose content belongs here. Format: github.com/vbatts/tar-split, tar/storage.
 *
 * The notes were made of a stranger's tar: names are opened inside the tree only, and what comes out is
 * worth what its digest says. Of files that were sparse in the tar only their data belongs here: tarsplit_map.h.
 */
#ifndef PODLITE_TARSPLIT_H
#define PODLITE_TARSPLIT_H

#include <sys/types.h>

#include "common/err.h"

struct tarsplit;

/* notes: the compressed file; tree: the directory. Both borrowed, until tarsplit_free. */
struct tarsplit *tarsplit_new(int notes, int tree);
/* The next bytes of the tar; 0: end. (struct put_source) */
ssize_t tarsplit_read(void *t, void *buf, size_t n, struct err *err) __must_check;
/* A file that what was read depends on a guess for, or NULL. */
const char *tarsplit_guessed(const struct tarsplit *t);
/* Err for the file whose map is not known, or was guessed wrong. */
int tarsplit_unknown(const char *name, struct err *err);
void tarsplit_free(struct tarsplit *t);
DEFINE_AUTO(tarsplit, tarsplit_free)

#endif
