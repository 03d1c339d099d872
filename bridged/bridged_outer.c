/*
 * bridged_outer.c - the process in the host's network namespace: it starts slirp4netns, starts it
 * again when it dies, and removes the network's files when the last member has left.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "bridged/bridged.h"
#include "common/fd.h"
#include "common/msg.h"
#include "common/proc.h"
#include "net/slirp.h"

#define SEC       1000000000LL
#define DELAY_MIN (SEC / 10)
#define DELAY_MAX (5 * SEC)
#define TRIES     20 /* of the first start: the one before us may not be quite gone from the tap */

struct outer {
	const struct bridge_setup *setup;
	struct uplink_args args;
	struct svec options;
	struct uplink up;
	int64_t delay, again; /* again: when it is started next, 0: it runs or is not needed */
};

static int start(struct outer *o, struct err *err)
{
	if (slirp_start(&o->args, &o->up, err) == 0 && slirp_wait(&o->up, err) == 0)
		return 0;
	slirp_done(&o->up, true);
	return -1;
}

static int first_start(struct outer *o, struct err *err)
{
	const struct timespec pause = {.tv_nsec = DELAY_MIN / 2};

	for (int i = 1;; i++) {
		if (start(o, err) == 0)
			return 0;
		if (err->kind == EK_UNSUPPORTED || i == TRIES)
			return err_advise(err, "a network without a way out is made with --internal");
		err_clear(err);
		clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
	}
}

static void start_again(struct outer *o)
{
	struct err e = ERR_INIT;

	if (start(o, &e) == 0) {
		o->again = 0;
		return;
	}
	o->delay = MIN_OF(o->delay * 2, DELAY_MAX);
	o->again = loop_now_ns() + o->delay;
}

static void uplink_died(struct outer *o)
{
	slirp_done(&o->up, true); /* it is dead: this reaps it */
	o->delay = DELAY_MIN;
	o->again = loop_now_ns() + o->delay;
}

static int until(const struct outer *o)
{
	int64_t left = o->again - loop_now_ns();

	return !o->again ? -1 : left > 0 ? (int)(left / 1000000 + 1) : 0;
}

static void watch(struct outer *o, int sock)
{
	for (;;) {
		struct pollfd p[] = {{sock, POLLIN, 0}, {o->up.pidfd, POLLIN, 0}};
		int r = poll(p, 2, until(o));

		if (p[0].revents)
			return; /* it ends, or has said that it will */
		if (r > 0 && p[1].revents)
			uplink_died(o);
		else if (o->again && loop_now_ns() >= o->again)
			start_again(o);
	}
}

/* Nobody is a member: then nobody holds a lock on what is removed here, and who waits for one of these
 * locks sees that the file is gone. */
static void remove_files(const char *name)
{
	static const char *const files[] = {"ctl.sock", "members", "lock"};
	auto_fd int dir = fd_open_dir(BRIDGE_FD_DIR, name);

	for (size_t i = 0; i < ARRAY_SIZE(files) && dir >= 0; i++)
		unlinkat(dir, files[i], 0);
	unlinkat(BRIDGE_FD_DIR, name, AT_REMOVEDIR);
}

static void add_options(struct outer *o, const uint8_t uplink[4])
{
	char base[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, uplink, base, sizeof(base));
	svec_addf(&o->options, "mtu=%u", o->setup->mtu);
	svec_addf(&o->options, "cidr=%s/24", base);
	svec_add(&o->options, "enable_ipv6=false");
	o->args = (struct uplink_args){.netns = -1, .dir = -1, .options = &o->options, .tap_is_there = true};
}

int bridged_outer_run(const struct bridge_setup *setup, const uint8_t uplink[4], pid_t inner, int sock)
{
	struct outer o = {.setup = setup, .up = UPLINK_INIT};
	struct err e = ERR_INIT;
	size_t nfds = 0;
	bool all_left;
	char c;

	prctl(PR_SET_DUMPABLE, 0);
	add_options(&o, uplink);
	if (msg_recv(sock, &c, 1, &o.args.netns, 1, &nfds) == 1 && nfds == 1) {
		if (!setup->internal)
			(void)!first_start(&o, &e);
		if (msg_send(sock, &e, sizeof(e), NULL, 0) == 0 && e.kind == EK_OK)
			watch(&o, sock);
	}
	/* without that word members will come back, who look for the files as they are */
	all_left = msg_recv(sock, &c, 1, NULL, 0, NULL) == 1;
	fd_close(sock);
	proc_wait(inner);
	slirp_done(&o.up, true);
	if (all_left)
		remove_files(setup->name);
	svec_done(&o.options);
	return all_left ? 0 : 125;
}
