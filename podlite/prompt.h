/* prompt.h - questions on the terminal: a line, and a secret that is not echoed. */
#ifndef PODLITE_PROMPT_H
#define PODLITE_PROMPT_H

#include "common/err.h"

/* Both return an allocated line without its end, or NULL: no terminal on standard input, end of
 * input, Ctrl-C. aim: what is asked, for the first of these ("for the user name"); advice: what to use
 * instead. The question goes to standard error. */
char *prompt_line(const char *question, const char *aim, const char *advice, struct err *err) __must_check;
char *prompt_secret(const char *question, const char *aim, const char *advice, struct err *err) __must_check;

#endif
