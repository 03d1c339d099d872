/* img_change.h - instructions that change an image's config: --change of `commit` and `import`. */
#ifndef PODLITE_ENGINE_IMG_CHANGE_H
#define PODLITE_ENGINE_IMG_CHANGE_H

#include "common/jval.h"
#include "common/svec.h"

/* "CMD=...", "CMD ...", as in a Containerfile: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME,
 * WORKDIR. config: the "config" object of an image's document. EK_USAGE for anything else. */
int img_change_apply(struct jval *config, const struct svec *changes, struct err *err) __must_check;
/* A KEY=VALUE of a list such as Env, replaced or added. */
void img_change_env(struct jval *config, const char *key, const char *value);
/* A new document's frame: created now, for this machine, no layer. architecture etc. may be NULL. */
struct jval *img_change_new(const char *os, const char *architecture, const char *variant);
/* Another line of history, with a layer. author and comment may be NULL. Sets "created" too. */
void img_change_history(struct jval *doc, const char *created_by, const char *author, const char *comment);

#endif
