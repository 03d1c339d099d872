/*
 * complete.h - what a shell may put next, from the tables that parse.
 *
 * words: the command line after "podlite", the last one being what is typed so far (maybe ""). One
 * candidate a line, "WORD<tab>DESCRIPTION"; the last line is ":" and how the shell goes on:
 * ":file" (file names), ":none".
 */
#ifndef PODLITE_COMPLETE_H
#define PODLITE_COMPLETE_H

#include "common/sbuf.h"
#include "podlite/command.h"

/* c: for names of containers, images and volumes; NULL leaves them out. */
void complete_words(struct context *c, int n, char *const *words, struct sbuf *ret);
/* The script that makes a shell ask `podlite __complete`, for the word podlite and for called (called_as). False for an
 * unknown shell. */
bool complete_script(const char *shell, const char *called, struct sbuf *ret);

#endif
