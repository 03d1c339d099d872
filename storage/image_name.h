/*
 * image_name.h - what images and their names are called in the store: images/HEX.json is a record, names/NAME a link to
 * one ("../images/HEX.json"). In NAME '+' stands for '/', as no reference contains it. For storage/ alone.
 */
#ifndef PODLITE_STORAGE_IMAGE_NAME_H
#define PODLITE_STORAGE_IMAGE_NAME_H

#include "common/base.h"

#define IMAGE_NAME_MAX    255
#define IMAGE_RECORD_FILE (64 + sizeof(".json"))

/* The file of a name; false if it can have none: empty, too long, or no reference. */
bool image_name_file(const char *name, char ret[IMAGE_NAME_MAX + 1]) __must_check;
/* And back; allocated. */
char *image_name_text(const char *file);
/* The image that a link leads to; false where it is no such link, with ENOENT where there is nothing. */
bool image_name_id(int names_fd, const char *file, char ret_id[65]) __must_check;

void image_record_file(const char *id, char ret[IMAGE_RECORD_FILE]);
/* And back; false for what is no record. */
bool image_record_id(const char *file, char ret_id[65]) __must_check;

#endif
