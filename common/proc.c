#include "common/proc.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"

/* ---- between vfork and exec: system calls only, in the parent's memory ---- */

static void reset_signals(void)
{
	sigset_t none;

	sigemptyset(&none);
	for (int s = 1; s < NSIG; s++)
		if (s != SIGKILL && s != SIGSTOP)
			signal(s, SIG_DFL);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Those that we inherited ourselves were not opened close-on-exec. Kernels before 5.11 cannot do it at once. */
static void close_on_exec_all(void)
{
	if (syscall(SYS_close_range, 3u, ~0u, 4u /* CLOSE_RANGE_CLOEXEC */) == 0)
		return;
	for (int fd = 3; fd < 1024; fd++)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
}

/* Move the descriptors to their numbers without one overwriting another's source. */
static int place_fds(const struct proc_spec *spec, int *scratch, bool *stdio_named)
{
	int top = 3;

	for (size_t i = 0; i < spec->nfds; i++) {
		top = MAX_OF(top, spec->fds[i].to + 1);
		if (spec->fds[i].to <= 2)
			stdio_named[spec->fds[i].to] = true;
	}
	for (size_t i = 0; i < spec->nfds; i++) {
		scratch[i] = fcntl(spec->fds[i].from, F_DUPFD_CLOEXEC, top);
		if (scratch[i] < 0)
			return -1;
	}
	close_on_exec_all();
	for (size_t i = 0; i < spec->nfds; i++)
		if (dup2(scratch[i], spec->fds[i].to) < 0)
			return -1;
	return 0;
}

static int null_stdio(const struct proc_spec *spec, const bool *named)
{
	int null = spec->keep_stdio ? -1 : open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int i = 0; i < 3 && !spec->keep_stdio; i++)
		if (!named[i] && dup2(null, i) < 0)
			return -1;
	return 0;
}

static __noreturn void child(const struct proc_spec *spec, int *scratch, volatile int *status, pid_t parent)
{
	bool named[3] = {false};

	if (spec->death_signal) {
		prctl(PR_SET_PDEATHSIG, spec->death_signal);
		if (getppid() != parent)
			_exit(125);
	}
	if (spec->new_session)
		setsid();
	if ((!spec->dir || !chdir(spec->dir)) && !place_fds(spec, scratch, named) && !null_stdio(spec, named)) {
		reset_signals();
		execve(spec->path, spec->argv, spec->envp ? spec->envp : environ);
	}
	*status = errno;
	_exit(127);
}

/* vfork: no page table is copied, no page is copied after it, and we go on once the exec has happened. No
 * signal handler runs in the child: all are blocked until they are reset. */
pid_t proc_spawn(const struct proc_spec *spec, struct err *err)
{
	auto_free int *scratch = xcalloc(spec->nfds, sizeof(int));
	volatile int status = 0;
	pid_t parent = getpid(), pid;
	sigset_t all, old;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &old);
	pid = vfork();
	if (!pid)
		child(spec, scratch, &status, parent);
	if (pid < 0)
		status = errno;
	sigprocmask(SIG_SETMASK, &old, NULL);
	if (pid > 0 && status)
		proc_wait(pid);
	if (status) {
		errno = status;
		return err_sys(err, "start %s", spec->path);
	}
	return pid;
}

