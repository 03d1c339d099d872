/*
 * source.h - the quadlet files of a user: where they are looked for, and which of them count.
 *
 * Directories, the first one with a name wins (podman-systemd.unit(5), plus podlite's own):
 *   $QUADLET_UNIT_DIRS (colons between; then nothing else is read), or
 *   $XDG_RUNTIME_DIR/containers/systemd
 *   $XDG_CONFIG_HOME/podlite/systemd, $XDG_CONFIG_HOME/containers/systemd (or ~/.config)
 *   SYSCONFDIR/podlite/systemd/users/UID, SYSCONFDIR/podlite/systemd/users
 *   /etc/containers/systemd/users/UID, /etc/containers/systemd/users
 *   /usr/share/containers/systemd/users/UID, /usr/share/containers/systemd/users
 * Directories in them are read, too, but users/UID of others. Symbolic links are followed.
 *
 * Both programs would write units of the same names: where podman's own user generator is installed, the
 * files in podman's directories are its business and left out (`foreign`); the first two lists are read.
 */
#ifndef PODLITE_QUADLET_SOURCE_H
#define PODLITE_QUADLET_SOURCE_H

#include "quadlet/unit.h"

#define SOURCE_MAX_FILES 4096 /* in all directories together */
#define SOURCE_MAX_DEPTH 8    /* directories in directories */

enum source_kind { SOURCE_CONTAINER, SOURCE_VOLUME, SOURCE_NETWORK, SOURCE_IMAGE, SOURCE_BUILD, SOURCE_POD, SOURCE_KUBE };

struct source {
	enum source_kind kind;
	char *name;         /* "web.container" */
	char *path;         /* absolute */
	bool foreign;       /* podman's generator does it */
	struct unit unit;   /* with its drop-ins, once source_load was called */
	struct svec errors; /* "PATH:LINE: ..." */
	struct svec warnings;
};

struct source_list {
	struct source *v; /* sorted by name */
	size_t n;
	struct svec dirs; /* all that were read, those inside others too */
};

#define SOURCE_LIST_INIT {.v = NULL}

/* Find all files; first: paths of some that go before all others, or NULL. What cannot be read is not there; too many files are an error. */
int source_find(struct source_list *l, const struct svec *first, struct err *err) __must_check;
/* Read a file and its drop-ins: NAME.d of each of its names (template, parts up to a dash) and KIND.d, in
 * every directory, sorted by file name; of two of one name the nearer one counts. */
void source_load(const struct source_list *l, struct source *s);
void source_list_done(struct source_list *l);

const struct source *source_by_name(const struct source_list *l, const char *name); /* or NULL */
/* "container"; also the name of its section with a capital letter, source_section. */
const char *source_suffix(enum source_kind kind);
const char *source_section(enum source_kind kind);
/* The kind that a file's name says, or -1. */
int source_kind_of(const char *file_name);
/* systemd.unit(5): letters, digits and :-_.\@, at most 255, and a suffix. */
bool source_unit_name_ok(const char *name);
/* Where `podlite quadlet install` puts files: $XDG_CONFIG_HOME/podlite/systemd; NULL without a home. */
char *source_install_dir(void);

/* "web" of "web.container"; for foo@bar.container "foo@bar". The caller owns it. */
char *source_stem(const struct source *s);

#endif
