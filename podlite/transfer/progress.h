/* progress.h - what a pull says on descriptor 2: lines, or one changing line on a terminal. */
#ifndef PODLITE_PROGRESS_H
#define PODLITE_PROGRESS_H

#include "common/base.h"

struct progress {
	bool quiet, live;    /* live: a terminal */
	bool open;           /* a changing line is on the screen */
	int64_t last_ns;
	uint64_t done, total;
};

void progress_line(struct progress *p, const char *fmt, ...) __printf(2, 3);
/* Bytes so far of all layers: draws at most five times a second. */
void progress_update(struct progress *p, uint64_t done, uint64_t total);
void progress_end(struct progress *p); /* remove the changing line */

#endif
