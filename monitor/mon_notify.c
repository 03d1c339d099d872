#include "monitor/mon_notify.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/sbuf.h"
#include "monitor/mon.h"

#define DIR_NAME "notify"
#define FILE_NAME "notify.sock"
#define MESSAGE_MAX 4096

/* Nobody is waited for: who does not read its notifications misses some. */
static void send_text(const struct mon *m, const char *text, size_t n)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	size_t len = strlen(m->notify.socket);
	auto_fd int fd = len ? fd_socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0) : -1;

	if (fd < 0)
		return;
	memcpy(sa.sun_path, m->notify.socket, len);
	if (sa.sun_path[0] == '@')
		sa.sun_path[0] = '\0';
	(void)!sendto(fd, text, n, MSG_NOSIGNAL, (struct sockaddr *)&sa,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
}

static void tell(struct mon *m, bool ready)
{
	char text[48];
	int n = snprintf(text, sizeof(text), "MAINPID=%d%s", (int)getpid(), ready ? "\nREADY=1" : "");

	m->notify.ready |= ready;
	send_text(m, text, (size_t)n);
}

/* ---- what the container says ---- */

static bool may_say(const char *line, size_t n)
{
	static const char *const keys[] = {"READY=", "RELOADING=", "STOPPING=", "STATUS=", "ERRNO=", "BUSERROR=", "WATCHDOG=",
		"WATCHDOG_USEC=", "EXTEND_TIMEOUT_USEC=", "MONOTONIC_USEC="};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (n > strlen(keys[i]) && !memcmp(line, keys[i], strlen(keys[i])))
			return true;
	return false;
}

/* Descriptors that come along are dropped by the kernel, as nothing asks for them. */
static void message_event(void *arg, uint32_t events)
{
	struct mon *m = arg;
	char in[MESSAGE_MAX], out[MESSAGE_MAX + 1];
	ssize_t n = recv(m->notify.src.fd, in, sizeof(in), MSG_DONTWAIT);
	size_t len = 0;

	(void)events;
	for (char *line = in, *end = in + MAX_OF(n, 0); line < end;) {
		char *nl = memchr(line, '\n', (size_t)(end - line));
		size_t have = (size_t)((nl ? nl : end) - line);

		if (may_say(line, have)) {
			m->notify.ready |= have == 7 && !memcmp(line, "READY=1", 7);
			memcpy(out + len, line, have);
			len += have;
			out[len++] = '\n';
		}
		line += have + 1;
	}
	if (len)
		send_text(m, out, len - 1);
}

/* The file lies below the container's directory, which is 0700; inside, every user of the container may write to it. */
static int open_socket(struct mon *m, struct spec_runtime *spec, struct err *err)
{
	auto_free char *run = fs_fd_path(MON_FD_CTR), *source = NULL;
	auto_fd int dir = -1;
	int r = fs_mkdir(MON_FD_CTR, DIR_NAME, 0755), fd;

	if (r == -EEXIST)
		r = 0;
	if (!r)
		r = dir = fd_open_dir(MON_FD_CTR, DIR_NAME);
	if (r < 0 || !run)
		return err_neg(err, r < 0 ? r : -errno, "sd_notify: make the directory of the container's socket");
	fd = fd_unix_datagram(dir, FILE_NAME, 0666);
	r = fd < 0 ? fd : loop_add(&m->loop, &m->notify.src, fd, EPOLLIN, message_event, m);
	if (r < 0) {
		fd_close(fd);
		return err_neg(err, r, "sd_notify: make the container's socket");
	}
	source = xasprintf("%s/" DIR_NAME, run);
	spec_add_mount(spec, "/run/notify", "bind", source, "bind,rprivate,nosuid,nodev,noexec,ro");
	svec_env_set(&spec->process.env, "NOTIFY_SOCKET", "/run/notify/" FILE_NAME);
	/* without WATCHDOG_PID, which means whoever asks */
	if (getenv("WATCHDOG_USEC"))
		svec_env_set(&spec->process.env, "WATCHDOG_USEC", getenv("WATCHDOG_USEC"));
	return 0;
}

/* ---- life ---- */

static enum mon_notify_mode mode_of(const struct mon_conf *conf)
{
	const char *text = conf->sdnotify ? conf->sdnotify : "container";

	if (!strcmp(text, "ignore"))
		return MON_NOTIFY_IGNORE;
	if (!strcmp(text, "healthy"))
		return MON_NOTIFY_HEALTHY;
	return !strcmp(text, "conmon") ? MON_NOTIFY_CONMON : MON_NOTIFY_CONTAINER;
}

int mon_notify_prepare(struct mon *m, struct spec_runtime *spec, struct err *err)
{
	const char *socket = getenv("NOTIFY_SOCKET");

	m->notify.mode = mode_of(&m->conf);
	if (!socket || m->notify.mode == MON_NOTIFY_IGNORE)
		return 0;
	if ((*socket != '/' && *socket != '@') || strlen(socket) >= sizeof(m->notify.socket))
		return err_set(err, EK_INVALID, "NOTIFY_SOCKET=%.60s is neither a path nor an abstract name of a socket; unset it, or use --sdnotify ignore", socket);
	snprintf(m->notify.socket, sizeof(m->notify.socket), "%s", socket);
	return m->notify.mode == MON_NOTIFY_CONTAINER ? open_socket(m, spec, err) : 0;
}

/* MAINPID goes out before the starter is told, and so before it can end. */
void mon_notify_started(struct mon *m)
{
	if (m->notify.socket[0] && !m->restarts)
		tell(m, m->notify.mode == MON_NOTIFY_CONMON);
}

void mon_notify_healthy(struct mon *m)
{
	if (m->notify.socket[0] && m->notify.mode == MON_NOTIFY_HEALTHY && !m->notify.ready)
		tell(m, true);
}

void mon_notify_close(struct mon *m)
{
	int fd = m->notify.src.fd;

	if (fd < 0)
		return;
	loop_del(&m->loop, &m->notify.src);
	fd_close(fd);
	(void)!fs_remove_tree(MON_FD_CTR, DIR_NAME);
}
