/*
 * loop.h - an event loop: descriptors by epoll (level-triggered) and timers.
 *
 * Sources and timers are embedded in the caller's structs; the loop keeps pointers and allocates
 * nothing, so a program that runs for months cannot grow here. A source may be removed, and its
 * memory reused, at any time, also from within callbacks: pending events of it are forgotten.
 */
#ifndef PODLITE_LOOP_H
#define PODLITE_LOOP_H

#include <signal.h>
#include <sys/epoll.h>

#include "common/base.h"

#define LOOP_BATCH 16

struct loop_source {
	int fd; /* -1 while not added */
	uint32_t events;
	void (*fn)(void *arg, uint32_t events);
	void *arg;
};

struct loop_timer {
	int64_t due; /* CLOCK_MONOTONIC ns; 0: off */
	void (*fn)(void *arg);
	void *arg;
	struct loop_timer *next;
};

struct loop {
	int epfd;
	bool stop;
	int npending;
	struct epoll_event pending[LOOP_BATCH];
	struct loop_timer *timers;
	void (*idle)(void *arg); /* called before sleeping; NULL: none */
	void *idle_arg;
};

#define LOOP_SOURCE_INIT {.fd = -1}

int loop_init(struct loop *l) __must_check; /* 0 or -errno */
void loop_done(struct loop *l);
/* Watch fd for events (EPOLLIN ...; EPOLLHUP and EPOLLERR always come). 0 or -errno. */
int loop_add(struct loop *l, struct loop_source *s, int fd, uint32_t events,
	void (*fn)(void *arg, uint32_t events), void *arg) __must_check;
int loop_mod(struct loop *l, struct loop_source *s, uint32_t events);
void loop_del(struct loop *l, struct loop_source *s); /* does not close fd; idempotent */

/* Fires once after ns nanoseconds, of which there may be any number; setting it again moves it. */
void loop_set_timer(struct loop *l, struct loop_timer *t, int64_t ns, void (*fn)(void *arg), void *arg);
void loop_stop_timer(struct loop *l, struct loop_timer *t);

/* Block these signals and get a descriptor that reports them (struct signalfd_siginfo). */
int loop_signals(const sigset_t *set) __must_check;
/* Run until loop_quit. 0 or -errno. */
int loop_run(struct loop *l) __must_check;
void loop_quit(struct loop *l);
int64_t loop_now_ns(void); /* CLOCK_MONOTONIC */

#endif
