#include "oci/runtime.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <poll.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/msg.h"
#include "common/proc.h"
#include "common/units.h"

/* ---- options ---- */

static const struct runtime_opt *find(
	const struct runtime_opt *o, size_t n, const char *arg, size_t len)
{
	for (size_t i = 0; i < n; i++) {
		if (strlen(o[i].name) == len && !strncmp(o[i].name, arg, len))
			return &o[i];
		/* runc's own parser takes -name for --name */
		if (strlen(o[i].name) == len + 1 && len > 2 && !strncmp(o[i].name + 1, arg, len))
			return &o[i];
		if (o[i].letter && len == 2 && arg[0] == '-' && arg[1] == o[i].letter)
			return &o[i];
	}
	return NULL;
}

static int set_flag(const struct runtime_opt *o, const char *value, struct err *err)
{
	if (value && strcmp(value, "true") != 0 && strcmp(value, "false") != 0)
		return err_set(
			err, EK_USAGE, "%s: \"%s\" is neither true nor false", o->name, value);
	*o->flag = !value || !strcmp(value, "true");
	return 0;
}

int runtime_options(const struct runtime_opt *o, size_t n, int argc, char **argv, struct err *err)
{
	int i = 1;

	for (; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
		const char *eq = strchr(argv[i], '='), *value = eq ? eq + 1 : NULL;
		const struct runtime_opt *opt;

		if (!strcmp(argv[i], "--"))
			return i + 1;
		opt = find(o, n, argv[i], eq ? (size_t)(eq - argv[i]) : strlen(argv[i]));
		if (!opt)
			return err_set(
				err, EK_USAGE, "flag provided but not defined: %s", argv[i]);
		if (opt->flag) {
			if (set_flag(opt, value, err) < 0)
				return -1;
			continue;
		}
		if (!value && i + 1 == argc)
			return err_set(err, EK_USAGE, "%s: needs a value", opt->name);
		if (!value)
			value = argv[++i];
		if (opt->list)
			svec_add(opt->list, value);
		else
			*opt->value = value;
	}
	return i;
}

/* ---- small services of create, run and exec ---- */

int runtime_send_console(const char *path, int master, struct err *err)
{
	auto_fd int sock = fd_unix_connect(AT_FDCWD, path, SOCK_STREAM);
	int r = sock < 0 ? sock : msg_send(sock, "/dev/ptmx", sizeof("/dev/ptmx"), &master, 1);

	return r < 0 ? err_neg(err, r, "send the terminal to %s", path) : 0;
}

int runtime_write_pid(const char *path, pid_t pid, struct err *err)
{
	char text[16];
	int r;

	if (!path)
		return 0;
	snprintf(text, sizeof(text), "%d", (int)pid);
	r = fs_write_file(AT_FDCWD, path, text, strlen(text), 0644, 0);
	return r < 0 ? err_neg(err, r, "write %s", path) : 0;
}

int runtime_preserve(const char *text, int **ret, size_t *ret_n, struct err *err)
{
	const char *listen = getenv("LISTEN_FDS");
	uint64_t n = 0, more = 0;

	if (text && (!units_parse_u64(text, &n) || n > 1000))
		return err_set(err, EK_USAGE,
			"--preserve-fds: \"%s\" is not a number of descriptors", text);
	if (listen && (!units_parse_u64(listen, &more) || more > 1000))
		return err_set(
			err, EK_USAGE, "LISTEN_FDS: \"%s\" is not a number of descriptors", listen);
	n += more;
	*ret = xcalloc(n + 1, sizeof(int));
	for (uint64_t i = 0; i < n; i++) {
		(*ret)[i] = 3 + (int)i;
		if (fd_set_cloexec(3 + (int)i, true) < 0) {
			free(*ret);
			*ret = NULL;
			return err_set(err, EK_USAGE, "--preserve-fds: descriptor %d is not open",
				3 + (int)i);
		}
	}
	*ret_n = n;
	return 0;
}

int runtime_wait(pid_t pid, int pidfd)
{
	auto_fd int sfd = -1;
	struct pollfd p[2] = {{.fd = pidfd, .events = POLLIN}, {.events = POLLIN}};
	struct signalfd_siginfo si;
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	sfd = signalfd(-1, &all, SFD_CLOEXEC);
	p[1].fd = sfd;
	for (;;) {
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			break;
		if (p[0].revents)
			break;
		if (p[1].revents && fd_read_full(sfd, &si, sizeof(si)) == 0 &&
			si.ssi_signo != SIGCHLD)
			proc_signal(pidfd, (int)si.ssi_signo);
	}
	return proc_wait(pid);
}
