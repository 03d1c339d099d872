/* output_table.h - columns of text, aligned as Go's text/tabwriter does for podman: cells end in
 * tabs, are at least 12 wide and two spaces apart; the last one of a line is not padded. */
#ifndef PODLITE_OUTPUT_TABLE_H
#define PODLITE_OUTPUT_TABLE_H

#include "common/sbuf.h"

void output_table_align(const char *text, struct sbuf *ret);

#endif
