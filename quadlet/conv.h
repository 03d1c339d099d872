/*
 * conv.h - from a quadlet file to the service that systemd is given.
 *
 * Keys and what becomes of them are those of podman-systemd.unit(5) of podman 5.4, man/podlite-systemd.unit.5.md
 * is the list for users. Every key of our sections is a row of a table (struct conv_key); a key without a row, or
 * with a row that refuses it, is an error with its line, and a file with an error gives no service.
 */
#ifndef PODLITE_QUADLET_CONV_H
#define PODLITE_QUADLET_CONV_H

#include "quadlet/source.h"

struct conv {
	const struct source_list *all; /* loaded: what files may refer to */
	struct source *src;
	const char *podlite;           /* path of the program that the service runs */
	struct unit out;               /* the service */
	struct svec cmd;               /* words of ExecStart= */
};

enum conv_how {
	CONV_LAST,    /* OPTION VALUE, of the last assignment */
	CONV_EACH,    /* OPTION VALUE for each assignment */
	CONV_WORDS,   /* OPTION WORD for each word of each assignment */
	CONV_PAIRS,   /* the same for NAME=VALUE words, the last of a name */
	CONV_BOOL,    /* OPTION, or OPTION=false */
	CONV_FLAG,    /* OPTION if true */
	CONV_ARGS,    /* each word as it is */
	CONV_CALL,    /* call(), for each assignment */
	CONV_ONCE,    /* call(), for the last assignment */
	CONV_ELSE,    /* done by other code */
	CONV_REFUSED, /* an error; `option` says why and what to do instead */
};

struct conv_key {
	const char *name;
	enum conv_how how;
	const char *option;
	const char *prefix; /* put before the value, "mask="; may be NULL */
	void (*call)(struct conv *c, const struct unit_entry *e);
};

/* What files of several kinds are told. */
#define CONV_NO_MODULES "configuration modules are not built; podlite's own options go into PodmanArgs= or GlobalArgs="
#define CONV_NO_BUILD   "images cannot be built yet; build it elsewhere, and load or pull it by a .image file"

/* Make the service of c->src in c->out; errors and warnings go to the source. */
void conv_unit(struct conv *c);
void conv_done(struct conv *c);
/* "web.service", "data-volume.service", or what ServiceName= says. The caller owns it. */
char *conv_service_name(const struct source *s);

/* ---- for the kinds of files ---- */

void conv_container(struct conv *c);
void conv_volume(struct conv *c);
void conv_network(struct conv *c);
void conv_image(struct conv *c);

/* "PATH:LINE: KEY=: message"; e NULL: about the file. */
void conv_error(struct conv *c, const struct unit_entry *e, const char *fmt, ...) __printf(3, 4);
void conv_warn(struct conv *c, const struct unit_entry *e, const char *fmt, ...) __printf(3, 4);
const char *conv_own_section(const struct conv *c);
/* Every key of the section has a row; then each row does its part, in the table's order. */
void conv_keys(struct conv *c, const struct conv_key *table, size_t n);
/* Words of all assignments of the key, after the last empty one. */
void conv_words(struct conv *c, const char *key, struct svec *ret);
/* Those of one assignment; a quote that is not closed is an error. */
void conv_split(struct conv *c, const struct unit_entry *e, struct svec *ret);
/* A key of [Service] that the file leaves to us. */
void conv_default(struct conv *c, const char *key, const char *value);
/* As systemd reads booleans; another word is an error and gives dflt. */
bool conv_bool(struct conv *c, const struct unit_entry *e, bool dflt);
/* The beginning of the command line: podlite, GlobalArgs=. */
void conv_program(struct conv *c, struct svec *ret);
/* A path relative to the file, made absolute; one that begins with a specifier stays. The caller owns it. */
char *conv_path(const struct conv *c, const char *path);
/* [Service] of what runs once, with c->cmd as its command. */
void conv_oneshot(struct conv *c);

/* What another file makes, as "x.volume" names it: its name in podlite, which the caller owns, and the
 * service is required and waited for. Specifiers are what they are in that service. NULL with an error where
 * there is no such file, or where only systemd knows its name. */
char *conv_reference(struct conv *c, const struct unit_entry *e, const char *name);
/* The name that a file gives its container or volume, or the image it stands for, with the specifiers of its own
 * service. The caller owns it. */
char *conv_resource(const struct source *s);

#endif
