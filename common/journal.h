/*
 * journal.h - writing to the systemd journal by its native protocol (systemd.io/JOURNAL_NATIVE_PROTOCOL):
 * one datagram an entry, NAME=VALUE lines; a value with a newline in it has its length in front. Needs
 * no library. Reading is for journalctl (podlite/engine/journal_read.h).
 */
#ifndef PODLITE_JOURNAL_H
#define PODLITE_JOURNAL_H

#include "common/base.h"
#include "common/sbuf.h"

bool journal_is_here(void); /* is there a journal, and may we write to it? */
/* A socket to it, or -errno. A send waits at most a second for a journal that takes nothing. */
int journal_connect(void) __must_check;
/* One more field; name: upper-case letters, digits and "_". */
void journal_add(struct sbuf *entry, const char *name, const char *value, size_t n);
void journal_add_text(struct sbuf *entry, const char *name, const char *value); /* NULL: left out */
/* 0 or -errno: the entry is lost then. One too large for a datagram goes as a sealed memory file. */
int journal_send(int sock, const struct sbuf *entry) __must_check;

#endif
