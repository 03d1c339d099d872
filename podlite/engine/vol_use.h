/* vol_use.h - volumes and the containers that use them: filters, removal, prune. */
#ifndef PODLITE_ENGINE_VOL_USE_H
#define PODLITE_ENGINE_VOL_USE_H

#include "podlite/engine/ctr_record.h"
#include "storage/volume.h"

/* As volume_create, after checking the options and with the owner that they name. */
int vol_use_create(struct context *c, const struct volume *want, struct volume *ret, struct err *err) __must_check;
/* Containers that mount the volume. */
size_t vol_use_count(const struct ctr_list *ctrs, const char *name);
/* Remove a volume by exact name or unique prefix. force: and the containers that use it.
 * ret_name: its full name. EK_NOT_FOUND, EK_IN_USE. Enters the user namespace. */
int vol_use_remove(struct context *c, const char *text, bool force, int64_t timeout, char **ret_name, struct err *err) __must_check;
/* Do the filters hold? Different keys must all match, values of one key are alternatives (labels
 * and until: all). -1 with err for an unknown key. */
int vol_use_match(struct context *c, const struct svec *filters, const struct volume *v, const struct ctr_list *ctrs, struct err *err) __must_check;

#endif
