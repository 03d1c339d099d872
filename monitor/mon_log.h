/*
 * mon_log.h - the writer of container logs: whole batches, capped from the first byte, rotated.
 *
 * A full disk never stops the container: records that cannot be written are dropped and counted,
 * and the file is cut back to its last whole record. Files are 0600 whatever the umask.
 */
#ifndef PODLITE_MON_LOG_H
#define PODLITE_MON_LOG_H

#include "common/err.h"
#include "monitor/logfile.h"

#define MON_LOG_BATCH 65536
#define MON_LOG_PIECE 8192 /* longest text of one record: a longer line becomes partial ones */

struct mon_log {
	int fd;             /* -1: no file is kept */
	int journal;        /* socket to the journal, or -1 */
	struct sbuf entry;  /* for it: fields of every entry in front, `prefix` bytes */
	size_t prefix;
	int dir;            /* of the file, for rotation */
	char name[256];
	bool json;
	int64_t max_size;   /* 0: unlimited */
	int64_t max_files;
	int64_t size;       /* of the file, without the batch */
	uint64_t dropped;   /* records lost to a full disk */
	char tail[2][4];    /* json: a cut UTF-8 sequence at the end of each stream */
	uint8_t tail_len[2];
	size_t len;         /* bytes in batch */
	char batch[MON_LOG_BATCH];
};

/* driver: "k8s-file", "json-file", "none", "passthrough" (both keep none); path absolute. */
int mon_log_open(struct mon_log *l, const char *driver, const char *path, int64_t max_size, int64_t max_files,
	struct err *err) __must_check;
/* The driver journald: each record an entry, with the fields of podman's. When the log is closed an entry
 * with LOGFILE_JOURNAL_END follows the last one. tag: or NULL. */
int mon_log_journal(struct mon_log *l, const char *id, const char *name, const char *tag, struct err *err) __must_check;
/* What one read gave; may hold any number of lines and parts of lines. */
void mon_log_write(struct mon_log *l, bool is_stderr, const char *data, size_t n);
void mon_log_flush(struct mon_log *l);
/* End of both streams. */
void mon_log_close(struct mon_log *l);

#endif
