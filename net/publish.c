#include "net/publish.h"

#include <arpa/inet.h>
#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/msg.h"
#include "common/proc.h"

#define WAIT_MS   10000
#define SPARE_FDS 96 /* what the monitor itself may have open */

/* ---- sockets ---- */

static int make_room(struct publish *p, size_t count, struct err *err)
{
	struct rlimit lim;

	if (getrlimit(RLIMIT_NOFILE, &lim) < 0)
		return err_sys(err, "limit of open files");
	if (lim.rlim_cur >= count + SPARE_FDS)
		return 0;
	if (lim.rlim_max < count + SPARE_FDS) {
		err_set(err, EK_SYSTEM, "publish %zu ports: only %llu open files are allowed", count,
			(unsigned long long)lim.rlim_max);
		return err_advise(err, "publish fewer ports or raise ulimit -Hn");
	}
	p->nofile[0] = lim.rlim_cur;
	p->nofile[1] = lim.rlim_max;
	lim.rlim_cur = count + SPARE_FDS;
	return setrlimit(RLIMIT_NOFILE, &lim) < 0 ? err_sys(err, "raise the limit of open files") : 0;
}

static void add(struct publish *p, int fd, const struct port *port, unsigned i, bool v6)
{
	p->fds[p->n] = fd;
	p->what[p->n++] = (struct publish_listener){.port = (uint16_t)(port->container_port + i), .v6 = v6,
		.udp = !strcmp(port->proto, "udp")};
}

/* Sockets that systemd or the like has bound for us. */
static size_t take_given(struct publish *p, const struct port *port, unsigned i, int *given, size_t ngiven)
{
	size_t taken = 0;
	bool v6;

	for (size_t k = 0; k < ngiven; k++) {
		if (given[k] < 0 || !port_is(port, i, given[k], &v6))
			continue;
		add(p, take_fd(given[k]), port, i, v6);
		taken++;
	}
	return taken;
}

static int bind_port(struct publish *p, const struct port *port, unsigned i, struct err *err)
{
	int fds[2], n = port_listen(port, i, fds, err);

	for (int k = 0; k < n; k++)
		add(p, fds[k], port, i, k || strchr(port->host_ip, ':'));
	return n < 0 ? -1 : 0;
}

int publish_bind(struct publish *p, const struct port *ports, size_t n, int *given, size_t ngiven, struct err *err)
{
	size_t count = ngiven;

	for (size_t i = 0; i < n; i++) {
		if (!strcmp(ports[i].proto, "sctp"))
			return err_set(err, EK_UNSUPPORTED, "publish %u/sctp: only tcp and udp are forwarded",
				ports[i].container_port);
		count += ports[i].range * 2U;
	}
	if (make_room(p, count, err) < 0)
		return -1;
	p->fds = xcalloc(count, sizeof(*p->fds));
	p->what = xcalloc(count, sizeof(*p->what));
	for (size_t i = 0; i < n; i++)
		for (unsigned k = 0; k < ports[i].range; k++)
			if (!take_given(p, &ports[i], k, given, ngiven) && bind_port(p, &ports[i], k, err) < 0) {
				publish_done(p);
				return -1;
			}
	return 0;
}

/* ---- podlite-net ---- */

static int spawn(struct publish *p, const char *program, struct err *err)
{
	char name[] = "podlite-net", *const argv[] = {name, NULL}, *const env[] = {NULL};
	int pair[2], r = fd_socketpair(SOCK_SEQPACKET, pair);
	struct proc_fd fds[] = {{pair[1], PUBLISH_FD}, {2, 2}};
	struct proc_spec spec = {.path = program, .argv = argv, .envp = env, .fds = fds, .nfds = p->debug ? 2 : 1,
		.death_signal = SIGKILL};

	if (r < 0)
		return err_neg(err, r, "publish ports: socket");
	p->pid = proc_spawn(&spec, err);
	fd_close(pair[1]);
	if (p->pid < 0) {
		fd_close(pair[0]);
		return -1;
	}
	p->sock = pair[0];
	p->pidfd = proc_open_pidfd(p->pid, 0);
	return 0;
}

/* It reads as fast as we write; if it died, the answer that does not come tells. */
static int send_listeners(struct publish *p, struct err *err)
{
	int r = msg_send(p->sock, &p->setup, sizeof(p->setup), &p->netns, 1);

	for (size_t i = 0; i < p->n && !r; i += MSG_MAX_FDS) {
		size_t k = MIN_OF(p->n - i, (size_t)MSG_MAX_FDS);

		r = msg_send(p->sock, &p->what[i], k * sizeof(p->what[0]), &p->fds[i], k);
	}
	return r < 0 && !msg_gone(r) ? err_neg(err, r, "publish ports: ask podlite-net") : 0;
}

static int launch(struct publish *p, const char *program, struct err *err)
{
	if (spawn(p, program, err) == 0 && send_listeners(p, err) == 0)
		return 0;
	publish_stop(p);
	return -1;
}

static void set_addresses(struct publish *p, const struct publish_args *a)
{
	p->setup = (struct publish_setup){.nlisteners = (uint32_t)p->n};
	inet_pton(AF_INET, a->ip, p->setup.ip4);
	inet_pton(AF_INET, a->gateway, p->setup.gateway4);
	if (a->gateway6)
		inet_pton(AF_INET6, a->gateway6, p->setup.gateway6);
}

int publish_start(struct publish *p, const struct publish_args *a, const char *program, struct err *err)
{
	p->debug = a->debug;
	set_addresses(p, a);
	fd_close(p->netns);
	p->netns = fd_dup(a->netns);
	return p->netns < 0 ? err_neg(err, p->netns, "publish ports") : launch(p, program, err);
}

int publish_wait(struct publish *p, struct err *err)
{
	struct pollfd pfd = {p->sock, POLLIN, 0};
	struct err e = ERR_INIT;
	int r;

	do
		r = poll(&pfd, 1, WAIT_MS);
	while (r < 0 && errno == EINTR);
	if (r <= 0)
		return err_set(err, EK_NETWORK, "publish ports: podlite-net was not ready within 10 seconds");
	if (msg_recv(p->sock, &e, sizeof(e), NULL, 0, NULL) != (ssize_t)sizeof(e))
		return err_set(err, EK_NETWORK, "publish ports: podlite-net ended before it was ready");
	if (e.kind == EK_OK)
		return 0;
	err_take(err, &e);
	return err_wrap(err, "publish ports");
}

void publish_reap(struct publish *p)
{
	if (p->pid > 0) {
		kill(p->pid, SIGKILL); /* our child, not yet reaped: the pid is its own */
		proc_wait(p->pid);
	}
	p->pid = -1;
	fd_closep(&p->pidfd);
	fd_closep(&p->sock);
}

int publish_again(struct publish *p, const char *program, struct err *err)
{
	if (spawn(p, program, err) < 0)
		return -1;
	if (send_listeners(p, err) == 0 && publish_wait(p, err) == 0)
		return 0;
	publish_reap(p);
	return -1;
}

void publish_refresh(struct publish *p, const struct publish_args *a)
{
	set_addresses(p, a);
	if (p->sock >= 0)
		(void)!msg_send(p->sock, &p->setup, sizeof(p->setup), NULL, 0);
}

void publish_stop(struct publish *p)
{
	publish_reap(p);
	fd_closep(&p->netns);
}

void publish_done(struct publish *p)
{
	publish_stop(p);
	for (size_t i = 0; i < p->n; i++)
		fd_close(p->fds[i]);
	free(p->fds);
	free(p->what);
	*p = (struct publish)PUBLISH_INIT;
}
