#include "podlite/engine/ctr_exec_apart.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/fs.h"
#include "common/loop.h"
#include "common/proc.h"
#include "common/sbuf.h"
#include "common/units.h"

/* Ours are all close-on-exec (fd.h): what is not the caller left open, to us or to the container, and he
 * may wait for its end. */
static void close_callers(void)
{
	auto_dir DIR *d = fs_dir(fd_open(AT_FDCWD, "/proc/self/fd", O_RDONLY | O_DIRECTORY, 0));
	const char *name;

	while ((name = fs_dir_next(d))) {
		uint64_t fd;

		if (units_parse_u64(name, &fd) && fd > 2 && fcntl((int)fd, F_GETFD) == 0)
			close((int)fd);
	}
}

void ctr_exec_apart_let_go(int told)
{
	auto_fd int null = fd_open(AT_FDCWD, "/dev/null", O_RDWR, 0);

	prctl(PR_SET_PDEATHSIG, 0);
	setsid();
	for (int fd = 0; fd < 3 && null >= 0; fd++)
		(void)!fd_dup_to(null, fd);
	close_callers();
	(void)!fd_write_all(told, "", 1);
	close(told);
}

/* Until the fork has something to say or is gone. */
static void hand_signals_on(int told, int signals, pid_t pid)
{
	struct pollfd p[] = {{told, POLLIN, 0}, {signals, POLLIN, 0}};
	struct signalfd_siginfo si;

	while (signals >= 0 && !p[0].revents) {
		if (poll(p, ARRAY_SIZE(p), -1) < 0 || !(p[1].revents & POLLIN))
			continue;
		/* those of the terminal it gets itself */
		if (read(signals, &si, sizeof(si)) == sizeof(si) && si.ssi_signo != SIGCHLD && si.ssi_code <= 0)
			kill(pid, (int)si.ssi_signo);
	}
}

/* One byte: let go. A byte and an error. Nothing: the command has ended, and so has the fork. */
static int hear(int told, pid_t pid, int *ret_code, bool *ret_ended, struct err *err)
{
	auto_sbuf struct sbuf said = SBUF_INIT;
	struct err e;
	int r = fd_read_all(told, 1 + sizeof(*err), &said);

	*ret_ended = r < 0 || said.len != 1;
	if (!*ret_ended)
		return 0;
	*ret_code = proc_wait(pid);
	if (!r && !said.len)
		return 0;
	if (r < 0 || said.len != 1 + sizeof(*err))
		return err_set(err, EK_SYSTEM, "exec: the process that waits for the command has ended");
	memcpy(&e, said.buf + 1, sizeof(e));
	return err_take(err, &e);
}

static __noreturn void run_apart(int (*run)(void *, int, int *, struct err *), void *arg, int told, const sigset_t *mask)
{
	struct err e = ERR_INIT;
	char buf[1 + sizeof(e)] = "";
	int code = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigprocmask(SIG_SETMASK, mask, NULL);
	if (run(arg, told, &code, &e) < 0) {
		memcpy(buf + 1, &e, sizeof(e));
		(void)!fd_write_all(told, buf, sizeof(buf));
	}
	_exit(code);
}

int ctr_exec_apart(int (*run)(void *arg, int told, int *ret_code, struct err *err), void *arg, int *ret_code, bool *ret_ended,
	struct err *err)
{
	sigset_t all, before;
	auto_fd int signals = -1, told = -1;
	int fds[2], r;
	pid_t pid;

	*ret_code = 0;
	*ret_ended = false;
	r = fd_pipe(fds);
	if (r < 0)
		return err_neg(err, r, "exec: pipe");
	told = fds[0];
	sigprocmask(SIG_SETMASK, NULL, &before);
	sigfillset(&all);
	signals = loop_signals(&all);
	pid = fork();
	if (!pid)
		run_apart(run, arg, fds[1], &before);
	fd_close(fds[1]);
	if (pid < 0) {
		r = err_sys(err, "exec: fork");
	} else {
		hand_signals_on(told, signals, pid);
		r = hear(told, pid, ret_code, ret_ended, err);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	return r;
}
