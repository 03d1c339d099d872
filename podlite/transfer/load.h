/* load.h - images from an archive or directory: docker save's, an OCI layout, `dir:`. */
#ifndef PODLITE_LOAD_H
#define PODLITE_LOAD_H

#include "podlite/transfer/put_layer.h"
#include "podlite/transfer/request.h"

/* archive: descriptor of the file, pipe or directory; the caller's. Confines the process. */
int load_run(const struct request *rq, const struct put_layer *to, int archive, struct request_answer *ret,
	struct err *err) __must_check;

#endif
