/*
 * pasta.c - pasta(1) as uplink, by option. It stays in the foreground as our child and says that
 * it is ready by writing its pid file, here a FIFO.
 */
#include "net/slirp.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/proc.h"

#define PID_FIFO "pasta.pid"
#define READY_MS 10000

/* -t/-u ADDRESS/HOST:CONTAINER for each port; "none" where there is nothing to forward. */
static int add_ports(const char *flag, const char *proto, const struct port *ports, size_t n, struct svec *ret,
	struct err *err)
{
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		const struct port *p = &ports[i];

		if (!strcmp(p->proto, "sctp"))
			return err_set(err, EK_UNSUPPORTED, "publish %u/sctp: pasta forwards tcp and udp only", p->container_port);
		if (strcmp(p->proto, proto))
			continue;
		any = true;
		svec_add(ret, flag);
		if (p->range == 1)
			svec_addf(ret, "%s%s%u:%u", p->host_ip, *p->host_ip ? "/" : "", p->host_port, p->container_port);
		else
			svec_addf(ret, "%s%s%u-%u:%u-%u", p->host_ip, *p->host_ip ? "/" : "", p->host_port,
				p->host_port + p->range - 1, p->container_port, p->container_port + p->range - 1);
	}
	if (!any) {
		svec_add(ret, flag);
		svec_add(ret, "none");
	}
	return 0;
}

/* What the user says about published ports stands alone: it cannot be joined with -p. */
static int published(const struct svec *options, const char *name, const char *proto, const struct port *ports, size_t n,
	struct svec *ret, struct err *err)
{
	if (!svec_has(options, name))
		return add_ports(name, proto, ports, n, ret, err);
	for (size_t i = 0; i < n; i++)
		if (!strcmp(ports[i].proto, proto))
			return err_set(err, EK_USAGE, "network pasta: %s and --publish of a %s port cannot be used together", name, proto);
	return 0;
}

int pasta_argv(const struct svec *options, const struct port *ports, size_t nports, struct svec *ret,
	struct err *err)
{
	auto_svec struct svec o = SVEC_INIT;

	if (pasta_options(options, &o, err) < 0)
		return -1;
	svec_add(ret, "pasta");
	svec_add(ret, "--config-net");
	svec_add(ret, "--foreground");
	svec_add(ret, "--pid");
	svec_add(ret, PID_FIFO);
	if (published(&o, "--tcp-ports", "tcp", ports, nports, ret, err) < 0 ||
		published(&o, "--udp-ports", "udp", ports, nports, ret, err) < 0)
		return -1;
	/* the host's loopback stays out of reach unless it is asked for (threats.md V33) */
	if (!svec_has(&o, "--tcp-ns"))
		svec_add_split(ret, "--tcp-ns none", ' ');
	if (!svec_has(&o, "--udp-ns"))
		svec_add_split(ret, "--udp-ns none", ' ');
	if (!svec_has(&o, "--map-gw") && !svec_has(&o, "--no-map-gw"))
		svec_add(ret, "--no-map-gw");
	for (size_t i = 0; i < o.n; i++)
		if (strcmp(o.v[i], "--map-gw"))
			svec_add(ret, o.v[i]);
	svec_add(ret, "--netns");
	svec_add(ret, "/proc/self/fd/0"); /* newer ones close every descriptor above 2 */
	return 0;
}

static int make_fifo(int dir, struct err *err)
{
	int fd;

	unlinkat(dir, PID_FIFO, 0);
	if (mkfifoat(dir, PID_FIFO, 0600) < 0)
		return err_sys(err, "network: make %s", PID_FIFO);
	fd = fd_open(dir, PID_FIFO, O_RDONLY | O_NONBLOCK | O_NOFOLLOW, 0);
	return fd < 0 ? err_neg(err, fd, "network: open %s", PID_FIFO) : fd;
}

static int check_ports(const struct uplink_args *a, struct err *err)
{
	for (size_t i = 0; i < a->nports; i++)
		if (strcmp(a->ports[i].proto, "sctp") && port_check(&a->ports[i], err) < 0)
			return -1;
	return 0;
}

static pid_t spawn_pasta(const struct uplink_args *a, struct svec *argv, int complaint, struct err *err)
{
	auto_free char *path = proc_find_program("pasta");
	char *const env[] = {NULL};
	struct proc_fd fds[] = {{a->netns, 0}, {a->debug ? 2 : complaint, 2}};
	struct proc_spec spec = {.path = path, .argv = svec_argv(argv), .envp = env, .fds = fds,
		.nfds = ARRAY_SIZE(fds), .death_signal = SIGKILL};
	mode_t mask;
	pid_t pid;

	if (!path) {
		err_set(err, EK_UNSUPPORTED, "network: pasta is not installed");
		return err_advise(err, "install the package passt, or use --network slirp4netns");
	}
	if (fchdir(a->dir) < 0)
		return err_sys(err, "network: enter the container's directory");
	/* what the helper makes there is for the user alone (V29) */
	mask = umask(077);
	pid = proc_spawn(&spec, err);
	umask(mask);
	if (chdir("/") < 0 && pid > 0)
		return err_sys(err, "network: leave the container's directory");
	return pid;
}

int pasta_start(const struct uplink_args *a, struct uplink *ret, struct err *err)
{
	auto_svec struct svec argv = SVEC_INIT;
	struct uplink u = UPLINK_INIT;
	int complaint[2] = {-1, -1}, r;

	if (check_ports(a, err) < 0 || pasta_argv(a->options, a->ports, a->nports, &argv, err) < 0)
		return -1;
	u.ready = make_fifo(a->dir, err);
	if (u.ready < 0)
		return -1;
	r = fd_pipe(complaint);
	if (!r)
		r = fd_set_nonblock(complaint[1], true);
	if (r < 0)
		err_neg(err, r, "network: pipe");
	else
		u.pid = spawn_pasta(a, &argv, complaint[1], err);
	fd_close(complaint[1]);
	u.complaint = complaint[0];
	if (u.pid <= 0) {
		slirp_done(&u, true);
		return -1;
	}
	u.pidfd = proc_open_pidfd(u.pid, 0);
	u.dir = a->dir;
	*ret = u;
	return 0;
}

static int pasta_failed(struct uplink *u, const char *what, struct err *err)
{
	char text[1024] = "";
	ssize_t n = 0;

	if (!fd_set_nonblock(u->complaint, true))
		n = fd_read_some(u->complaint, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	for (char *p = text; *p; p++)
		if (*p == '\n')
			*p = p[1] ? ' ' : '\0';
	return err_set(err, EK_NETWORK, "network: pasta %s%s%s", what, *text ? ": " : "", text);
}

int pasta_wait(struct uplink *u, struct err *err)
{
	struct pollfd p[2] = {{u->ready, POLLIN, 0}, {u->pidfd, POLLIN, 0}};
	int r;

	do
		r = poll(p, 2, READY_MS);
	while (r < 0 && errno == EINTR);
	if (r <= 0)
		return pasta_failed(u, "was not ready within 10 seconds", err);
	if (!(p[0].revents & POLLIN))
		return pasta_failed(u, "ended before it was ready", err);
	fd_closep(&u->ready);
	unlinkat(u->dir, PID_FIFO, 0);
	return 0;
}
