/*
 * word.h - the words of a value, as systemd.service(5) has them under "command lines": separated by
 * spaces, quoted by '...' or "...", with the escapes of C and \s for a space.
 *
 * Specifiers and variables are left to systemd on both ways: % and $ are letters here.
 */
#ifndef PODLITE_QUADLET_WORD_H
#define PODLITE_QUADLET_WORD_H

#include "common/sbuf.h"
#include "common/svec.h"

/* Append the words of text. False: a quote without its end, or an unknown escape; *ret_why names it. */
bool word_split(const char *text, struct svec *ret, const char **ret_why) __must_check;
/* Append the word so that word_split, and systemd, read it back. */
void word_quote(const char *word, struct sbuf *ret);
/* All of them with spaces between, as for ExecStart=. The caller owns it. */
char *word_join(const struct svec *words);

#endif
