/* ctr_start.c - start and attach: the engine's part before and beside the monitor. */
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/lock.h"
#include "common/msg.h"
#include "common/proc.h"
#include "common/tty.h"
#include "common/units.h"
#include "common/userns.h"
#include "monitor/join.h"
#include "podlite/engine/events.h"
#include "podlite/engine/monitor_client.h"
#include "podlite/engine/mounts.h"
#include "podlite/engine/specgen.h"
#include "podlite/report.h"

/* A monitor that was killed could not end its container where the kernel's death signal did not
 * reach: its PID 1 ran a set-user-ID program. The pid is proved by its start time (M13). What it said of the
 * container's state goes before anybody takes it for the next monitor's word. */
static void end_leftover(int dir)
{
	struct mon_state st = {0};
	auto_fd int pidfd = -1;

	if (faccessat(dir, "state.json", F_OK, AT_SYMLINK_NOFOLLOW))
		return;
	if (jmap_read_file(mon_state_map, dir, "state.json", 65536, &st, NULL) == 0)
		pidfd = mon_state_pidfd(&st);
	if (pidfd >= 0)
		proc_signal(pidfd, SIGKILL);
	jmap_done(mon_state_map, &st);
	unlinkat(dir, "state.json", 0);
}

/* The container's directory with its lock taken: it is ours to start, and nobody removes it. */
static int take_lock(struct context *c, const char *id, int *ret_dir, struct err *err)
{
	auto_fd int dir = ctr_open_dir(c, id, err), lock = -1;

	if (dir < 0)
		return -1;
	lock = lock_open(dir, "lock", LOCK_EXCLUSIVE_, false);
	if (lock == -EAGAIN)
		return err_set(err, EK_IN_USE, "container %.12s is already running", id);
	if (lock < 0 && lock != -ENOENT)
		return err_neg(err, lock, "lock container %.12s", id);
	if (lock < 0 || !ctr_dir_is_named(c, id, dir))
		return err_set(err, EK_IN_USE, "container %.12s is being removed", id);
	*ret_dir = take_fd(dir);
	return take_fd(lock);
}

static uint32_t attach_bits(const struct start_opts *o)
{
	return (o->attach_stdin ? MON_ATTACH_STDIN : 0U) | (o->attach_stdout ? MON_ATTACH_STDOUT : 0U) |
		(o->attach_stderr ? MON_ATTACH_STDERR : 0U);
}

static void terminal_size(uint16_t *rows, uint16_t *cols)
{
	*rows = *cols = 0;
	if (tty_size(0, rows, cols) < 0)
		(void)!tty_size(1, rows, cols);
}

static void collect_fds(const struct start_opts *o, int fds[MSG_MAX_FDS], size_t *n)
{
	for (int i = 0; o->passthrough && i < 3; i++)
		fds[(*n)++] = i;
	for (int fd = 3; fd < MSG_MAX_FDS; fd++)
		if (o->preserve >> fd & 1)
			fds[(*n)++] = fd;
}

/* sd_listen_fds(3): sockets that systemd opened for us, from 3 on. Who asks for --preserve-fds has
 * other plans with them. */
static int collect_listeners(const struct start_opts *o, int fds[MSG_MAX_FDS], size_t *n, uint32_t *ret, struct err *err)
{
	const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");
	uint64_t value, k;

	if (o->preserve || !pid || !count || !units_parse_u64(pid, &value) || value != (uint64_t)getpid())
		return 0;
	if (!units_parse_u64(count, &k) || k > MSG_MAX_FDS - *n)
		return err_set(err, EK_USAGE, "LISTEN_FDS=%s: expected a number of at most %zu", count, MSG_MAX_FDS - *n);
	for (int fd = 3; fd < 3 + (int)k; fd++) {
		if (fcntl(fd, F_GETFD) < 0)
			return err_set(err, EK_USAGE, "LISTEN_FDS=%s: descriptor %d is not open", count, fd);
		fds[(*n)++] = fd;
	}
	*ret = (uint32_t)k;
	return 0;
}

static int spawn(struct context *c, const char *id, const struct start_opts *o, int *ret_dir, struct jval **ret_needs,
	struct err *err)
{
	int fds[MSG_MAX_FDS];
	auto_fd int lock = -1, dir = -1;
	struct monitor_spawn s = {.id = id, .fds = fds};
	int sock;

