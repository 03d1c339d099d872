/* untar_meta.h - owner, mode, xattrs and times of an entry. Only for untar*.c. */
#ifndef PODLITE_UNTAR_META_H
#define PODLITE_UNTAR_META_H

#include "storage/untar.h"

struct archive_entry;

/* On a descriptor of the object just made. st_mode: what the object has now (mode bits as created). */
int untar_meta_fd(struct untar *u, int fd, struct archive_entry *e, mode_t made, bool inherits_gid, struct err *err) __must_check;
/* On what cannot be opened (links, FIFOs), by name without following. */
int untar_meta_name(struct untar *u, int dirfd, const char *name, struct archive_entry *e, struct err *err) __must_check;
void untar_meta_times(struct archive_entry *e, struct timespec ret[2]);

#endif
