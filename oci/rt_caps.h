/* rt_caps.h - capability names of capabilities(7) and their bits. */
#ifndef PODLITE_RT_CAPS_H
#define PODLITE_RT_CAPS_H

#include "common/err.h"
#include "oci/spec_runtime.h"

struct rt_caps {
	uint64_t bounding, effective, permitted, inheritable, ambient;
};

int rt_caps_bit(const char *name); /* "CAP_CHOWN", any case; -1 if unknown */
const char *rt_caps_name(int bit); /* NULL beyond the table */
/* Every capability this kernel knows. */
uint64_t rt_caps_all(void);
/* What this process holds (its permitted set). */
uint64_t rt_caps_own(void);
/* A capability that the kernel or this table lacks is dropped with a debug line, as runc does: a
 * profile written for a newer kernel still starts. */
void rt_caps_parse(const struct spec_caps *c, struct rt_caps *ret);

#endif
