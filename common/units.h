/* units.h - sizes, durations and times as docker and podman read and print them. */
#ifndef PODLITE_UNITS_H
#define PODLITE_UNITS_H

#include <time.h>

#include "common/base.h"

/* "10", "64k", "1.5g", "2MiB", "10MB": powers of 1024 as docker's RAMInBytes. */
bool units_parse_size(const char *s, uint64_t *ret);
/* Go duration "1h2m3.5s", "300ms", or a plain number of seconds; nanoseconds. */
bool units_parse_duration(const char *s, int64_t *ret_ns);
/* "1m30s" as Go prints it. */
void units_print_duration(int64_t ns, char *ret, size_t size);
/* "12.3 MB" (1000s, as `podman images`) with four significant digits. */
void units_print_size(uint64_t bytes, char *ret, size_t size);
/* "12.3MB": no blank, so many significant digits (docker's go-units: 3 in ps, 4 in system df). */
void units_print_size_short(uint64_t bytes, int digits, char *ret, size_t size);
/* "3 hours", "About a minute", "2 weeks" (docker's go-units HumanDuration). */
void units_print_age(int64_t seconds, char *ret, size_t size);

int64_t units_now_ns(void); /* CLOCK_REALTIME */
int64_t units_timespec_ns(const struct timespec *t);
/* RFC 3339 with nanoseconds; UTC as "...Z", or local with offset. buf of 40. */
void units_print_time(int64_t ns, bool local, char ret[40]);
/* RFC 3339, date, date and time, Unix seconds[.fraction], or a duration before now. What 64 bits do not hold comes as
 * INT64_MAX (2262) or half of INT64_MIN (1823), so that an age can be told by subtracting. */
bool units_parse_time(const char *s, int64_t now_ns, int64_t *ret_ns);
/* A date and time with its zone, RFC 3339 or as Go's Time.String has it, in the years 1 to 9999. */
struct units_stamp {
	int64_t sec, nsec;
	long offset;   /* of the zone, in seconds */
	char zone[8];  /* "UTC"; "+0100" where it has no name */
};
bool units_parse_stamp(const char *s, struct units_stamp *ret);
/* "2026-11-22 10:00:00.5 +0000 UTC" as Go's default formatting in podman's tables. buf of 64. */
void units_print_time_go(int64_t ns, char ret[64]);
/* Unsigned decimal without sign, space or base prefix; false on overflow or trailing text. */
bool units_parse_u64(const char *s, uint64_t *ret);

#endif
