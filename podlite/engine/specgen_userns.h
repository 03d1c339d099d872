/* specgen_userns.h - the maps of a container's user namespace; only for specgen_userns*.c. */
#ifndef PODLITE_ENGINE_SPECGEN_USERNS_H
#define PODLITE_ENGINE_SPECGEN_USERNS_H

#include <sys/mman.h>

#include "common/userns.h"
#include "podlite/engine/specgen.h"

void specgen_userns_add(struct spec_idmaps *m, uint32_t inner, uint32_t outer, uint32_t count);
/* --uidmap, --gidmap, --subuidname, --subgidname: specgen_userns_given.c */
int specgen_userns_given(struct specgen *g, const struct userns_map *map, struct err *err) __must_check;
/* have: outer ids 0..have-1 exist. Takes a lock that specgen_done drops. */
int specgen_userns_auto(struct specgen *g, uint32_t have, struct err *err) __must_check;
/* The maps of the container that is joined (none: it is in the shared namespace), and its id. */
int specgen_userns_of(struct specgen *g, char ret_id[65], struct err *err) __must_check;
/* The maps of the namespace at a path. */
int specgen_userns_at(struct specgen *g, struct err *err) __must_check;

#endif
