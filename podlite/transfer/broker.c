#include "podlite/transfer/broker.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/msg.h"
#include "common/rootfd.h"

/* From the confined process; nothing in it is believed. */
struct ask {
	bool squash;             /* of the first message */
	char stage[80];          /* name below tmp/; "" in the first message, which brings tmp/ itself */
	struct digest diff_id;   /* for messages only */
	unsigned beside;         /* of layer_stage */
};

/* The broker's own. */
struct broker {
	char *program;           /* podlite-unpack; NULL: its place is unknown */
	int tmp;
	bool squash;
	int forks;               /* layer_spawn_unpack's */
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

static int start_unpacker(struct broker *b, const struct ask *a, struct layer_unpack *ret, struct err *err)
{
	auto_fd int stage = open_stage(b->tmp, a, err);
	auto_fd int diff = stage < 0 ? -1 : open_diff(stage, a, err);
	struct layer_stage st = {.diff_id = a->diff_id, .diff = diff, .stage.fd = stage, .beside = a->beside};

	if (diff < 0)
		return -1;
	if (!b->program)
		return err_set(err, EK_SYSTEM, "unpack: podlite-unpack's directory is unknown");
	return layer_spawn_unpack(&b->forks, &st, b->program, b->squash, ret, err);
}

/* An error, or EK_OK with the descriptors input, mem, result and pidfd. */
static int reply(int sock, struct broker *b, const struct ask *a)
{
	struct err err = ERR_INIT;
	struct layer_unpack u = LAYER_UNPACK_NONE;
	int r = start_unpacker(b, a, &u, &err);
	int fds[] = {u.input, u.mem, u.result, u.pidfd};

	r = msg_send(sock, &err, sizeof(err), r < 0 ? NULL : fds, r < 0 ? 0 : ARRAY_SIZE(fds));
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		fd_close(fds[i]);
	return r;
}

static __noreturn void serve(int sock)
{
	struct broker b = {.program = unpack_program(), .tmp = -1, .forks = -1};

	for (;;) {
		struct ask a;
		int fd = -1;
		size_t nfds = 0;
		ssize_t n = msg_recv(sock, &a, sizeof(a), &fd, 1, &nfds);

		if (n != (ssize_t)sizeof(a))
			_exit(n == 0 ? 0 : 1);
		if (b.tmp < 0 && nfds == 1) {
			b.tmp = fd;
			b.squash = a.squash;
		} else if (nfds) {
			_exit(1); /* the place is named once, by whom can be trusted */
		} else if (reply(sock, &b, &a) < 0) {
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
	struct err answer;
	struct ask a;
	int fds[4], r;
	size_t nfds = 0;
	ssize_t n;

	memset(&a, 0, sizeof(a));
	memcpy(a.stage, st->stage.name, sizeof(a.stage));
	a.diff_id = st->diff_id;
	a.beside = st->beside;
	r = msg_send(sock, &a, sizeof(a), NULL, 0);
	n = r < 0 ? r : msg_recv(sock, &answer, sizeof(answer), fds, ARRAY_SIZE(fds), &nfds);
	if (n < 0 && !msg_gone(n))
		return err_neg(err, (int)n, "layer %.12s: ask for an unpacker", st->diff_id.hex);
	if (n != (ssize_t)sizeof(answer))
		return err_set(err, EK_SYSTEM, "layer %.12s: the process that starts unpackers is gone: it was killed", st->diff_id.hex);
	if (nfds != ARRAY_SIZE(fds)) {
		*err = answer;
		return -1;
	}
	*ret = (struct unpacker){.u = {.input = -1, .mem = -1, .result = fds[2], .pidfd = fds[3]}, .feed = FEED_INIT};
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
	feed_close(&p->feed);
	layer_kill_unpack(&p->u);
}
