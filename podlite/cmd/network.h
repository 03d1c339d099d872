/* network.h - the commands of `podlite network` that change networks' members and servers. */
#ifndef PODLITE_CMD_NETWORK_H
#define PODLITE_CMD_NETWORK_H

#include "podlite/command.h"

extern const struct command cmd_network_connect, cmd_network_disconnect, cmd_network_reload, cmd_network_update;

#endif
