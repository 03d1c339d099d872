/*
 * join.h - find the user namespace that the user's running containers share (architecture.md §3b).
 *
 * The monitors themselves cannot be asked through /proc: they are exec'ed outside and not
 * dumpable, so that no container reaches them (threats.md X3, X4), and the kernel then hides
 * /proc/PID/ns from the user too. The way leads through the container's PID 1: its namespace, or
 * the ancestor of it that is a child of ours.
 */
#ifndef PODLITE_MONITOR_JOIN_H
#define PODLITE_MONITOR_JOIN_H

#include "common/err.h"

/* Descriptor of the user namespace of container id, or with id NULL of any living one, for
 * userns_join. EK_NOT_FOUND: nothing suitable lives. store: its root. */
int join_find(int store, const char *id, struct err *err) __must_check;

#endif
