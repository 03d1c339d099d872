/*
 * archive_file.h - the archive that a user named: a file (or directory, img_archive.c), "-" or nothing for standard input or
 * output, which must be no terminal. A new file takes its name when it is complete, and the permissions of the one that it
 * replaces; what is no file (a pipe, a device) is written to as it is.
 */
#ifndef PODLITE_ENGINE_ARCHIVE_FILE_H
#define PODLITE_ENGINE_ARCHIVE_FILE_H

#include "common/err.h"

struct archive_file {
	int fd;
	bool own;          /* fd is to be closed: not standard output */
	int dir;           /* of path; -1 where nothing is renamed */
	char *path, *temp; /* temp: name in dir, to become that of path */
	bool unnamed;      /* fd has no name yet, not even temp */
};
#define ARCHIVE_FILE_INIT ((struct archive_file){.fd = -1, .dir = -1})

/* path NULL: standard output. Sets *ret in any case: archive_file_end follows always. */
int archive_file_create(const char *path, struct archive_file *ret, struct err *err) __must_check;
/* What is no pipe and no device is on the disk after it, with its name. failed: nothing of it is left. Returns -1 then, too; err
 * is as it was. */
int archive_file_end(struct archive_file *f, bool failed, struct err *err) __must_check;
/* For reading; NULL or "-": a descriptor of standard input. The caller closes it. */
int archive_file_open(const char *path, struct err *err) __must_check;

#endif
