/*
 * image.h - images/IMAGEID.json and names/ESCAPED-REFERENCE -> ../images/IMAGEID.json.
 * IMAGEID is the hex of the config's digest. A name is a symbolic link: one name, one atomic
 * operation. Escaping: '/' becomes '+', which no reference contains; 255 bytes at most.
 */
#ifndef PODLITE_IMAGE_H
#define PODLITE_IMAGE_H

#include "common/jval.h"
#include "common/svec.h"
#include "oci/ref.h"
#include "oci/spec_image.h"
#include "storage/store.h"

/* What an image of an additional store (engine/img_stores.h) brings along, as its parts are not in ours. */
struct image_ro {
	char *store;              /* path of the one it is in */
	char *config, *document;  /* JSON texts: the image's config and manifest, of the digests that img has */
	uint64_t *sizes;          /* of the layers as they lie there */
};

struct image {
	char id[65];
	struct digest manifest;   /* of the image manifest */
	struct digest index;      /* of the index it was chosen from, or unset */
	struct digest config;
	struct digest *layers;    /* DiffIDs, lowest first */
	size_t nlayers;
	uint64_t size;            /* bytes on disk of all layers, each once */
	int64_t created_ns;       /* from the config; 0 if absent */
	size_t nseen;             /* layers from the top that can be seen: an opaque root hides the rest */
	bool implied;             /* a layer has directories without entries: implied.h */
	struct image_ro *ro;      /* read-only: it is in an additional store and none of it in ours. NULL: ours */
	struct jval *list;        /* a manifest list (engine/mlist.h): no manifest, config or layers. NULL: an image */
	struct svec names;        /* references that it was pulled, tagged or made by; filled by image_list and image_find */
	struct svec digests;      /* "repo@sha256:...", all that it is known by: only those that were asked for are names, too */
};

struct image_list {
	struct image *v;
	size_t n;
};

/* Find by id (unique prefix of at least one digit; ambiguous is EK_INVALID), full reference,
 * digest reference, or short name (localhost/X, configured search registries in `search`, then
 * any repository that ends in it). EK_NOT_FOUND: "X: image not known". EK_INVALID too: its record is damaged. */
int image_find(struct store *s, const char *text, const struct svec *search, struct image *ret, struct err *err) __must_check;
/* The same for `run`: names holds no more than the reference it was found by, digests nothing. */
int image_find_quick(struct store *s, const char *text, const struct svec *search, struct image *ret, struct err *err) __must_check;
/* The same by exact reference only (canonical text with tag or digest). */
int image_find_name(struct store *s, const char *name, struct image *ret, struct err *err) __must_check;
/* The same on a list: *ret is its index there, *ret_name the name it was found by, or NULL. */
int image_find_in(const struct image_list *list, const char *text, const struct svec *search, size_t *ret, char **ret_name, struct err *err) __must_check;
/* Its record, by full id: names and digests stay empty. EK_INVALID: the record is damaged,
 * and *ret has no more than the id. */
int image_read(struct store *s, const char *id, struct image *ret, struct err *err) __must_check;
/* All names and digests of img->id, also where there is no record. */
int image_fill_names(struct store *s, struct image *img, struct err *err) __must_check;
/* One that is damaged is left out, with a warning. */
int image_list(struct store *s, struct image_list *ret, struct err *err) __must_check;
/* Record an image whose layers, manifest and config are in the store; names may be empty. A record and names that are right
 * already stay as they are, so that readers are not kept waiting. */
int image_put(struct store *s, const struct image *img, struct err *err) __must_check;
int image_tag(struct store *s, const char *id, const char *name, struct err *err) __must_check; /* name canonical; replaces */
/* It is known by this digest, "repo@sha256:...", from now on. */
int image_know(struct store *s, const char *id, const char *digest, struct err *err) __must_check;
int image_untag(struct store *s, const char *name, struct err *err) __must_check;
/* Remove images, by their full ids: all their names, then the records, then layers and blobs nothing else refers to.
 * The ids of those that were there are added to ret, also before an error. Whether a container uses them is the caller's question. */
int image_remove(struct store *s, const struct svec *ids, struct svec *ret, struct err *err) __must_check;
/* The image is used: noted in the time of its record, at most once a day. */
void image_used(struct store *s, const char *id);
/* When it was used last, or put into the store, whichever is later; 0: not known. */
int64_t image_used_ns(struct store *s, const char *id);
/* EK_INVALID for a manifest list, which has none. */
int image_config(struct store *s, const struct image *img, struct spec_image_config *ret, struct err *err) __must_check;
/* struct rootfs.lowers of an image: absolute paths of its layers' diff/, uppermost first, down to
 * the first one whose root is opaque, each once; above all of them that of implied.h, if it has been made. */
void image_lowers(struct store *s, const struct image *img, struct svec *ret);
/* The manifest's text, and how large a layer is: its tar, or in an additional store its blob. 0: not known. */
int image_document(struct store *s, const struct image *img, struct sbuf *ret, struct err *err) __must_check;
uint64_t image_layer_size(struct store *s, const struct image *img, size_t layer);
void image_done(struct image *i);
void image_list_done(struct image_list *l);

#endif
