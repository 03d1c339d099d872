/*
 * ctr_logs.h - reading a container's log files: rotated ones first, following without loss.
 *
 * A reader holds the file it reads open; when that is used up it looks which file has taken the
 * next place (monitor/logfile.h, rotation), so a rotation in between loses nothing. With the driver journald
 * the journal is read (journal_read.h) up to the entry by which the monitor ended it.
 */
#ifndef PODLITE_ENGINE_CTR_LOGS_H
#define PODLITE_ENGINE_CTR_LOGS_H

#include "monitor/logfile.h"
#include "podlite/engine/ctr_record.h"

struct ctr_logs_opts {
	int64_t since_ns, until_ns; /* 0: no limit */
	int64_t tail;               /* lines of both streams, also an unfinished one; -1: all */
	bool follow;
};

struct ctr_logs;

/* EK_UNSUPPORTED for drivers that keep nothing ("none", "passthrough"). */
struct ctr_logs *ctr_logs_open(struct context *c, const struct ctr *ctr, const struct ctr_logs_opts *o, struct err *err) __must_check;
/* Next record: 1; 0: nothing more now (the file may still grow); -1 on error. The record's text is
 * valid until the next call. Records outside since/until are skipped. */
int ctr_logs_next(struct ctr_logs *l, struct logfile_record *ret, struct err *err) __must_check;
/* Descriptor to poll for "something changed" while following (inotify). */
int ctr_logs_poll_fd(const struct ctr_logs *l);
/* Forget what made ctr_logs_poll_fd readable. */
void ctr_logs_clear(struct ctr_logs *l);
/* Nothing will be written any more: the container ended or until is past. Look before the last
 * ctr_logs_next, not after. */
bool ctr_logs_ended(struct context *c, struct ctr_logs *l);
const char *ctr_logs_name(const struct ctr_logs *l);
const char *ctr_logs_id(const struct ctr_logs *l);
void ctr_logs_free(struct ctr_logs *l);

#endif
