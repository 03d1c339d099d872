/* volume.h - named volumes: volumes/NAME/{_data,volume.json}; the name is claimed by mkdir. */
#ifndef PODLITE_VOLUME_H
#define PODLITE_VOLUME_H

#include "common/svec.h"
#include "storage/store.h"

struct volume {
	char *name;
	int64_t created_ns;
	struct svec labels, options; /* KEY=VALUE */
	bool anonymous;
	char *mountpoint;            /* absolute path of _data */
};

struct volume_list {
	struct volume *v;
	size_t n;
};

bool volume_name_ok(const char *name); /* [A-Za-z0-9][A-Za-z0-9_.-]*, at most 255 */
int volume_create(struct store *s, const struct volume *want, struct volume *ret, struct err *err) __must_check; /* EK_EXISTS */
int volume_find(struct store *s, const char *name, struct volume *ret, struct err *err) __must_check; /* exact or unique prefix */
int volume_list(struct store *s, struct volume_list *ret, struct err *err) __must_check;
int volume_remove(struct store *s, const char *name, struct err *err) __must_check; /* in use: the caller checks */
/* Copy what the image has at path (below rootfd) into an empty volume, owner and mode included;
 * a volume that is not empty is left alone (threats.md V39). */
int volume_copy_up(const struct volume *v, int rootfd, const char *path, struct err *err) __must_check;
void volume_done(struct volume *v);
void volume_list_done(struct volume_list *l);

#endif
