/*
 * tarindex.h - what a layer's tar says beyond the content of its files, written while unpacking, so
 * that pack.h can give back the same bytes.
 *
 * Two streams, each zstd, because two threads write them (pipeline.h):
 *   tar-index.zst, by the scanner: the tar's bytes in order; runs of zeros as their length, the
 *     content of a regular file as the number of its entry and its length;
 *   tar-files.zst, by the unpacker: for each entry with content where that is: a file of the layer,
 *     or here, if the layer has no such file (aufs's own, U5) or a later entry replaced it (U15).
 * Sparse files are in the first stream whole: their content in a tar is not that of the file.
 *
 * Grammar, all numbers LEB128. First stream: items NUMBER = n << 2 | kind: 0: n bytes follow; 1: n
 * zeros; 2: content of n bytes, then entries since the last content. Second: one of
 *   'D' LENGTH path INODE       the files below are in this directory (path from the layer's root)
 *   'F' ENTRIES LENGTH name     the content is this file's
 *   'I' ENTRIES pieces          the content is here: LENGTH bytes ... 0
 *   'S' INODE LENGTH name pieces  of the file that this name had in this directory until now
 *
 * Failures are kept and told by tarindex_close. All functions accept NULL: nothing is written then.
 */
#ifndef PODLITE_TARINDEX_H
#define PODLITE_TARINDEX_H

#include <sys/types.h>

#include "common/err.h"

enum tarindex_item { TARINDEX_BYTES, TARINDEX_ZEROS, TARINDEX_CONTENT };

struct tarindex;

struct tarindex *tarindex_new(int fd); /* borrows fd */
/* First stream. */
void tarindex_bytes(struct tarindex *t, const void *data, size_t n);
void tarindex_content(struct tarindex *t, uint64_t entry, uint64_t size);
/* Second stream. dir: path from the root, "" is the root; dir_ino: of that directory. */
void tarindex_file(struct tarindex *t, uint64_t entry, const char *dir, uint64_t dir_ino, const char *name);
/* tarindex_data must follow these two, in pieces, the last one empty. */
void tarindex_inline(struct tarindex *t, uint64_t entry);
void tarindex_saved(struct tarindex *t, uint64_t dir_ino, const char *name);
void tarindex_data(struct tarindex *t, const void *data, size_t n);
/* End of the stream; frees t in any case. */
int tarindex_close(struct tarindex *t, struct err *err) __must_check;

#endif
