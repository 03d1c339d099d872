/*
 * img_commit.h - a container's files as an image (`commit`) or archive (`export`), and an archive as an
 * image (`import`). The tar is made in the user namespace; the worker hashes, unpacks and records it.
 */
#ifndef PODLITE_ENGINE_IMG_COMMIT_H
#define PODLITE_ENGINE_IMG_COMMIT_H

#include "common/svec.h"
#include "podlite/context.h"

struct img_commit_opts {
	const char *name;         /* of the image, or NULL */
	const char *author, *message;
	const struct svec *changes;
	bool pause, quiet;
	bool squash;              /* one layer with everything */
	bool volumes;             /* the container's volumes become the image's */
	bool docker;              /* format of the manifest */
	const char *os, *arch, *variant; /* import */
};

int img_commit(struct context *c, const char *ctr, const struct img_commit_opts *o, char ret_id[65], struct err *err) __must_check;
/* in: the archive. from: what to call it in messages and history. */
int img_commit_import(struct context *c, int in, const char *from, const struct img_commit_opts *o, char ret_id[65], struct err *err) __must_check;
/* The container's root as a tar, without what is mounted below it, to descriptor out. */
int img_commit_export(struct context *c, const char *ctr, int out, struct err *err) __must_check;

#endif
