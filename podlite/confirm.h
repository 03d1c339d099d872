/* confirm.h - "Are you sure?" before something is lost. */
#ifndef PODLITE_CONFIRM_H
#define PODLITE_CONFIRM_H

#include "common/err.h"

/* Reads one line: 1 for y or yes, 0 for another answer; no answer at all is an error that names
 * --force. The warning and the question go to standard error, if standard input is a terminal. */
int confirm_ask(const char *warning, struct err *err) __must_check;

#endif
