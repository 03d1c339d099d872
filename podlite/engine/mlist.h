/*
 * mlist.h - manifest lists of one's own: `podlite manifest`.
 *
 * A list is an image record (storage/image.h) without layers, whose `list` is
 *	{"annotations": {...}, "manifests": [ENTRY...]}
 * ENTRY is a descriptor of image-spec 1.1 ("OCI Image Index") and says in "from" where its image is: the id of
 * one in this store, or "docker://HOST/PATH@DIGEST". The id of a list is random and stays when it changes; the
 * document, OCI's index or docker's manifest list, is made when somebody wants it.
 */
#ifndef PODLITE_ENGINE_MLIST_H
#define PODLITE_ENGINE_MLIST_H

#include "podlite/engine/img.h"
#include "podlite/engine/img_push.h"

/* How registries are asked for what is added. */
struct mlist_source {
	bool all;                /* of an index or list: every entry, not just this machine's */
	const char *authfile, *creds, *cert_dir;
	int tls_verify;          /* OPT_TRI */
};

/* What is said of an entry; NULL or empty: nothing. */
struct mlist_edit {
	const char *os, *arch, *variant, *os_version;
	const struct svec *features, *os_features;
	const struct svec *annotations; /* KEY=VALUE */
};

/* ---- mlist.c: lists and their entries ---- */

/* EK_NOT_FOUND where there is nothing of that name, EK_INVALID where it is an image. */
int mlist_find(struct context *c, const char *name, struct image *ret, struct err *err) __must_check;
/* A new list, or with amend the one that has the name. */
int mlist_create(struct context *c, const char *name, bool amend, const struct svec *annotations, char ret_id[65],
	struct err *err) __must_check;
/* entries: an array; one of a digest that is there replaces it. Each becomes as edit says. */
int mlist_put(struct context *c, const char *name, const struct jval *entries, const struct mlist_edit *edit,
	char ret_id[65], struct err *err) __must_check;
/* which: the digest of an entry, or the name of an image here that is one. index: the list itself. */
int mlist_annotate(struct context *c, const char *name, const char *which, bool index, const struct mlist_edit *edit,
	char ret_id[65], struct err *err) __must_check;
int mlist_drop(struct context *c, const char *name, const char *digest, char ret_id[65], struct err *err) __must_check;
/* The document. format: "oci", "v2s2"; NULL: docker's if that can say all there is, else OCI's. */
struct jval *mlist_document(const struct image *list, const char *format, struct err *err) __must_check;
/* "from" of the entry for a platform ("os/arch/variant"; NULL: this machine). */
int mlist_choose(const struct image *list, const char *platform, char **ret_from, struct err *err) __must_check;

/* ---- mlist_add.c ---- */

/* Entries for what is named: an image or list here, one in a registry, or a transport's. Appended to ret. */
int mlist_entries(struct context *c, const char *image, const struct mlist_source *src, struct jval *ret,
	struct err *err) __must_check;

/* ---- mlist_push.c ---- */

/* The list, and with all what it lists, to a registry. */
int mlist_push(struct context *c, const struct image *list, const char *to, bool all, const struct img_push_opts *o,
	char **ret_digest, struct err *err) __must_check;

#endif
