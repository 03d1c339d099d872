/*
 * tty.h - the caller's terminal: raw mode with certain restoration, window size.
 * The terminal is restored by tty_restore and, should the program be killed by a signal it can
 * catch, by the caller's signal path; never by the container.
 */
#ifndef PODLITE_TTY_H
#define PODLITE_TTY_H

#include <termios.h>

#include "common/base.h"

struct tty {
	int fd; /* -1: nothing to restore */
	struct termios saved;
};

#define TTY_INIT {.fd = -1}

int tty_raw(int fd, struct tty *ret) __must_check; /* 0 or -errno; output processing off too */
/* For reading a secret byte by byte: no echo, no lines, no signals from keys. 0 or -errno. */
int tty_noecho(int fd, struct tty *ret) __must_check;
void tty_restore(struct tty *t);                   /* does nothing twice */
int tty_size(int fd, uint16_t *rows, uint16_t *cols); /* 0 or -errno */
int tty_set_size(int fd, uint16_t rows, uint16_t cols); /* 0 or -errno; its processes get SIGWINCH */

#endif
