/* id.h - 64-hex-digit ids and unique prefixes. */
#ifndef PODLITE_ID_H
#define PODLITE_ID_H

#include "common/base.h"

#define ID_LEN   64
#define ID_SHORT 12

void id_random(char ret[ID_LEN + 1]);
bool id_is_full(const char *s);   /* exactly 64 lower-case hex digits */
bool id_is_prefix(const char *s); /* 1 to 64 lower-case hex digits */
/* adjective_noun from a built-in list; the caller claims it and tries again if taken. */
void id_random_name(char *ret, size_t size);

#endif
