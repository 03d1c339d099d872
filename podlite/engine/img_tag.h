/* img_tag.h - tag and untag. Names are taken as typed; short ones get "localhost/" in front. */
#ifndef PODLITE_ENGINE_IMG_TAG_H
#define PODLITE_ENGINE_IMG_TAG_H

#include "podlite/context.h"

/* Give an image these names too; none is given if one of them is malformed. */
int img_tag_add(struct context *c, const char *text, int n, char **names, struct err *err) __must_check;
/* Take names away from an image; with none given, all of them. */
int img_tag_remove(struct context *c, const char *text, int n, char **names, struct err *err) __must_check;

/* Names for an image of ours as they are stored: with a registry (localhost) and a tag; appended to ret. */
int img_tag_canonical(int n, char **names, struct svec *ret, struct err *err) __must_check;

#endif
