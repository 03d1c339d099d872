/* options_value.h - one option's value: text into the field of its row. Only for options.c. */
#ifndef PODLITE_OPTIONS_VALUE_H
#define PODLITE_OPTIONS_VALUE_H

#include "podlite/options.h"

/* May the row stand without a value? Then *ret is the value it implies. */
bool options_value_implied(const struct option_def *d, const char **ret);
int options_value_store(const struct option_def *d, void *opt, const char *value, struct err *err) __must_check;
void options_value_swap(const struct option_def *d, void *a, void *b);
void options_value_free(const struct option_def *d, void *opt);

#endif
