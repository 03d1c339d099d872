#include "podlite/engine/monitor_client.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/msg.h"
#include "common/proc.h"

#define LINGER_MS 30000

/* The caller's environment ends here: the monitor needs $PATH to find its helpers (threats.md V36). */
static void clean_environment(struct svec *env)
{
	const char *path = getenv("PATH");

	static const char *const of_systemd[] = {"NOTIFY_SOCKET", "WATCHDOG_USEC", "LISTEN_FDNAMES"};

	svec_addf(env, "PATH=%s", path && *path ? path : "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin");
	for (size_t i = 0; i < ARRAY_SIZE(of_systemd); i++)
		if (getenv(of_systemd[i]))
			svec_addf(env, "%s=%s", of_systemd[i], getenv(of_systemd[i]));
}

static int send_start(int sock, const struct monitor_spawn *s, struct err *err)
{
	char buf[1 + sizeof(s->start)];
	int r;

	buf[0] = MON_START;
	memcpy(buf + 1, &s->start, sizeof(s->start));
	r = msg_send(sock, buf, sizeof(buf), s->fds, s->nfds);
	return r < 0 ? err_neg(err, r, "start the monitor: send") : 0;
}

int monitor_client_spawn(struct context *c, const struct monitor_spawn *s, struct err *err)
{
	auto_free char *path = xasprintf("%s/podlite-monitor", c->libexec);
	auto_svec struct svec argv = SVEC_INIT, env = SVEC_INIT;
	auto_fd int mine = -1, theirs = -1;
	int pair[2], r = fd_socketpair(SOCK_SEQPACKET, pair);
	struct proc_spec spec = {.path = path, .new_session = true};

	if (r < 0)
		return err_neg(err, r, "start the monitor: socket");
	mine = pair[0];
	theirs = pair[1];
	struct proc_fd fds[] = {{theirs, MON_FD_SOCK}, {s->lock, MON_FD_LOCK}, {s->ctr_dir, MON_FD_CTR},
		{c->store.fd, MON_FD_STORE}, {-1, -1}, {-1, -1}};
	size_t nfds = ARRAY_SIZE(fds) - 2;
	svec_add(&argv, "podlite-monitor");
	svec_add(&argv, s->id);
	if (c->debug) {
		svec_add(&argv, "--debug");
		fds[nfds++] = (struct proc_fd){2, 2};
	}
	if (c->userns_sock >= 0) {
		svec_add(&argv, "--userns");
		fds[nfds++] = (struct proc_fd){c->userns_sock, MON_FD_USERNS};
	}
	clean_environment(&env);
	spec.argv = svec_argv(&argv);
	spec.envp = svec_argv(&env);
	spec.fds = fds;
	spec.nfds = nfds;
	if (send_start(mine, s, err) < 0 || proc_spawn(&spec, err) < 0)
		return -1;
	return take_fd(mine);
}

int monitor_client_started(int sock, struct mon_started *ret, struct err *err)
{
	char buf[1 + sizeof(struct err)];
	ssize_t n = msg_recv(sock, buf, sizeof(buf), NULL, 0, NULL);

	if (n == 1 + (ssize_t)sizeof(*ret) && buf[0] == MON_STARTED) {
		memcpy(ret, buf + 1, sizeof(*ret));
		return 0;
	}
	if (n == 1 + (ssize_t)sizeof(struct err) && buf[0] == MON_FAILED) {
		struct err e;

		memcpy(&e, buf + 1, sizeof(e));
		return err_take(err, &e);
	}
	if (n < 0)
		return err_neg(err, (int)n, "the container's monitor does not answer");
	return err_set(err, EK_SYSTEM, "the container's monitor ended before the container ran");
}

int monitor_client_connect(int dir, struct err *err)
{
	int fd = fd_unix_connect(dir, "ctl.sock", SOCK_SEQPACKET);

	if (fd == -ENOENT || fd == -ECONNREFUSED)
		return err_set(err, EK_NOT_FOUND, "container is not running");
	return fd < 0 ? err_neg(err, fd, "connect to the container's monitor") : fd;
}

int monitor_client_send(int sock, enum mon_msg type, const void *data, size_t n, struct err *err)
{
	char buf[64];
	int r = -EMSGSIZE;

	buf[0] = (char)type;
	if (n < sizeof(buf)) {
		memcpy(buf + 1, data ? data : "", n);
		r = msg_send(sock, buf, n + 1, NULL, 0);
	}
	return r < 0 ? err_neg(err, r, "send to the container's monitor") : 0;
}

int monitor_client_request(int dir, enum mon_msg type, const void *data, size_t n, struct err *err)
{
	auto_fd int sock = monitor_client_connect(dir, err);
	char buf[1 + sizeof(struct err)];
	struct err e;
	ssize_t got;

	if (sock < 0 || monitor_client_send(sock, type, data, n, err) < 0)
		return -1;
	got = msg_recv(sock, buf, sizeof(buf), NULL, 0, NULL);
	if (got != (ssize_t)sizeof(buf) || buf[0] != MON_RESULT)
		return err_set(err, EK_NOT_FOUND, "container is not running: its monitor has just ended");
	memcpy(&e, buf + 1, sizeof(e));
	return e.kind == EK_OK ? 0 : err_take(err, &e);
}

int monitor_client_exit(int sock, int timeout_ms, struct mon_exit_msg *ret, struct err *err)
{
	auto_free char *buf = xmalloc(1 + MON_MAX_DATA);

	for (;;) {
		struct pollfd p = {sock, POLLIN, 0};
		int r = poll(&p, 1, timeout_ms);
		ssize_t n;

		if (r < 0 && errno == EINTR)
			continue;
		if (r == 0)
			return 0;
		n = msg_recv(sock, buf, 1 + MON_MAX_DATA, NULL, 0, NULL);
		if (n <= 0)
			return err_set(err, EK_SYSTEM, "the container's monitor was killed, and the container with it");
		if (n == 1 + (ssize_t)sizeof(*ret) && buf[0] == MON_EXIT) {
			memcpy(ret, buf + 1, sizeof(*ret));
			return 1;
		}
	}
}

void monitor_client_linger(int sock)
{
	char c;
	struct pollfd p = {sock, POLLIN, 0};

	while (poll(&p, 1, LINGER_MS) > 0 && recv(sock, &c, 1, MSG_DONTWAIT) > 0)
		;
}
