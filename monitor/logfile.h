/*
 * logfile.h - the log formats, shared by the writer (monitor) and the reader (engine).
 *
 * k8s-file: "RFC3339NANO stdout|stderr F|P TEXT\n" (CRI log format; P: the line goes on).
 * json-file: {"log":"TEXT\n","stream":"stdout","time":"RFC3339NANO"} a line (docker).
 * Rotation: ctr.log is renamed to ctr.log.1 .. .N-1, the oldest removed; the size limit holds
 * from the first byte. A reader follows by (inode, offset).
 */
#ifndef PODLITE_LOGFILE_H
#define PODLITE_LOGFILE_H

#include "common/base.h"
#include "common/sbuf.h"

/* The driver journald keeps no file; the entry with this field says that its log has ended. */
#define LOGFILE_JOURNAL_END "PODLITE_LOG_END"

struct logfile_record {
	int64_t time_ns;
	bool is_stderr;
	bool partial;       /* the text goes on in the next record of the stream */
	const char *text;   /* borrowed from the line or from scratch */
	size_t len;
};

/* Parse one line (without newline). json: which format. scratch holds decoded text. */
bool logfile_parse(const char *line, size_t n, bool json, struct sbuf *scratch, struct logfile_record *ret);
/* Format one record, at most a few dozen bytes more than the text; returns the length written. */
size_t logfile_format(char *buf, size_t size, bool json, int64_t time_ns, bool is_stderr, bool partial, const char *text, size_t len);

/* What a busy writer uses: the time is printed once for many records of one moment. size must be at
 * least LOGFILE_ROOM(json, len); json text may be binary, what is not UTF-8 becomes U+FFFD. */
#define LOGFILE_STAMP_LEN 30
#define LOGFILE_ROOM(json, len) ((json) ? (len) * 6 + 96 : (len) + 48)
void logfile_stamp(int64_t time_ns, char ret[LOGFILE_STAMP_LEN + 1]);
size_t logfile_format_at(char *buf, bool json, const char *stamp, bool is_stderr, bool partial, const char *text, size_t len);
/* Bytes of an incomplete UTF-8 sequence at the end of text (0 to 3): a json writer keeps them for
 * the next record. */
size_t logfile_utf8_tail(const char *text, size_t len);

#endif
