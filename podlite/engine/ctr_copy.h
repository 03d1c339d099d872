/*
 * ctr_copy.h - `cp`: files and trees between a container and the host, or two containers.
 *
 * Everything below a container's root is reached by (rootfd, path) and walked by descriptors with
 * links left alone, so that neither a planted link nor a race leads outside (threats.md V30).
 * Nothing of the container's code runs. An archive on standard input is parsed by the confined
 * unpacker alone (storage/unpack.h).
 */
#ifndef PODLITE_ENGINE_CTR_COPY_H
#define PODLITE_ENGINE_CTR_COPY_H

#include "podlite/context.h"

struct copy_opts {
	bool archive;   /* give what goes into a container to its user, what comes out to the caller */
	bool overwrite; /* a directory may replace a file and the reverse */
};

/* "CONTAINER:PATH", a host path, or "-" for a tar archive on standard input or output. Rules for directories and trailing slashes as docker-cp(1). */
int ctr_copy(struct context *c, const char *from, const char *to, const struct copy_opts *o, struct err *err) __must_check;

#endif
