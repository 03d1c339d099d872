/*
 * auto_update.h - is there a newer image for a container that wants one? podman-auto-update(1) has the rules: the label
 * io.containers.autoupdate says registry (or image), local, or disabled.
 */
#ifndef PODLITE_ENGINE_AUTO_UPDATE_H
#define PODLITE_ENGINE_AUTO_UPDATE_H

#include "podlite/engine/ctr_record.h"
#include "podlite/engine/img.h"

enum auto_update_policy { AUTO_UPDATE_NONE, AUTO_UPDATE_REGISTRY, AUTO_UPDATE_LOCAL };

/* From the container's labels; a word that is none of these is an error. */
int auto_update_policy(const struct ctr_record *r, enum auto_update_policy *ret, struct err *err) __must_check;
/* Is there another image than the container's, in the registry or here? Nothing is pulled. */
int auto_update_check(struct context *c, const struct ctr_record *r, enum auto_update_policy policy, const struct img_pull_opts *o,
	bool *ret_newer, struct err *err) __must_check;
/* Have the newer image here, under the name the container was made from. */
int auto_update_fetch(struct context *c, const struct ctr_record *r, enum auto_update_policy policy, const struct img_pull_opts *o,
	struct err *err) __must_check;
/* Give that name back to the container's image. */
int auto_update_restore(struct context *c, const struct ctr_record *r, struct err *err) __must_check;
/* Wait until the container of the name has started well: it lives for a second, and its health check, if there is one,
 * has passed, or has not failed within two minutes. */
int auto_update_wait(struct context *c, const char *name, struct err *err) __must_check;

#endif
