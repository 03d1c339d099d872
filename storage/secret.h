/*
 * secret.h - secrets/NAME/{secret.json,data}: texts that containers get as files or variables.
 *
 * Kept as files that only the user can read (directories 0700, files 0600), as podman's driver
 * "file" does; there is no encryption. A secret is there wholly or not at all: it is built in
 * staging and renamed to its name.
 */
#ifndef PODLITE_SECRET_H
#define PODLITE_SECRET_H

#include "common/sbuf.h"
#include "common/svec.h"
#include "storage/store.h"

#define SECRET_MAX    512000
#define SECRET_ID_LEN 25

struct secret {
	char *name;
	char id[SECRET_ID_LEN + 1]; /* hex digits */
	int64_t created_ns, updated_ns;
	struct svec labels;         /* KEY=VALUE */
};

struct secret_list {
	struct secret *v;
	size_t n;
};

bool secret_name_ok(const char *name); /* [A-Za-z0-9][A-Za-z0-9_.-]*, at most 253 */
/* replace: one of that name goes, and its creation time stays. Else EK_EXISTS. */
int secret_create(struct store *s, const char *name, const void *data, size_t n, const struct svec *labels, bool replace,
	struct secret *ret, struct err *err) __must_check;
/* By name, id, or a unique beginning of the id. */
int secret_find(struct store *s, const char *text, struct secret *ret, struct err *err) __must_check;
int secret_read(struct store *s, const struct secret *secret, struct sbuf *ret, struct err *err) __must_check;
int secret_remove(struct store *s, const struct secret *secret, struct err *err) __must_check;
int secret_list(struct store *s, struct secret_list *ret, struct err *err) __must_check; /* by name */
void secret_done(struct secret *secret);
void secret_list_done(struct secret_list *l);

#endif
