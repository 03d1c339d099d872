/*
 * journal_read.h - entries of the systemd journal, through a journalctl that we start: its JSON lines,
 * one object an entry, with the fields that were asked for and __REALTIME_TIMESTAMP.
 *
 * A value that is no UTF-8 comes as an array of bytes (systemd.io/JOURNAL_EXPORT_FORMATS).
 */
#ifndef PODLITE_ENGINE_JOURNAL_READ_H
#define PODLITE_ENGINE_JOURNAL_READ_H

#include <sys/types.h>

#include "common/err.h"
#include "common/jval.h"
#include "common/sbuf.h"
#include "common/svec.h"

struct journal_reader {
	pid_t pid;      /* of journalctl; 0: none */
	int fd;         /* its output, to be polled; -1: none */
	bool ended;     /* it has said all it will */
	struct sbuf buf;
	size_t pos;
};
#define JOURNAL_READER_INIT {.fd = -1, .buf = SBUF_INIT}

/* match: "FIELD=VALUE", all of which an entry must have. fields: "MESSAGE,PRIORITY". last: entries from
 * the end, -1 all. since_ns: 0 all. EK_UNSUPPORTED without journalctl. */
struct journal_query {
	const struct svec *match;
	const char *fields;
	int64_t last, since_ns;
	bool follow;
};
int journal_read_open(struct journal_reader *r, const struct journal_query *q, struct err *err) __must_check;
/* Next entry, the caller's to free; NULL: none now (follow), or at the end (`ended`). Without follow it
 * waits for journalctl. */
struct jval *journal_read_next(struct journal_reader *r);
/* Bytes of a field, appended; false if the entry has it not. */
bool journal_read_field(const struct jval *entry, const char *name, struct sbuf *ret);
int64_t journal_read_time(const struct jval *entry); /* ns */
void journal_read_close(struct journal_reader *r);

#endif