int proc_wait(pid_t pid)
{
	int status;
	pid_t r;

	do
		r = waitpid(pid, &status, 0);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return -1;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* One read from a capture pipe; -1 closes it. True while there is more. */
static bool capture_step(int *fd, struct sbuf *into, size_t max, bool *over)
{
	char buf[8192];
	ssize_t n = fd_read_some(*fd, buf, sizeof(buf));

	if (n > 0 && into->len + (size_t)n <= max) {
		sbuf_add(into, buf, (size_t)n);
		return true;
	}
	if (n > 0)
		*over = true;
	fd_closep(fd);
	return false;
}

int proc_capture(const struct proc_spec *spec, size_t max, struct sbuf *out, struct sbuf *errout, struct err *err)
{
	auto_free struct proc_fd *fds = xcalloc(spec->nfds + 2, sizeof(*fds));
	struct proc_spec s = *spec;
	struct sbuf *bufs[2] = {out, errout};
	int rd[2] = {-1, -1}, wr[2] = {-1, -1};
	bool over = false;
	pid_t pid = -1;
	int r = 0;

	for (size_t i = 0; i < spec->nfds; i++)
		fds[i] = spec->fds[i];
	for (int i = 0; i < 2 && !r; i++) {
		int p[2];

		if (!bufs[i])
			continue;
		r = fd_pipe(p);
		if (r < 0)
			break;
		rd[i] = p[0];
		wr[i] = p[1];
		fds[s.nfds++] = (struct proc_fd){wr[i], i + 1};
	}
	s.fds = fds;
	if (r < 0)
		err_neg(err, r, "start %s: pipe", spec->path);
	else
		pid = proc_spawn(&s, err);
	fd_close(wr[0]);
	fd_close(wr[1]);
	while (pid > 0 && !over && (rd[0] >= 0 || rd[1] >= 0)) {
		struct pollfd p[2] = {{rd[0], POLLIN, 0}, {rd[1], POLLIN, 0}};

		if (poll(p, 2, -1) < 0 && errno != EINTR)
			break;
		for (int i = 0; i < 2; i++)
			if (rd[i] >= 0 && p[i].revents)
				capture_step(&rd[i], bufs[i], max, &over);
	}
	fd_close(rd[0]);
	fd_close(rd[1]);
	if (pid < 0)
		return -1;
	if (over)
		kill(pid, SIGKILL);
	r = proc_wait(pid);
	return over ? err_set(err, EK_INVALID, "%s printed more than %zu bytes", spec->path, max) : r;
}

char *proc_find_program(const char *name)
{
	const char *path = getenv("PATH");
	auto_svec struct svec dirs = SVEC_INIT;

	if (strchr(name, '/'))
		return access(name, X_OK) ? NULL : xstrdup(name);
	svec_add_split(&dirs, path && *path ? path : "/usr/local/bin:/usr/bin:/bin", ':');
	svec_add_split(&dirs, "/usr/local/sbin:/usr/sbin:/sbin", ':');
	for (size_t i = 0; i < dirs.n; i++) {
		auto_free char *full = xasprintf("%s/%s", dirs.v[i], name);

		/* a relative part of $PATH would let the current directory choose a helper */
		if (full[0] == '/' && !access(full, X_OK))
			return take_ptr(full);
	}
	return NULL;
}

/* /proc/PID/stat after the ")" that ends the command name; "" if gone. */
static void read_stat(pid_t pid, char *buf, size_t size, const char **ret_rest)
{
	char path[40];
	auto_fd int fd = -1;
	ssize_t n;
	char *p;

	*ret_rest = "";
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = fd_open(AT_FDCWD, path, O_RDONLY, 0);
	if (fd < 0)
		return;
	n = fd_read_some(fd, buf, size - 1);
	if (n <= 0)
		return;
	buf[n] = '\0';
	p = strrchr(buf, ')');
	if (p && p[1] == ' ')
		*ret_rest = p + 2;
}

uint64_t proc_start_time(pid_t pid)
{
	char buf[1024];
	const char *p;

	read_stat(pid, buf, sizeof(buf), &p);
	for (int field = 3; *p && field < 22; field++) {
		p = strchrnul(p, ' ');
		p += *p == ' ';
	}
	return strtoull(p, NULL, 10);
}

char proc_state(pid_t pid)
{
	char buf[1024];
	const char *p;

	read_stat(pid, buf, sizeof(buf), &p);
	return *p;
}

int proc_open_pidfd(pid_t pid, uint64_t start_time)
{
	int fd;

	if (pid <= 0)
		return -ESRCH;
	fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (fd < 0)
		return -errno;
	/* the descriptor pins the process first; only then does its start time prove anything */
	if (start_time && proc_start_time(pid) != start_time) {
		fd_close(fd);
		return -ESRCH;
	}
	return fd;
}

int proc_signal(int pidfd, int sig)
{
	return syscall(SYS_pidfd_send_signal, pidfd, sig, NULL, 0) < 0 ? -errno : 0;
}

bool proc_ends_within(int pidfd, int ms)
{
	struct pollfd p = {.fd = pidfd, .events = POLLIN};
	int r;

	do
		r = poll(&p, 1, ms);
	while (r < 0 && errno == EINTR);
	return r > 0;
}

void proc_boot_id(char ret[40])
{
	auto_sbuf struct sbuf b = SBUF_INIT;
	auto_fd int fd = fd_open(AT_FDCWD, "/proc/sys/kernel/random/boot_id", O_RDONLY, 0);

	ret[0] = '\0';
	if (fd < 0 || fd_read_all(fd, 64, &b) < 0 || b.len < 36)
		return;
	memcpy(ret, b.buf, 36);
	ret[36] = '\0';
}

static const struct {
	const char *name;
	int number;
} signals[] = {{"SIGHUP", SIGHUP}, {"SIGINT", SIGINT}, {"SIGQUIT", SIGQUIT}, {"SIGILL", SIGILL},
	{"SIGTRAP", SIGTRAP}, {"SIGABRT", SIGABRT}, {"SIGIOT", SIGIOT}, {"SIGBUS", SIGBUS},
	{"SIGFPE", SIGFPE}, {"SIGKILL", SIGKILL}, {"SIGUSR1", SIGUSR1}, {"SIGSEGV", SIGSEGV},
	{"SIGUSR2", SIGUSR2}, {"SIGPIPE", SIGPIPE}, {"SIGALRM", SIGALRM}, {"SIGTERM", SIGTERM},
	{"SIGSTKFLT", SIGSTKFLT}, {"SIGCHLD", SIGCHLD}, {"SIGCONT", SIGCONT}, {"SIGSTOP", SIGSTOP},
	{"SIGTSTP", SIGTSTP}, {"SIGTTIN", SIGTTIN}, {"SIGTTOU", SIGTTOU}, {"SIGURG", SIGURG},
	{"SIGXCPU", SIGXCPU}, {"SIGXFSZ", SIGXFSZ}, {"SIGVTALRM", SIGVTALRM}, {"SIGPROF", SIGPROF},
	{"SIGWINCH", SIGWINCH}, {"SIGIO", SIGIO}, {"SIGPOLL", SIGPOLL}, {"SIGPWR", SIGPWR},
	{"SIGSYS", SIGSYS}};

/* "RTMIN", "RTMIN+n", "RTMAX-n": the kernel's numbers, 34 to 64. */
static int parse_realtime(const char *s)
{
	bool max = !strncasecmp(s, "RTMAX", 5);
	char *end;
	long off = 0;
	int sig;

	if (!max && strncasecmp(s, "RTMIN", 5))
		return -1;
	if (s[5]) {
		if (s[5] != (max ? '-' : '+') || s[6] < '0' || s[6] > '9')
			return -1;
		off = strtol(s + 6, &end, 10);
		if (*end || off > 30)
			return -1;
	}
	sig = max ? 64 - (int)off : 34 + (int)off;
	return sig >= 34 && sig <= 64 ? sig : -1;
}

void proc_client_signals(sigset_t *ret)
{
	sigfillset(ret);
	sigdelset(ret, SIGCHLD);
	sigdelset(ret, SIGTTIN);
	sigdelset(ret, SIGTTOU);
}

int proc_parse_signal(const char *text)
{
	if (*text >= '0' && *text <= '9') {
		char *end;
		long n = strtol(text, &end, 10);

		return *end || n < 1 || n > 64 ? -1 : (int)n;
	}
	if (!strncasecmp(text, "SIG", 3))
		text += 3;
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		if (!strcasecmp(signals[i].name + 3, text))
			return signals[i].number;
	return parse_realtime(text);
}

const char *proc_signal_name(int sig)
{
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		if (signals[i].number == sig)
			return signals[i].name;
	return NULL;
}

int proc_keep_caps(const unsigned *keep, size_t n)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {{0, 0, 0}, {0, 0, 0}};

	for (size_t i = 0; i < n; i++) {
		data[keep[i] / 32].effective |= 1u << (keep[i] % 32);
		data[keep[i] / 32].permitted |= 1u << (keep[i] % 32);
	}
	return syscall(SYS_capset, &head, data) < 0 ? -errno : 0;
}

