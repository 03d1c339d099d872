/*
 * create_cidfile.h - the file of --cidfile, from before its container is in the store.
 *
 * Written first: whoever kills podlite at any instant and then removes what the file names has removed the
 * container (a service's ExecStopPost does so). A file that names no container may be replaced, so the one
 * that is to name one in a moment is locked until then.
 */
#ifndef PODLITE_ENGINE_CREATE_CIDFILE_H
#define PODLITE_ENGINE_CREATE_CIDFILE_H

#include "podlite/engine/specgen.h"

/* May g->o->cidfile be written? Not if it is there, but for one that names a container which is gone, or
 * which --replace removes. Nothing to do without the option, here and below. */
int create_cidfile_check(const struct specgen *g, struct err *err) __must_check;
/* Write g->id. *ret_lock: to be closed when the container is in the store. */
int create_cidfile_write(const struct specgen *g, int *ret_lock, struct err *err) __must_check;
/* The container did not get there. */
void create_cidfile_undo(const struct specgen *g);

#endif
