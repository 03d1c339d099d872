/*
 * implied.h - directories that a layer has no entry for (threats.md U17).
 *
 * A layer that holds var/www/index.html alone says nothing about var/www: unpacking had to make it,
 * and the mark IMPLIED_MARK tells it from one with an entry. In an overlay it would hide the mode,
 * owner and attributes that a lower layer gives to var/www. Layers are shared by images, so what
 * is right depends on the image: it gets one more layer on top, cache/dirs-IMAGEID/diff, that holds
 * just such directories as the lower layers have them. Made inside the user namespace when the
 * first container of such an image is created; collected with the image (gc.h).
 */
#ifndef PODLITE_IMPLIED_H
#define PODLITE_IMPLIED_H

#include "storage/image.h"

#define IMPLIED_MARK "user.overlay.podlite.implied" /* "y": no entry yet; overlay shows no such attribute */
#define IMPLIED_DIR  "dirs-"                        /* followed by the image's id, in cache/ */

void implied_name(const struct image *img, char ret[80]);
/* Does the image need that layer, and is it missing? No user namespace needed. */
bool implied_wanted(struct store *s, const struct image *img);
/* Make it. Inside the user namespace, with the store held (store_hold). */
int implied_make(struct store *s, const struct image *img, struct err *err) __must_check;
/* Is the open directory of a layer one without an entry? */
bool implied_is(int dirfd);

#endif
