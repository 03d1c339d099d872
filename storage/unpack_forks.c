#include "storage/unpack_forks.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/msg.h"
#include "common/proc.h"
#include "storage/layer.h"

static const int places[] = LAYER_FORK_FDS;
#define NFDS ARRAY_SIZE(places)
#define ABOVE 9 /* all places */

static int put_in_place(int fds[NFDS])
{
	int r = 0;

	for (size_t i = 0; i < NFDS && r >= 0; i++)
		r = fds[i] = fd_dup_above(fds[i], ABOVE);
	for (size_t i = 0; i < NFDS && r >= 0; i++)
		r = fd_dup_to(fds[i], places[i]);
	if (r >= 0)
		fd_close_from(ABOVE);
	return MIN_OF(r, 0);
}

/* The child of parent, which shall not outlive it. */
static void be_unpacker(pid_t parent, int fds[NFDS])
{
	prctl(PR_SET_NAME, "podlite-unpack");
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGCHLD, SIG_DFL);
	if (getppid() != parent || put_in_place(fds) < 0)
		_exit(1);
}

/* 0 in the child; in the parent its pidfd or -errno. */
static int fork_one(int fds[NFDS])
{
	pid_t parent = getpid(), pid = fork();

	if (pid < 0)
		return -errno;
	if (pid)
		return proc_open_pidfd(pid, 0);
	be_unpacker(parent, fds);
	return 0;
}

static int answer(int sock, int pidfd)
{
	int failed = MIN_OF(pidfd, 0), r = msg_send(sock, &failed, sizeof(failed), &pidfd, pidfd < 0 ? 0 : 1);

	fd_close(pidfd);
	return r;
}

void unpack_forks(int sock, unsigned *ret_beside)
{
	prctl(PR_SET_NAME, "podlite-layers");
	signal(SIGCHLD, SIG_IGN); /* they answer by their pipe */
	for (;;) {
		struct layer_fork ask;
		int fds[NFDS], pidfd;
		size_t n = 0;

		if (msg_recv(sock, &ask, sizeof(ask), fds, NFDS, &n) != (ssize_t)sizeof(ask) || n != NFDS)
			_exit(0);
		pidfd = fork_one(fds);
		if (!pidfd) {
			*ret_beside = ask.beside;
			return;
		}
		for (size_t i = 0; i < NFDS; i++)
			fd_close(fds[i]);
		if (answer(sock, pidfd) < 0)
			_exit(1);
	}
}
