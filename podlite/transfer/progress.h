/*
 * progress.h - what a transfer says on descriptor 2: lines, and on a terminal below them one line
 * a blob that changes in place, with its state, bytes and rate. Quiet: nothing at all. With `events`
 * the rows are told there as well, as request.h describes: each change of state, and bytes at most
 * twice a second for a row.
 *
 *	progress_rows(p, n); progress_set(p, i, ...)...; progress_draw(p, false)...; progress_rows_end(p)
 */
#ifndef PODLITE_PROGRESS_H
#define PODLITE_PROGRESS_H

#include "common/digest.h"

struct progress_row;

struct progress {
	bool quiet, live;    /* live: a terminal */
	int events;          /* descriptor for events, or 0; written to with blocking */
	struct progress_row *rows;
	size_t nrows;
	unsigned drawn;      /* lines of them on the screen, above the cursor */
	int64_t last_ns;
};

void progress_line(struct progress *p, const char *fmt, ...) __printf(2, 3);
/* The same for what a row says too: nothing where there are rows. */
void progress_event(struct progress *p, const char *fmt, ...) __printf(2, 3);

enum progress_state { PROGRESS_WAIT, PROGRESS_BYTES, PROGRESS_WORK, PROGRESS_DONE, PROGRESS_SKIPPED };
void progress_rows(struct progress *p, size_t n);
/* blob: NULL for an archive; copied. verb: what the bytes are ("fetching"), what follows them
 * ("unpacking"): these two are the event's words; why it was skipped or waits. A constant. */
void progress_set(struct progress *p, size_t i, const struct digest *blob, enum progress_state state, const char *verb,
	uint64_t done, uint64_t total);
/* At most five times a second, unless now. */
void progress_draw(struct progress *p, bool now);
void progress_rows_end(struct progress *p); /* the last state stays on the screen; harmless without rows */

#endif
