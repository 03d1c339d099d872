/*
 * output.h - what commands print: tables, JSON, Go templates, ids; and foreign text made safe.
 *
 * A list command makes one JSON object a row (podman's JSON keys), and names its table columns;
 * output_list then does default table, `table TEMPLATE`, TEMPLATE, json, -q and --noheading.
 */
#ifndef PODLITE_OUTPUT_H
#define PODLITE_OUTPUT_H

#include "common/err.h"
#include "common/jval.h"

struct output_column {
	const char *header; /* "CONTAINER ID" */
	const char *key;    /* template field, "ID" */
};

struct output_list {
	const struct output_column *columns; /* default table; header NULL ends */
	const struct output_column *headers; /* header for every template field (table TEMPLATE); may be NULL */
	const char *format;                  /* --format or NULL */
	bool quiet, noheading;
	const char *quiet_key;               /* field printed by -q */
	/* Long lists: without a format, these are the rows, made when they are printed. */
	struct jval *(*make_row)(const void *arg, size_t i);
	const void *arg;
	size_t nrows;
};

/* rows: array of objects for templates and tables (keys as templates name them); json: array
 * printed for --format json, may be the same. */
int output_list(const struct output_list *o, const struct jval *rows, const struct jval *json, struct err *err) __must_check;
/* inspect: array of objects, pretty JSON or a template per object. */
int output_inspect(const char *format, const struct jval *array, struct err *err) __must_check;
/* One object (info, version): json, a template, or without a format YAML or pretty JSON. */
int output_value(const char *format, const struct jval *v, bool yaml, struct err *err) __must_check;
/* stdout, checked: a full disk or closed pipe is an error, EPIPE is silent. */
int output_write(const void *data, size_t n, struct err *err) __must_check;
int output_line(struct err *err, const char *fmt, ...) __printf(2, 3);
/* printf to stdout of text that may be foreign: escaped when stdout is a terminal (M11). */
int output_safe(const char *text, struct err *err) __must_check;
int output_flush(struct err *err) __must_check;
int output_clear(struct err *err) __must_check; /* begin at the top again, if stdout is a terminal */

#endif
