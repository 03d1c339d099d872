/*
 * image_name.h - what images and their names are called in the store: images/HEX.json is a record, names/NAME a link to
 * one ("../images/HEX.json"). In NAME '+' stands for '/', as no reference contains it. For storage/ alone.
 *
 * References by digest are two things: all those that an image is known by, and those of them that somebody asked for, as
 * `pull repo@sha256:...` does. These are names like any with a tag, and lead through "../images/./HEX.json".
 */
#ifndef PODLITE_STORAGE_IMAGE_NAME_H
#define PODLITE_STORAGE_IMAGE_NAME_H

#include "common/base.h"

#define IMAGE_NAME_MAX    255
#define IMAGE_RECORD_FILE (64 + sizeof(".json"))
#define IMAGE_TARGET_MAX  (sizeof("../images/./") + IMAGE_RECORD_FILE)

/* The file of a name; false if it can have none: empty, too long, or no reference. */
bool image_name_file(const char *name, char ret[IMAGE_NAME_MAX + 1]) __must_check;
/* And back; allocated. */
char *image_name_text(const char *file);
/* What the link contains. asked: by digest and asked for. */
void image_name_target(const char *id, bool asked, char ret[IMAGE_TARGET_MAX]);
/* The image that a link leads to; false where it is no such link, with ENOENT where there is nothing. *ret_name (may be NULL):
 * it is a name, not only a digest that the image is known by. */
bool image_name_id(int names_fd, const char *file, char ret_id[65], bool *ret_name) __must_check;

void image_record_file(const char *id, char ret[IMAGE_RECORD_FILE]);
/* And back; false for what is no record. */
bool image_record_id(const char *file, char ret_id[65]) __must_check;

#endif