	lock = take_lock(c, id, &dir, err);
	if (lock < 0)
		return -1;
	end_leftover(dir);
	if (mounts_check_start(c, id, dir, err) < 0)
		return -1;
	collect_fds(o, fds, &s.nfds);
	if (collect_listeners(o, fds, &s.nfds, &s.start.nlisten, err) < 0 || specgen_refresh(c, id, ret_needs, err) < 0)
		return -1;
	s.lock = lock;
	s.ctr_dir = dir;
	s.start.attach = o->passthrough ? 0 : attach_bits(o);
	s.start.passthrough = o->passthrough;
	s.start.start_paused = o->init;
	s.start.keep_stdin = !o->attach_stdin;
	s.start.events = (uint8_t)events_backend(c);
	s.start.preserve = o->preserve;
	terminal_size(&s.start.rows, &s.start.cols);
	sock = monitor_client_spawn(c, &s, err);
	if (sock >= 0)
		*ret_dir = take_fd(dir);
	return sock;
}

static int stream(int sock, int dir, const struct start_opts *o, bool terminal, int *ret_code, bool *ret_detached,
	struct err *err)
{
	struct monitor_stream s = {.sock = sock, .dir = dir, .attach = o->passthrough ? 0 : attach_bits(o), .terminal = terminal,
		.sig_proxy = o->sig_proxy, .detach_keys = o->detach_keys};
	enum monitor_stream_end end;

	if (monitor_stream_run(&s, ret_code, &end, err) < 0)
		return -1;
	*ret_detached = end == MONITOR_STREAM_DETACHED;
	return 0;
}

void ctr_start_ahead(struct context *c)
{
	struct err none = ERR_INIT;
	auto_fd int ns = join_find(c->store.fd, NULL, &none);

	if (ns >= 0 || c->userns_sock >= 0 || c->in_userns)
		return;
	c->userns_sock = userns_ahead_other(c->runfd);
	if (c->userns_sock < 0)
		c->userns_sock = userns_ahead(c->runfd, &c->userns_pid);
}

int ctr_start(struct context *c, const char *id, const struct start_opts *o, int *ret_code, struct err *err)
{
	bool foreground = attach_bits(o), detached = false;
	struct mon_started started;
	auto_fd int dir = -1, sock = -1;
	auto_jval struct jval *needs = NULL;
	int r;

	*ret_code = 0;
	if (foreground)
		monitor_stream_hold_signals();
	sock = spawn(c, id, o, &dir, &needs, err);
	r = sock < 0 ? -1 : monitor_client_started(sock, &started, err);
	context_drop_ahead(c);
	if (sock >= 0 && r < 0)
		monitor_client_linger(sock); /* --rm removes it now */
	if (r < 0 && needs)
		specgen_refresh_explain(c, needs, err);
	if (!r && !o->init)
		report_started(c, id, started.pid);
	if (!r && foreground) /* passthrough: nothing to copy, but signals and the exit */
		r = stream(sock, dir, o, started.terminal, ret_code, &detached, err);
	c->status_is_containers = !r && foreground && !detached;
	if (foreground)
		monitor_stream_release_signals();
	return r;
}

/* how: MON_ATTACH or MON_BEGIN */
static int join_stream(struct context *c, const char *id, enum mon_msg how, const struct start_opts *o, int *ret_code,
	bool *ret_detached, struct err *err)
{
	struct mon_attach a = {.attach = attach_bits(o)};
	struct mon_started started;
	auto_fd int dir = ctr_open_dir(c, id, NULL), sock = -1;

	*ret_code = 0;
	*ret_detached = false;
	if (dir >= 0)
		sock = monitor_client_connect(dir, err);
	if (sock < 0)
		return err_set(err, EK_INVALID, "you can only attach to running containers");
	terminal_size(&a.rows, &a.cols);
	if (monitor_client_send(sock, how, &a, sizeof(a), err) < 0 ||
		monitor_client_started(sock, &started, err) < 0)
		return -1;
	if (how == MON_BEGIN)
		report_started(c, id, started.pid);
	if (!a.attach && how == MON_BEGIN)
		return 0;
	events_ctr_id(c, id, "attach");
	if (stream(sock, dir, o, started.terminal, ret_code, ret_detached, err) < 0)
		return -1;
	c->status_is_containers = !*ret_detached;
	return 0;
}

int ctr_attach(struct context *c, const char *id, const struct start_opts *o, int *ret_code, bool *ret_detached,
	struct err *err)
{
	return join_stream(c, id, MON_ATTACH, o, ret_code, ret_detached, err);
}

int ctr_begin(struct context *c, const char *id, const struct start_opts *o, int *ret_code, bool *ret_detached, struct err *err)
{
	return join_stream(c, id, MON_BEGIN, o, ret_code, ret_detached, err);
}
