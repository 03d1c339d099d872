/* arc_tar.h - the members of a tar file that can be read at any place: names and where their bytes are. */
#ifndef PODLITE_ARC_TAR_H
#define PODLITE_ARC_TAR_H

#include <sys/types.h>

#include "common/err.h"

struct arc_member {
	char *name;  /* clean: no "./", "//", trailing "/" */
	char *link;  /* of a link: the name of the member it leads to, clean; else NULL */
	off_t off;
	uint64_t size;
	size_t order;
};

struct arc_tar {
	struct arc_member *v; /* by name; of equal names the last one in the archive comes first */
	size_t n;
};

/* POSIX and GNU tar: regular files, links and directories (which are left out); anything else, and what
 * readers of tar disagree about, is EK_INVALID. */
int arc_tar_list(int fd, size_t max, struct arc_tar *ret, struct err *err) __must_check;
/* More than one member is called so: two readers could take different ones. */
bool arc_tar_is_twice(const struct arc_tar *t, const char *name);
const struct arc_member *arc_tar_find(const struct arc_tar *t, const char *name);
void arc_tar_done(struct arc_tar *t);
/* "./a//b/" -> "a/b"; NULL for names with "..". */
char *arc_tar_clean(const char *name);

#endif
