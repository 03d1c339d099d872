/*
 * spec_image.h - image documents: OCI image-spec 1.1 (descriptor, index, manifest, config) and
 * docker schema 2, parsed from bytes whose digest was checked before. Never re-emitted: the
 * bytes define the digest. Limits: 4 MiB a document, 1,000 manifests, 500 layers; duplicate keys,
 * bodies with keys of both kinds, and a mediaType that differs from the header are refused
 * (threats.md R2-R4, R10, V46-V48).
 */
#ifndef PODLITE_SPEC_IMAGE_H
#define PODLITE_SPEC_IMAGE_H

#include "common/digest.h"
#include "common/err.h"
#include "common/jval.h"
#include "common/svec.h"

#define SPEC_IMAGE_MAX      (4u << 20)
#define SPEC_MAX_MANIFESTS  1000
#define SPEC_MAX_LAYERS     500

enum spec_media {
	SPEC_MEDIA_UNKNOWN,
	SPEC_MEDIA_OCI_INDEX,
	SPEC_MEDIA_OCI_MANIFEST,
	SPEC_MEDIA_OCI_CONFIG,
	SPEC_MEDIA_DOCKER_LIST,
	SPEC_MEDIA_DOCKER_MANIFEST,
	SPEC_MEDIA_DOCKER_CONFIG,
	SPEC_MEDIA_DOCKER_SCHEMA1,
	SPEC_MEDIA_LAYER_TAR,       /* OCI or docker, also the nondistributable/foreign ones */
	SPEC_MEDIA_LAYER_GZIP,
	SPEC_MEDIA_LAYER_ZSTD,
	SPEC_MEDIA_EMPTY,           /* application/vnd.oci.empty.v1+json */
};

enum spec_media spec_media_parse(const char *text); /* parameters after ';' are ignored */
const char *spec_media_text(enum spec_media m);     /* the OCI or docker name */

struct spec_platform {
	char *os, *architecture, *variant, *os_version;
};

struct spec_descriptor {
	char *media_type;
	enum spec_media media;
	struct digest digest;
	uint64_t size;
	struct spec_platform platform; /* members NULL if absent */
	bool attestation;              /* vnd.docker.reference.type annotation: not an image */
};

struct spec_index {
	struct spec_descriptor *v;
	size_t n;
};

struct spec_manifest {
	enum spec_media media;         /* OCI or docker manifest */
	struct spec_descriptor config;
	struct spec_descriptor *layers;
	size_t nlayers;
	struct svec annotations;       /* KEY=VALUE */
};

struct spec_history {
	char *created, *created_by, *author, *comment;
	bool empty_layer;
};

struct spec_healthcheck {
	struct svec test;
	int64_t interval, timeout, start_period, start_interval; /* ns */
	int64_t retries;
};

struct spec_image_config {
	char *created, *author, *architecture, *os, *variant;
	/* config section; only what engine/specgen allows through has any effect (threats.md M10) */
	char *user, *working_dir, *stop_signal;
	struct svec env, entrypoint, cmd, shell, onbuild;
	struct svec labels;            /* KEY=VALUE */
	struct svec exposed_ports;     /* "80/tcp" */
	struct svec volumes;           /* paths */
	struct spec_healthcheck *healthcheck; /* NULL if none */
	struct digest *diff_ids;
	size_t ndiff_ids;
	struct spec_history *history;
	size_t nhistory;
};

/* What kind of document this is: one of the four index and manifest types, or SPEC_MEDIA_UNKNOWN
 * with err. The same checks as the parsers below make, and one of header and body must say it
 * (V46); the parsers, used on what is in the store too, go by the keys then. */
enum spec_media spec_image_kind(const char *text, size_t n, const char *header_media, struct err *err);
/* header_media: the Content-Type or the referring descriptor's mediaType, "" if unknown. */
int spec_index_parse(const char *text, size_t n, const char *header_media, struct spec_index *ret, struct err *err) __must_check;
int spec_manifest_parse(const char *text, size_t n, const char *header_media, struct spec_manifest *ret, struct err *err) __must_check;
int spec_image_config_parse(const char *text, size_t n, struct spec_image_config *ret, struct err *err) __must_check;
void spec_index_done(struct spec_index *i);
void spec_manifest_done(struct spec_manifest *m);
void spec_image_config_done(struct spec_image_config *c);
/* "os/arch[/variant]", owned by the caller; NULL where the config does not say. */
char *spec_image_platform(const struct spec_image_config *c);

/* Go names of this host: "linux", "amd64"/"arm64"/..., variant or "". */
void spec_platform_host(struct spec_platform *ret); /* static strings, do not free */
/* "os[/arch[/variant]]"; members allocated. */
int spec_platform_parse(const char *text, struct spec_platform *ret, struct err *err) __must_check;
void spec_platform_done(struct spec_platform *p);
/* What to choose for: what the user asked (text, or NULL for nothing), and this machine for what that leaves open; another
 * architecture than this one has no variant but a named one. ret_asked: what was asked alone, for spec_platform_done;
 * ret_want borrows from it. */
int spec_platform_want(const char *text, struct spec_platform *ret_asked, struct spec_platform *ret_want,
	struct err *err) __must_check;
/* Best entry for the platform (exact variant, then compatible lower variants for arm and amd64);
 * NULL with err listing what the index offers. */
const struct spec_descriptor *spec_index_choose(const struct spec_index *i, const struct spec_platform *want, struct err *err);

#endif
