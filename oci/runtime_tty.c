/* A container's terminal in the foreground: the caller's terminal is copied to and from it, as
 * `runc run` does when no --console-socket is given. */
#include "oci/runtime.h"

#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/proc.h"
#include "common/tty.h"

static void resize(int master)
{
	struct winsize ws = {.ws_row = 0};

	if (tty_size(0, &ws.ws_row, &ws.ws_col) == 0 && ws.ws_row)
		ioctl(master, TIOCSWINSZ, &ws);
}

/* False at the end of what can be read. */
static bool copy(int from, int to)
{
	char buf[4096];
	ssize_t n = fd_read_some(from, buf, sizeof(buf));

	return n > 0 && fd_write_all(to, buf, (size_t)n) == 0;
}

static void one_signal(int sfd, int master, int pidfd)
{
	struct signalfd_siginfo si;

	if (fd_read_full(sfd, &si, sizeof(si)) < 0 || si.ssi_signo == SIGCHLD)
		return;
	if (si.ssi_signo == SIGWINCH)
		resize(master);
	else
		proc_signal(pidfd, (int)si.ssi_signo);
}

/* Until the process has ended and its output is drained. */
static void relay(int master, int pidfd, int sfd)
{
	struct pollfd p[4] = {{.fd = 0, .events = POLLIN}, {.fd = master, .events = POLLIN},
		{.fd = sfd, .events = POLLIN}, {.fd = pidfd, .events = POLLIN}};

	for (;;) {
		/* once it is dead, only what the terminal still holds */
		int n = poll(p, 4, p[3].fd < 0 ? 0 : -1);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		if (p[1].revents && !copy(master, 1))
			return;
		if (p[0].revents && !copy(0, master))
			p[0].fd = -1;
		if (p[2].revents)
			one_signal(sfd, master, pidfd);
		if (p[3].fd >= 0 && p[3].revents)
			p[3].fd = -1;
	}
}

int runtime_tty_wait(pid_t pid, int pidfd, int master)
{
	auto_fd int sfd = -1;
	struct tty saved = TTY_INIT;
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	sfd = signalfd(-1, &all, SFD_CLOEXEC);
	resize(master);
	/* not a terminal: its bytes are copied as they are */
	if (tty_raw(0, &saved) < 0)
		saved = (struct tty)TTY_INIT;
	relay(master, pidfd, sfd);
	tty_restore(&saved);
	return proc_wait(pid);
}
