/*
 * tarsplit_map.h - which bytes of a file stood in the tar that it came from: all of them, or the data of a sparse one
 * (GNU tar's formats of pax: "Storing Sparse Files" in its manual).
 *
 * Formats 0.0 and 0.1 have the map in the extended header, which podman keeps. That of format 1.0 stood before the data,
 * which it does not: there it is guessed, as GNU tar makes maps of holes, or of empty blocks. What is guessed is worth
 * no more than the digest of the layer that comes out.
 */
#ifndef PODLITE_TARSPLIT_MAP_H
#define PODLITE_TARSPLIT_MAP_H

#include "common/err.h"
#include "common/sbuf.h"

struct tarsplit_part {
	uint64_t off, len;
};
struct tarsplit_map {
	struct tarsplit_part *v;
	size_t n;
	struct sbuf text; /* what stood before the data */
	bool guessed;
};

/* headers: bytes of the tar that end where the file's content begins; file: as it was unpacked, of `size` bytes.
 * EK_UNSUPPORTED: the map is neither there nor to be guessed. The map is to be freed after an error, too. */
int tarsplit_map_find(const struct sbuf *headers, int file, uint64_t size, struct tarsplit_map *ret, struct err *err) __must_check;
void tarsplit_map_done(struct tarsplit_map *m);

#endif
