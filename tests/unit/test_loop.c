/* links: libcommon.a -ljson-c */
#include <unistd.h>

#include "common/fd.h"
#include "common/loop.h"
#include "tap.h"

struct world {
	struct loop loop;
	struct loop_source a, b;
	struct loop_timer t[3];
	int order[8];
	int n, hits;
};

static void mark(struct world *w, int what)
{
	if (w->n < 8)
		w->order[w->n++] = what;
}

static void t0(void *arg) { mark(arg, 0); }
static void t1(void *arg) { mark(arg, 1); }
static void t2(void *arg)
{
	struct world *w = arg;

	mark(w, 2);
	loop_quit(&w->loop);
}

/* Whichever comes first removes the other: its pending event must be forgotten. */
static void remove_other(void *arg, uint32_t events)
{
	struct world *w = arg;

	(void)events;
	w->hits++;
	loop_del(&w->loop, &w->a);
	loop_del(&w->loop, &w->b);
	loop_quit(&w->loop);
}

static void test_timers(void)
{
	struct world w = {.n = 0};

	TAP_OK(loop_init(&w.loop) == 0, "init");
	loop_set_timer(&w.loop, &w.t[2], 30000000, t2, &w);
	loop_set_timer(&w.loop, &w.t[0], 10000000, t0, &w);
	loop_set_timer(&w.loop, &w.t[1], 1000000, t1, &w);
	loop_set_timer(&w.loop, &w.t[1], 20000000, t1, &w); /* moved */
	TAP_OK(loop_run(&w.loop) == 0 && w.n == 3 && w.order[0] == 0 && w.order[1] == 1 && w.order[2] == 2, "timers in order, moved one once");
	loop_set_timer(&w.loop, &w.t[0], 1000000, t0, &w);
	loop_set_timer(&w.loop, &w.t[2], 5000000, t2, &w);
	loop_stop_timer(&w.loop, &w.t[0]);
	w.n = 0;
	TAP_OK(loop_run(&w.loop) == 0 && w.n == 1 && w.order[0] == 2, "a stopped timer does not fire");
	loop_set_timer(&w.loop, &w.t[0], INT64_MAX, t0, &w);
	loop_set_timer(&w.loop, &w.t[2], 1000000, t2, &w);
	w.n = 0;
	TAP_OK(loop_run(&w.loop) == 0 && w.n == 1 && w.order[0] == 2, "the longest time does not begin anew in the past");
	loop_done(&w.loop);
}

static void test_sources(void)
{
	struct world w = {.a.fd = -1, .b.fd = -1};
	int p[2], q[2];

	TAP_OK(!fd_pipe(p) && !fd_pipe(q) && !loop_init(&w.loop), "pipes");
	TAP_OK(write(p[1], "x", 1) == 1 && write(q[1], "x", 1) == 1, "both ready");
	TAP_OK(!loop_add(&w.loop, &w.a, p[0], EPOLLIN, remove_other, &w) && !loop_add(&w.loop, &w.b, q[0], EPOLLIN, remove_other, &w), "added");
	TAP_OK(loop_run(&w.loop) == 0 && w.hits == 1, "an event of a removed source is forgotten");
	TAP_OK(loop_add(&w.loop, &w.a, p[0], 0, remove_other, &w) == 0 && loop_mod(&w.loop, &w.a, EPOLLIN) == 0, "modified");
	TAP_OK(loop_run(&w.loop) == 0 && w.hits == 2, "and reported");
	loop_del(&w.loop, &w.a);
	TAP_OK(w.a.fd == -1, "removing twice is harmless");
	loop_done(&w.loop);
	for (int i = 0; i < 2; i++) {
		fd_close(p[i]);
		fd_close(q[i]);
	}
}

static void on_usr1(void *arg, uint32_t events)
{
	struct world *w = arg;

	(void)events;
	w->hits++;
	loop_quit(&w->loop);
}

static void test_signal(void)
{
	struct world w = {.a.fd = -1};
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	fd = loop_signals(&set);
	TAP_OK(fd >= 0 && !loop_init(&w.loop) && !loop_add(&w.loop, &w.a, fd, EPOLLIN, on_usr1, &w), "signalfd");
	raise(SIGUSR1);
	TAP_OK(loop_run(&w.loop) == 0 && w.hits == 1, "a signal arrives as an event");
	loop_done(&w.loop);
	fd_close(fd);
}

int main(void)
{
	test_timers();
	test_sources();
	test_signal();
	return tap_done();
}
