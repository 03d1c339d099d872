/* trust.h - parts of the group `podlite image` that have a file of their own. */
#ifndef PODLITE_CMD_TRUST_H
#define PODLITE_CMD_TRUST_H

#include "podlite/command.h"

extern const struct command trust_group, trust_sign; /* cmd_trust.c */

#endif
