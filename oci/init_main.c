/*
 * podlite-init [--] COMMAND [ARG...] - PID 1 for --init: starts the command, passes signals on to
 * it, reaps every process that lost its parent, and ends with the command's status (128 + signal).
 *
 * One static file without libraries: it is bind-mounted into containers, so nothing of an image
 * may reach into it. Signals are blocked from the start and taken one by one, so none is lost
 * between fork and exec and none interrupts anything.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void say(const char *what, const char *name, const char *why)
{
	const char *const parts[] = {"podlite-init: ", what, name, ": ", why, "\n"};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (write(STDERR_FILENO, parts[i], strlen(parts[i])) < 0)
			return;
}

static const char *reason(int e)
{
	switch (e) {
	case ENOENT:
		return "no such file, or its interpreter is missing";
	case EACCES:
	case EPERM:
		return "permission denied";
	case ENOEXEC:
		return "exec format error";
	case ENOTDIR:
		return "not a directory";
	case ENOMEM:
	case EAGAIN:
		return "out of memory or processes";
	}
	return "cannot be executed";
}

/* The command gets a process group of its own, in the foreground where there is a terminal: what
 * is typed (^C, ^Z) then goes to it alone, and job control in it works. */
static void run_command(char **argv, const sigset_t *mask)
{
	int e;

	setpgid(0, 0);
	tcsetpgrp(STDIN_FILENO, getpgrp()); /* SIGTTOU is blocked; not a terminal: nothing happens */
	sigprocmask(SIG_SETMASK, mask, NULL);
	execvp(argv[0], argv);
	e = errno;
	say("", argv[0], reason(e));
	_exit(e == ENOENT || e == ENOTDIR ? 127 : 126);
}

/* Reap what has ended; true with its status when the command was among it. */
static bool reap(pid_t command, int *ret_status)
{
	bool found = false;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (pid == command) {
			*ret_status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
			found = true;
		}
	return found;
}

static int look_after(pid_t command, const sigset_t *all)
{
	int status = 0;

	for (;;) {
		int sig = sigwaitinfo(all, NULL);

		if (sig == SIGCHLD) {
			if (reap(command, &status))
				return status;
		} else if (sig > 0 && sig != SIGTTIN && sig != SIGTTOU) {
			kill(command, sig); /* not reaped yet, so the pid is its own */
		}
	}
}

/* All but those the kernel sends for a fault of our own: these must kill. */
static void block_signals(sigset_t *all, sigset_t *before)
{
	static const int faults[] = {SIGFPE, SIGILL, SIGSEGV, SIGBUS, SIGABRT, SIGTRAP, SIGSYS};

	sigfillset(all);
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		sigdelset(all, faults[i]);
	sigprocmask(SIG_SETMASK, all, before);
}

int main(int argc, char **argv)
{
	sigset_t all, before;
	pid_t command;

	if (argc > 1 && !strcmp(argv[1], "--"))
		argv++, argc--;
	if (argc < 2) {
		say("no command", "", "usage: podlite-init [--] COMMAND [ARG...]");
		return 125;
	}
	/* SIG_IGN here would be inherited and SIGCHLD ignored would reap behind our back. */
	signal(SIGCHLD, SIG_DFL);
	block_signals(&all, &before);
	if (getpid() != 1)
		prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	command = fork();
	if (command < 0) {
		say("start ", argv[1], reason(errno));
		return 126;
	}
	if (!command)
		run_command(argv + 1, &before);
	/* What was passed to the command (--preserve-fds) is the command's to close. */
#ifdef SYS_close_range
	syscall(SYS_close_range, 3u, ~0u, 0u);
#endif
	return look_after(command, &all);
}
