/*
 * mon_main.c - podlite-monitor ID: one small process beside each container (proto.h).
 *
 * Exec'ed outside the user namespace with a clean environment, then single-threaded and not
 * dumpable: its memory and descriptors are out of reach of containers (threats.md X3, X4). It has
 * a session of its own; every signal but SIGTERM is blocked.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/id.h"
#include "common/log.h"
#include "monitor/mon.h"
#include "oci/rt_seal.h"

#define SLIM_AFTER_NS (100 * 1000000LL)

static struct mon *new_monitor(const char *id)
{
	struct mon *m = new0(struct mon);

	m->id = id;
	m->sock = MON_FD_SOCK;
	m->loop.epfd = -1;
	m->netns = m->log.fd = m->log.dir = m->log.journal = -1;
	m->mounted.fd = m->mounted.helper = -1;
	m->uplink = (struct uplink)UPLINK_INIT;
	m->publish = (struct publish)PUBLISH_INIT;
	m->bridges = (struct mon_bridges)MON_BRIDGES_INIT;
	m->child.fd = m->helper.fd = m->forwarder.fd = m->signals.fd = m->listen.fd = -1;
	for (int i = 0; i < MON_MAX_CLIENTS; i++)
		m->clients[i].fd = m->clients[i].src.fd = -1;
	m->health.child.fd = m->notify.src.fd = -1;
	m->io.in = m->io.slave = m->io.out[0] = m->io.out[1] = -1;
	m->io.src[0].fd = m->io.src[1].fd = m->io.src_in.fd = -1;
	return m;
}

static void free_monitor(struct mon *m)
{
	jmap_done(mon_conf_map, &m->conf);
	free(m->cgroup_parent);
	free(m->listen_names);
	rootfs_done(&m->rootfs);
	free(m);
}

static void protect_process(int last)
{
	struct stat st;
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	umask(022);
	if (chdir("/") < 0)
		_exit(125);
	for (int fd = MON_FD_SOCK; fd <= last; fd++)
		if (fstat(fd, &st) < 0 || fd_set_cloexec(fd, true) < 0)
			_exit(125);
	/* what the user's shell left open is none of our business, nor of the helpers we start */
	fd_close_from(last + 1);
	setsid(); /* fails harmlessly when the engine has done it */
}

static int receive_start(struct mon *m, struct err *err)
{
	char buf[1 + sizeof(struct mon_start)];
	ssize_t n = msg_recv(MON_FD_SOCK, buf, sizeof(buf), m->fds, MSG_MAX_FDS, &m->nfds);

	if (n != (ssize_t)sizeof(buf) || buf[0] != MON_START)
		return err_set(err, EK_INVALID, "monitor: no start message");
	memcpy(&m->start, buf + 1, sizeof(m->start));
	if (m->nfds != (size_t)__builtin_popcountll(m->start.preserve) + m->start.nlisten + (m->start.passthrough ? 3U : 0U))
		return err_set(err, EK_INVALID, "monitor: the start message has %zu descriptors", m->nfds);
	return 0;
}

static const char *or_default(const char *s, const char *dflt)
{
	return s && *s ? s : dflt;
}

static int read_configuration(struct mon *m, struct err *err)
{
	const char *driver;

	if (jmap_read_file(mon_conf_map, MON_FD_CTR, "monitor.json", 1 << 20, &m->conf, err) < 0)
		return -1;
	if (strcmp(m->conf.id, m->id))
		return err_set(err, EK_INVALID, "monitor.json belongs to container %.12s", m->conf.id);
	driver = m->start.passthrough ? "passthrough" : or_default(m->conf.log_driver, "k8s-file");
	if (!strcmp(driver, "journald"))
		return mon_log_journal(&m->log, m->id, m->conf.name, m->conf.log_tag, err);
	return mon_log_open(&m->log, driver, m->conf.log_path, m->conf.log_max_size, m->conf.log_max_files, err);
}

