/*
 * toml.h - TOML 1.0 as configuration files use it, read into a jval tree: tables, arrays of tables,
 * dotted keys, basic, literal and multi-line strings, integers, floats, booleans, arrays, inline
 * tables. Dates are kept as strings. Defining a key twice is an error, as TOML says.
 */
#ifndef PODLITE_TOML_H
#define PODLITE_TOML_H

#include "common/jval.h"

#define TOML_MAX_DEPTH 16

/* Errors name the line. The caller owns the tree. */
struct jval *toml_parse(const char *text, size_t n, struct err *err) __must_check;

#endif
