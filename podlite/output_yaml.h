/* output_yaml.h - JSON values as YAML, as `podman info` prints them: keys sorted, two spaces. */
#ifndef PODLITE_OUTPUT_YAML_H
#define PODLITE_OUTPUT_YAML_H

#include "common/jval.h"

void output_yaml_add(const struct jval *v, struct sbuf *ret);

#endif
