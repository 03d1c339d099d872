/* commit.h - an image with one layer more, from a tar: `commit` and `import`. */
#ifndef PODLITE_COMMIT_H
#define PODLITE_COMMIT_H

#include "podlite/transfer/put_layer.h"
#include "podlite/transfer/request.h"

/* archive: the tar, plain or compressed. rq->config: the image's config without the layer's DiffID;
 * rq->save, if there: its names. Confines the process. */
int commit_run(const struct request *rq, const struct put_layer *to, int archive, struct request_answer *ret,
	struct err *err) __must_check;

#endif