static int begin(struct mon *m, struct err *err)
{
	char text[16];
	int n = snprintf(text, sizeof(text), "%d", (int)getpid()), r = loop_init(&m->loop);

	if (r < 0)
		return err_neg(err, r, "monitor: event loop");
	if (receive_start(m, err) < 0 || read_configuration(m, err) < 0 || mon_cgroup_place(m, err) < 0 ||
		mon_start_enter(m, err) < 0 || mon_network_bind(m, err) < 0 || mon_attach_listen(m, err) < 0)
		return -1;
	if (m->conf.conmon_pidfile) {
		r = fs_write_file(AT_FDCWD, m->conf.conmon_pidfile, text, (size_t)n, 0644, 0);
		if (r < 0)
			return err_neg(err, r, "write pid file %s", m->conf.conmon_pidfile);
	}
	if (mon_start_container(m, err) < 0)
		return -1;
	if ((m->start.start_paused ? mon_state_wait(m, err) : mon_state_watch(m, err)) < 0) {
		mon_start_undo(m, true);
		return -1;
	}
	return 0;
}

/* Kept for restarts only: a pipe of the starter's would never end while we hold it too. */
static void close_start_fds(struct mon *m)
{
	for (size_t i = 0; i < m->nfds; i++)
		fd_close(m->fds[i]);
	m->nfds = 0;
}

/* The starter stays as a client or is let go. */
static void tell_started(struct mon *m)
{
	struct mon_started s = {.pid = (int32_t)m->job.c.pid, .terminal = m->conf.terminal};
	char buf[1 + sizeof(s)];

	buf[0] = MON_STARTED;
	memcpy(buf + 1, &s, sizeof(s));
	(void)!msg_send(m->sock, buf, sizeof(buf), NULL, 0);
	if (m->start.attach || m->start.passthrough)
		(void)!mon_attach_adopt(m, m->sock, m->start.attach, true);
	else
		fd_close(m->sock);
	m->sock = -1;
	if ((!m->conf.restart || !strcmp(m->conf.restart, "no")) && !m->conf.health)
		close_start_fds(m);
}

static void tell_failed(struct mon *m, struct err *e)
{
	char buf[1 + sizeof(*e)];

	m->exit_code = err_exit_status(e);
	mon_exit_record(m, e->msg);
	buf[0] = MON_FAILED;
	memcpy(buf + 1, e, sizeof(*e));
	(void)!msg_send(m->sock, buf, sizeof(buf), NULL, 0);
}

int main(int argc, char **argv)
{
	struct err e = ERR_INIT;
	bool debug = false, ahead = false;
	struct mon *m;
	int status;

	if (argc < 2 || !id_is_full(argv[1])) {
		static const char text[] = "podlite-monitor is started by podlite\n";

		(void)!fd_write_all(2, text, sizeof(text) - 1);
		return 125;
	}
	/* before anything is known that an error could be told to: the engine sees our end of file */
	if (rt_seal_exe(argv, &e) < 0)
		return 125;
	for (int i = 2; i < argc; i++) {
		debug |= !strcmp(argv[i], "--debug");
		ahead |= !strcmp(argv[i], "--userns");
	}
	protect_process(ahead ? MON_FD_USERNS : MON_FD_STORE);
	m = new_monitor(argv[1]);
	m->debug = debug;
	m->userns_sock = ahead ? MON_FD_USERNS : -1;
	if (m->debug)
		log_setup(LOG_DEBUG_, 2);
	if (begin(m, &e) < 0) {
		tell_failed(m, &e);
		mon_log_close(&m->log);
		mon_exit_clean(m);
		free_monitor(m);
		return 125;
	}
	tell_started(m);
	/* what ends at once has nothing to save */
	loop_set_timer(&m->loop, &m->slim, SLIM_AFTER_NS, mon_exit_slim, NULL);
	if (loop_run(&m->loop) < 0)
		mon_start_undo(m, true);
	/* for systemd we are the service: it ends as the container did, and well when it was asked to stop */
	status = m->stop_asked ? 0 : m->exit_code;
	mon_log_close(&m->log);
	mon_exit_clean(m);
	free_monitor(m);
	return status;
}
