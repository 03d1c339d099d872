/*
 * log.h - diagnostics for --log-level and --debug: one line to one descriptor.
 *
 * Errors go up as struct err and are printed once by main; libraries log at debug only.
 * log_warn is for what the user must know although the command goes on.
 */
#ifndef PODLITE_LOG_H
#define PODLITE_LOG_H

#include "common/base.h"

enum log_level { LOG_ERROR_, LOG_WARN_, LOG_INFO_, LOG_DEBUG_, LOG_TRACE_ };

void log_setup(enum log_level level, int fd);
/* podman's names: trace debug info warn warning error fatal panic. Returns -1 if unknown. */
int log_parse_level(const char *name);
bool log_enabled(enum log_level level);
void log_line(enum log_level level, const char *fmt, ...) __printf(2, 3);

#define log_debug(...) log_line(LOG_DEBUG_, __VA_ARGS__)
#define log_info(...)  log_line(LOG_INFO_, __VA_ARGS__)
#define log_warn(...)  log_line(LOG_WARN_, __VA_ARGS__)

#endif