/* "SigCgt:\t0000000000000000" in /proc/PID/status */
static uint64_t mask_of(const char *status, const char *key)
{
	const char *p = strstr(status, key);

	return p ? strtoull(p + strlen(key), NULL, 16) : 0;
}

/* NSpid lists the pid in each namespace from ours inward: the last is its own view. */
static bool is_namespace_init(const char *status)
{
	const char *p = strstr(status, "\nNSpid:"), *end;
	long last = 0;
	int levels = 0;
	char *next;

	if (!p)
		return false;
	p += 7;
	end = strchrnul(p, '\n');
	while (p < end) {
		last = strtol(p, &next, 10);
		if (next == p)
			break;
		levels++;
		p = next;
	}
	return levels > 1 && last == 1;
}

bool proc_hears(pid_t pid, int sig)
{
	auto_sbuf struct sbuf status = SBUF_INIT;
	uint64_t bit = UINT64_C(1) << (sig - 1);
	char path[48];
	auto_fd int fd = -1;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	fd = fd_open(AT_FDCWD, path, O_RDONLY, 0);
	if (fd < 0 || fd_read_all(fd, 16384, &status) < 0 || sig == SIGKILL || sig == SIGSTOP)
		return true;
	if ((mask_of(status.buf, "\nSigCgt:") | mask_of(status.buf, "\nSigBlk:")) & bit)
		return true;
	if (mask_of(status.buf, "\nSigIgn:") & bit)
		return false;
	return !is_namespace_init(status.buf);
}
