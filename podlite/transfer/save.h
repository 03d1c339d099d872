/* save.h - images into an archive or directory, as docker save, an OCI layout, or `dir:` have them. */
#ifndef PODLITE_SAVE_H
#define PODLITE_SAVE_H

#include "podlite/transfer/progress.h"
#include "podlite/transfer/request.h"
#include "storage/store.h"

struct save {
	const struct request *rq;  /* format, images, compress, uncompressed, compression, level */
	struct store *store;
	struct progress *progress;
	int archive;               /* file, pipe or directory */
};

/* Confines the process. answer: the digest of the manifest, where the format has one. */
int save_run(const struct save *s, struct request_answer *answer, struct err *err) __must_check;

#endif
