/*
 * format_time.h - methods of Go's times in templates: {{.Created.Unix}}, {{.State.StartedAt.Format "2006-01-02"}}. To
 * JSON a time is a string: RFC 3339, or Go's own form in the rows of lists.
 */
#ifndef PODLITE_FORMAT_TIME_H
#define PODLITE_FORMAT_TIME_H

#include "common/jval.h"

/* Unix, UnixMilli, UnixNano, Year, Month, Day, Hour, Minute, Second, IsZero, String: a reference, NULL if v is no time or
 * there is no such method. */
struct jval *format_time_get(const struct jval *v, const char *method);
/* Format LAYOUT, with Go's reference time (Mon Jan 2 15:04:05 MST 2006); NULL if v is no time. */
struct jval *format_time_format(const struct jval *v, const char *layout);

#endif
