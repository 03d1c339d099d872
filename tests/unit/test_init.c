/* links: libcommon.a -ljson-c */
/* podlite-init as an ordinary process: statuses, signals, orphans, descriptors. As PID 1 of a
 * container it is tested by tests/bats/091-seccomp.bats. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/proc.h"
#include "tests/unit/tap.h"

static char *init;

/* Starts `podlite-init ARG... sh -c SCRIPT` with its standard output on out. */
static pid_t start(const char *script, int out, int extra)
{
	char *const argv[] = {init, (char *)"--", (char *)"/bin/sh", (char *)"-c", (char *)script, NULL};
	const struct proc_fd fds[] = {{out, 1}, {extra, 5}};
	const struct proc_spec spec = {.path = init, .argv = argv, .fds = fds,
		.nfds = extra < 0 ? 1 : 2, .new_session = true, .death_signal = SIGKILL};
	struct err err = ERR_INIT;
	pid_t pid = proc_spawn(&spec, &err);

	if (pid < 0)
		printf("# %s\n", err.msg);
	return pid;
}

static int status_of(const char *script, struct sbuf *out)
{
	int p[2], status;
	pid_t pid;

	if (fd_pipe(p) < 0)
		return -1;
	pid = start(script, p[1], -1);
	fd_close(p[1]);
	status = fd_read_all(p[0], 4096, out);
	fd_close(p[0]);
	return status < 0 ? status : proc_wait(pid);
}

static int program_status(char *const *argv)
{
	const struct proc_spec spec = {.path = init, .argv = argv};
	auto_sbuf struct sbuf out = SBUF_INIT, said = SBUF_INIT;
	struct err err = ERR_INIT;
	int r = proc_capture(&spec, 4096, &out, &said, &err);

	printf("# %s", said.len ? said.buf : "(silent)\n");
	return r;
}

static void test_status(void)
{
	auto_sbuf struct sbuf out = SBUF_INIT;
	char *const none[] = {init, (char *)"no-such-program", NULL};
	char *const dir[] = {init, (char *)"/etc", NULL}, *const empty[] = {init, NULL};

	TAP_OK(status_of("exit 0", &out) == 0, "success");
	TAP_OK(status_of("exit 42", &out) == 42, "the command's status");
	TAP_OK(status_of("kill -KILL $$", &out) == 128 + 9, "128 + signal");
	TAP_OK(status_of("kill -TERM $$", &out) == 128 + 15, "128 + a catchable signal");
	TAP_OK(program_status(none) == 127, "a command that is not there: 127");
	TAP_OK(program_status(dir) == 126, "one that cannot be executed: 126");
	TAP_OK(program_status(empty) == 125, "none: 125");
}

/* It ends with its command, not with what the command left behind; orphans are reaped before. */
static void test_orphans(void)
{
	auto_sbuf struct sbuf out = SBUF_INIT, zombies = SBUF_INIT;

	TAP_OK(status_of("(sleep 300 >/dev/null & echo $!)", &out) == 0, "does not wait for others");
	kill((pid_t)atoi(out.buf), SIGKILL);
	TAP_OK(status_of("i=0; while [ $i -lt 20 ]; do (sh -c 'exit 3' &); i=$((i+1)); done; sleep 0.3; "
		"cat /proc/[0-9]*/stat 2>/dev/null | awk -v p=$PPID '$3 == \"Z\" && $4 == p' | wc -l", &zombies) ==
		0 && atoi(zombies.buf) == 0, "reaps orphans: %d zombies", atoi(zombies.buf));
}

static void test_signals(void)
{
	static const int sigs[] = {SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH};

	for (size_t i = 0; i < ARRAY_SIZE(sigs); i++) {
		auto_free char *script = xasprintf("trap 'exit 7' %d; echo ready; while :; do sleep 0.05; done",
			sigs[i]);
		char line[6] = "";
		pid_t pid;
		int p[2];

		if (fd_pipe(p) < 0)
			continue;
		pid = start(script, p[1], -1);
		fd_close(p[1]);
		TAP_OK(fd_read_full(p[0], line, 5) == 0 && pid > 0 && kill(pid, sigs[i]) == 0 &&
			proc_wait(pid) == 7, "forwards signal %d", sigs[i]);
		fd_close(p[0]);
	}
}

/* The command can close what was passed to it: init holds no copy. */
static void test_descriptors(void)
{
	int out[2], extra[2];
	char c;
	pid_t pid;

	if (fd_pipe(out) < 0 || fd_pipe(extra) < 0)
		return;
	pid = start("echo x >&5; exec 5>&-; sleep 5", out[1], extra[1]);
	fd_close(out[1]);
	fd_close(extra[1]);
	TAP_OK(fd_read_full(extra[0], &c, 1) == 0 && c == 'x', "a passed descriptor");
	(void)!fd_read_some(extra[0], &c, 1);
	alarm(3);
	TAP_OK(fd_read_some(extra[0], &c, 1) == 0, "is closed when the command closes it");
	alarm(0);
	kill(pid, SIGKILL);
	proc_wait(pid);
	fd_close(out[0]);
	fd_close(extra[0]);
}

int main(void)
{
	const char *build = getenv("BUILDDIR");

	init = xasprintf("%s/bin/podlite-init", build ? build : ".");
	if (access(init, X_OK)) {
		printf("1..0 # SKIP there is no %s\n", init);
		return 0;
	}
	test_status();
	test_orphans();
	test_signals();
	test_descriptors();
	free(init);
	return tap_done();
}
