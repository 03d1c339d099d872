/*
 * format.h - Go templates over JSON values: {{.A.B}}, {{range}}, {{if}}/{{else}}, {{with}},
 * {{json .}}, {{join}}, {{upper}}, {{lower}}, {{title}}, {{split}}, {{len}}, {{index}}, {{printf}},
 * {{println}}, {{html js urlquery}}, {{eq ne lt le gt ge and or not}}, {{truncate}}, {{pad}}, pipes,
 * variables, {{- -}} trimming, comments; "\n" and "\t" escapes in the text as docker and podman do.
 * Field names are looked up exactly, then without regard to case; format_fields.h has those that JSON
 * leaves out, format_time.h the methods of times.
 */
#ifndef PODLITE_FORMAT_H
#define PODLITE_FORMAT_H

#include "common/err.h"
#include "common/jval.h"

struct format;
struct format *format_parse(const char *text, struct err *err) __must_check;
/* One execution; appends to ret. Unknown fields are an error as in Go. */
int format_run(const struct format *f, const struct jval *dot, struct sbuf *ret, struct err *err) __must_check;
void format_free(struct format *f);
DEFINE_AUTO(format, format_free)

#endif
