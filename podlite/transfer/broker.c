#include "podlite/transfer/broker.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/msg.h"
#include "common/proc.h"
#include "common/rootfd.h"

/* From the confined process; nothing in it is believed. */
struct ask {
	bool squash;             /* of the first message */
	char stage[80];          /* name below tmp/; "" in the first message, which brings tmp/ itself */
	struct digest diff_id;   /* for messages only */
	unsigned beside;         /* of layer_stage */
};

struct reply {
	struct err err;
	pid_t pid;               /* descriptors: input, mem, result, pidfd */
};

static char *unpack_program(void)
{
	auto_free char *self = fs_readlink(AT_FDCWD, "/proc/self/exe");
	char *slash = self ? strrchr(self, '/') : NULL;

	if (!slash)
		return NULL;
	*slash = '\0';
	return xasprintf("%s/podlite-unpack", self);
}

static bool stage_name_ok(const struct ask *a)
{
	return memchr(a->stage, '\0', sizeof(a->stage)) && a->stage[0] && a->stage[0] != '.' && !strchr(a->stage, '/') &&
		memchr(a->diff_id.hex, '\0', sizeof(a->diff_id.hex));
}

static int open_stage(int tmp, const struct ask *a, struct err *err)
{
	int fd;

	if (tmp < 0 || !stage_name_ok(a))
		return err_set(err, EK_INVALID, "unpack: a staging name that is none");
	fd = rootfd_open(tmp, a->stage, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	return fd < 0 ? err_neg(err, fd, "unpack: open staging %s", a->stage) : fd;
}

static int open_diff(int stage, const struct ask *a, struct err *err)
{
	int fd = fd_open_dir(stage, "diff");

	return fd < 0 ? err_neg(err, fd, "unpack: open the directory of %s", a->stage) : fd;
}

static int start_unpacker(int tmp, bool squash, const struct ask *a, struct unpacker *ret, struct err *err)
{
	auto_free char *program = unpack_program();
	auto_fd int stage = open_stage(tmp, a, err);
	auto_fd int diff = stage < 0 ? -1 : open_diff(stage, a, err);
	struct layer_stage st = {.diff_id = a->diff_id, .diff = diff, .stage.fd = stage, .beside = a->beside};

	if (diff < 0)
		return -1;
	if (!program)
		return err_set(err, EK_SYSTEM, "unpack: podlite-unpack's directory is unknown");
	if (layer_spawn_unpack(&st, program, squash, &ret->u, err) < 0)
		return -1;
	ret->pidfd = proc_open_pidfd(ret->u.pid, 0);
	if (ret->pidfd >= 0)
		return 0;
	err_neg(err, ret->pidfd, "unpack: pidfd");
	layer_kill_unpack(&ret->u);
	return -1;
}

static int answer(int sock, int tmp, bool squash, const struct ask *a)
{
	struct reply rep = {.err = ERR_INIT, .pid = -1};
	struct unpacker p = UNPACKER_INIT;
	int r = start_unpacker(tmp, squash, a, &p, &rep.err);
	int fds[] = {p.u.input, p.u.mem, p.u.result, p.pidfd};

	rep.pid = p.u.pid;
	r = msg_send(sock, &rep, sizeof(rep), r < 0 ? NULL : fds, r < 0 ? 0 : ARRAY_SIZE(fds));
	fd_close(p.u.input);
	fd_close(p.u.mem);
	fd_close(p.u.result);
	fd_close(p.pidfd);
	return r;
}

static __noreturn void serve(int sock)
{
	bool squash = false;
	int tmp = -1;

	for (;;) {
		struct ask a;
		int fd = -1;
		size_t nfds = 0;
		ssize_t n = msg_recv(sock, &a, sizeof(a), &fd, 1, &nfds);

		if (n != (ssize_t)sizeof(a))
			_exit(n == 0 ? 0 : 1);
		if (tmp < 0 && nfds == 1) {
			tmp = fd;
			squash = a.squash;
		} else if (nfds) {
			_exit(1); /* the place is named once, by whom can be trusted */
		} else if (answer(sock, tmp, squash, &a) < 0) {
			_exit(1);
		}
	}
}

int broker_start(int archive, struct err *err)
{
	pid_t parent = getpid(), pid;
	int s[2], r = fd_socketpair(SOCK_SEQPACKET, s);

	if (r < 0)
		return err_neg(err, r, "broker: socket");
	pid = fork();
	if (pid < 0) {
		fd_close(s[0]);
		fd_close(s[1]);
		return err_sys(err, "broker: fork");
	}
	if (!pid) {
		setsid(); /* Ctrl-C is for podlite: unpackers end when the transfer gives up */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
		signal(SIGCHLD, SIG_IGN); /* unpackers answer by their pipe */
		fd_close(s[0]);
		fd_close(0);
		fd_close(3); /* the answer ends with the main process */
		fd_close(archive);
		serve(s[1]);
	}
	fd_close(s[1]);
	return s[0];
}

int broker_set_store(int sock, const struct store *s, bool squash, struct err *err)
{
	struct ask a;
	int r;

	memset(&a, 0, sizeof(a));
	a.squash = squash;
	r = msg_send(sock, &a, sizeof(a), &s->tmp, 1);
	return r < 0 ? err_neg(err, r, "broker: send") : 0;
}

int broker_unpack(int sock, const struct layer_stage *st, struct unpacker *ret, struct err *err)
{
	struct reply rep;
	struct ask a;
	int fds[4], r;
	size_t nfds = 0;
	ssize_t n;

	memset(&a, 0, sizeof(a));
	memcpy(a.stage, st->stage.name, sizeof(a.stage));
	a.diff_id = st->diff_id;
	a.beside = st->beside;
	r = msg_send(sock, &a, sizeof(a), NULL, 0);
	n = r < 0 ? r : msg_recv(sock, &rep, sizeof(rep), fds, ARRAY_SIZE(fds), &nfds);
	if (n != (ssize_t)sizeof(rep))
		return err_neg(err, n < 0 ? (int)n : -EPIPE, "broker: it is gone");
	if (nfds != ARRAY_SIZE(fds)) {
		*err = rep.err;
		return -1;
	}
	*ret = (struct unpacker){.u = {.pid = rep.pid, .input = -1, .mem = -1, .result = fds[2]}, .feed = FEED_INIT,
		.pidfd = fds[3]};
	r = feed_map(&ret->feed, fds[0], fds[1]);
	fd_close(fds[1]);
	if (r == 0)
		return 0;
	fd_close(fds[0]);
	broker_end(ret);
	return err_neg(err, r, "layer %.12s: map memory for its bytes", st->diff_id.hex);
}

void broker_end(struct unpacker *p)
{
	struct pollfd pfd = {.fd = p->pidfd, .events = POLLIN};

	feed_close(&p->feed);
	fd_closep(&p->u.result);
	if (p->pidfd < 0)
		return;
	proc_signal(p->pidfd, SIGKILL);
	while (poll(&pfd, 1, 10000) < 0 && errno == EINTR)
		;
	fd_closep(&p->pidfd);
}
