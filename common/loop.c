#include "common/loop.h"

#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "common/fd.h"

int64_t loop_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

int loop_init(struct loop *l)
{
	*l = (struct loop){.epfd = epoll_create1(EPOLL_CLOEXEC)};
	return l->epfd < 0 ? -errno : 0;
}

void loop_done(struct loop *l)
{
	fd_close(l->epfd);
	l->epfd = -1;
	l->timers = NULL;
}

int loop_add(struct loop *l, struct loop_source *s, int fd, uint32_t events,
	void (*fn)(void *arg, uint32_t events), void *arg)
{
	struct epoll_event e = {.events = events, .data.ptr = s};

	if (epoll_ctl(l->epfd, EPOLL_CTL_ADD, fd, &e) < 0)
		return -errno;
	*s = (struct loop_source){fd, events, fn, arg};
	return 0;
}

int loop_mod(struct loop *l, struct loop_source *s, uint32_t events)
{
	struct epoll_event e = {.events = events, .data.ptr = s};

	if (s->fd < 0 || s->events == events)
		return 0;
	if (epoll_ctl(l->epfd, EPOLL_CTL_MOD, s->fd, &e) < 0)
		return -errno;
	s->events = events;
	return 0;
}

void loop_del(struct loop *l, struct loop_source *s)
{
	if (s->fd < 0)
		return;
	epoll_ctl(l->epfd, EPOLL_CTL_DEL, s->fd, NULL);
	s->fd = -1;
	for (int i = 0; i < l->npending; i++)
		if (l->pending[i].data.ptr == s)
			l->pending[i].data.ptr = NULL;
}

void loop_stop_timer(struct loop *l, struct loop_timer *t)
{
	for (struct loop_timer **p = &l->timers; *p; p = &(*p)->next) {
		if (*p != t)
			continue;
		*p = t->next;
		break;
	}
	t->due = 0;
	t->next = NULL;
}

void loop_set_timer(struct loop *l, struct loop_timer *t, int64_t ns, void (*fn)(void *arg), void *arg)
{
	struct loop_timer **p = &l->timers;

	loop_stop_timer(l, t);
	if (__builtin_add_overflow(loop_now_ns(), MAX_OF(ns, 1), &t->due))
		t->due = INT64_MAX;
	t->fn = fn;
	t->arg = arg;
	while (*p && (*p)->due <= t->due)
		p = &(*p)->next;
	t->next = *p;
	*p = t;
}

static void run_timers(struct loop *l)
{
	int64_t now = l->timers ? loop_now_ns() : 0;

	while (l->timers && l->timers->due <= now && !l->stop) {
		struct loop_timer *t = l->timers;

		loop_stop_timer(l, t);
		t->fn(t->arg);
	}
}

/* Milliseconds to the next timer, rounded up so that it is due when we wake. */
static int wait_ms(const struct loop *l)
{
	int64_t ns;

	if (!l->timers)
		return -1;
	ns = l->timers->due - loop_now_ns();
	if (ns <= 0)
		return 0;
	ns = (ns + 999999) / 1000000;
	return ns > 3600000 ? 3600000 : (int)ns;
}

int loop_run(struct loop *l)
{
	l->stop = false;
	while (!l->stop) {
		int n;

		if (l->idle)
			l->idle(l->idle_arg);
		n = epoll_wait(l->epfd, l->pending, LOOP_BATCH, wait_ms(l));
		if (n < 0 && errno != EINTR)
			return -errno;
		l->npending = n < 0 ? 0 : n;
		for (int i = 0; i < l->npending && !l->stop; i++) {
			struct loop_source *s = l->pending[i].data.ptr;

			if (s)
				s->fn(s->arg, l->pending[i].events);
		}
		l->npending = 0;
		run_timers(l);
	}
	return 0;
}

void loop_quit(struct loop *l)
{
	l->stop = true;
}

int loop_signals(const sigset_t *set)
{
	int fd;

	sigprocmask(SIG_BLOCK, set, NULL);
	fd = signalfd(-1, set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}
