/*
 * unit.h - unit files as systemd.syntax(7) has them: sections of KEY=VALUE, in their order, each
 * entry with the file and the line it comes from.
 *
 * Files that are parsed into one struct unit are merged as drop-ins are: entries are appended, the
 * last one of a key counts, and for keys that may be repeated an empty value forgets those before.
 * Lines that end in a backslash go on in the next one; comments (# ;) between them are skipped.
 * Values are kept as written: quotes, specifiers (%) and variables ($) are for whoever reads them. Who wants one value, not
 * a list of words, reads `single`.
 */
#ifndef PODLITE_QUADLET_UNIT_H
#define PODLITE_QUADLET_UNIT_H

#include "common/err.h"
#include "common/sbuf.h"
#include "common/svec.h"

#define UNIT_FILE_MAX (1u << 20) /* bytes of one file */

struct unit_entry {
	char *key, *value;
	char *single;     /* the value without a pair of " around all of it; the same pointer where there is none */
	const char *path; /* of its file, owned by the unit; NULL: made by us */
	unsigned line;
};

struct unit_section {
	char *name;
	struct unit_entry *v;
	size_t n;
};

struct unit {
	struct unit_section *v;
	size_t n;
	struct svec paths; /* of the files, in their order */
};

#define UNIT_INIT {.v = NULL}

/* Append what the text says. Every bad line adds "PATH:LINE: what is wrong" to errors; the others count. */
void unit_parse(struct unit *u, const char *path, const char *text, size_t n, struct svec *errors);
/* The same for a file: one that cannot be read is an error, too. */
void unit_read(struct unit *u, int dirfd, const char *name, const char *path, struct svec *errors);
void unit_done(struct unit *u);

const struct unit_section *unit_section(const struct unit *u, const char *name); /* or NULL */
/* The last entry of the key, or NULL; also where that is empty, "" included. */
const struct unit_entry *unit_last(const struct unit *u, const char *section, const char *key);
/* Its single value, or dflt. */
const char *unit_value(const struct unit *u, const char *section, const char *key, const char *dflt);
/* The entry of the key after `prev` (NULL: the first that no empty one after it forgets), or NULL. */
const struct unit_entry *unit_next(const struct unit *u, const char *section, const char *key, const struct unit_entry *prev);
bool unit_has(const struct unit *u, const char *section, const char *key); /* also when it is empty */

/* Append an entry of ours, making the section where there is none. */
void unit_add(struct unit *u, const char *section, const char *key, const char *value);
void unit_addf(struct unit *u, const char *section, const char *key, const char *fmt, ...) __printf(4, 5);
/* The text of a unit file. */
void unit_print(const struct unit *u, struct sbuf *ret);

#endif
