/*
 * conf.h - configuration that is spread over files: FILE.conf and the drop-ins of FILE.conf.d, each
 * a TOML document, the weakest first. What the documents mean, and how they combine, is the
 * reader's business.
 */
#ifndef PODLITE_CONF_H
#define PODLITE_CONF_H

#include "common/jval.h"

#define CONF_FILE_MAX (1u << 20) /* bytes of one file */

struct conf_file {
	char *path;
	struct jval *doc; /* a table */
	/* For readers that make documents of their own; not set by those below: */
	bool adds;        /* its lists are added to, not replaced by, what is stronger */
	char *unused;     /* names of what the reader left out, or NULL */
};

struct conf {
	struct conf_file *v; /* in the order they were added */
	size_t n;
};

#define CONF_INIT {NULL, 0}

/* Parse and append one file. 1: done, 0: there is none, -1: unreadable or no TOML; the error names
 * the file and the line. */
int conf_add_file(struct conf *c, const char *path, struct err *err) __must_check;
/* Append all *.conf of a directory in order of name; a missing directory is an empty one. */
int conf_add_dir(struct conf *c, const char *dir, struct err *err) __must_check;
/* Append a document, which is taken over; the result is good until the next one is appended. */
struct conf_file *conf_add(struct conf *c, const char *path, struct jval *doc);
void conf_done(struct conf *c);
#define auto_conf auto_cleanup(conf_done)

#endif
