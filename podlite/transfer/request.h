/*
 * request.h - what podlite asks podlite-transfer to do, and its answer: one JSON document each.
 *
 * The request comes on descriptor 0 as one line, so that no secret is in argv or environment; the end of
 * file there, later, means "give up and leave nothing behind". The answer goes
 * to descriptor 3 as one line: {"images": [{"id", "name"}], ...} or {"error": {"kind", "sys", "cause", "fix", "msg"}}.
 * Progress for people goes to descriptor 2; with `events`, lines {"progress": {"blob", "stage", "bytes", "total"}} for
 * programs come before the answer.
 */
#ifndef PODLITE_REQUEST_H
#define PODLITE_REQUEST_H

#include "common/jval.h"

/* An image to save, under these names. */
struct request_save {
	char *id;
	struct svec names;
};

struct request {
	char *op;                /* "pull" (or NULL), "login", "push", "push-list", "manifest", "describe", "search", "load",
	                          * "save", "download", "commit", "import", "import-podman", "check", "rebuild", "stores",
	                          * "copy" */
	char *root, *driver;     /* the store; NULL where the operation needs none */
	char *name;              /* image or registry, as the user wrote it */
	char *platform;          /* "os/arch/variant" or NULL */
	int64_t tls_verify;      /* 0 by configuration, 1 yes, -1 no */
	char *authfile, *creds, *cert_dir;
	bool quiet, all_tags, progress, events, debug;
	int64_t retry;           /* -1: default */
	int64_t retry_delay_ns;
	int64_t stall_seconds;   /* 0: default */
	bool list_tags;          /* search */
	int64_t limit;
	/* push */
	char *image;             /* id in the store; name is the destination. import-podman: id in podman's */
	char *compression;       /* "gzip", "zstd" for all layers, NULL: as they are, gzip for what must be made */
	char *format;            /* "oci", "v2s2", NULL: as it is; save: one of img_save_formats */
	int64_t level;           /* of compression, 0: default */
	/* load: only the image of this name, and no other; format: "oci", "docker-archive", "dir", NULL: any */
	char *select;
	bool single;
	struct svec refused;     /* formats that the policy does not let in */
	/* save: into descriptor 4, from which load reads. copy: `save` has the image and its names in our store */
	bool compress, uncompressed;
	char *config;            /* commit, import: see commit.h; the layer's tar comes from descriptor 4 */
	struct svec stores;      /* pull, stores, copy: paths of additional stores (shelf.h) */
	struct svec renew;       /* pull, rebuild: damaged layers (store.h) */
	/* check: see storage/check.h */
	int64_t depth, max_age_ns;
	struct {
		struct request_save *v;
		size_t n;
	} save;
	/* describe: entries for a manifest list; all: of an index every one. push-list: with all what it lists too */
	bool all;
	char *list;              /* push-list: the document, its entries with "from" (engine/mlist.h) */
};

struct request_image {
	char *id, *name;
};

struct request_answer {
	struct {
		struct request_image *v;
		size_t n;
	} images;
	char *realm;             /* login: the token server elsewhere that was asked, or NULL */
	char *digest;            /* push: of the manifest that the registry has */
	char *text;              /* manifest: the document; search, describe, stores: a JSON array of objects */
	struct err err;          /* EK_OK, or why it failed */
};

#define REQUEST_PROGRESS "progress"

struct request_progress {
	char *blob;              /* digest, or NULL: an archive */
	char *stage;             /* one of request_stages */
	uint64_t bytes, total;   /* total 0: not known */
};
extern const char *const request_stages[]; /* NULL-terminated */

struct jval *request_progress_emit(const struct request_progress *p);
/* Is the line progress? Then it is checked: its words and numbers can be passed on. 0: it is
 * something else, -1: malformed progress. */
int request_progress_parse(const char *line, size_t n, struct request_progress *ret, struct err *err) __must_check;
void request_progress_done(struct request_progress *p);

struct jval *request_emit(const struct request *r);
int request_parse(const char *text, size_t n, struct request *ret, struct err *err) __must_check;
void request_done(struct request *r);

void request_add_image(struct request_answer *a, const char *id, const char *name);
struct jval *request_answer_emit(const struct request_answer *a);
int request_answer_parse(const char *text, size_t n, struct request_answer *ret, struct err *err) __must_check;
void request_answer_done(struct request_answer *a);

#endif
