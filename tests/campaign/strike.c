/*
 * strike.c - runs a command and strikes its whole tree of processes at an exact system call.
 *
 *   strike [-u UID:GID] [-t SECONDS] -o REPORT count     COMMAND ARG...
 *   strike ...                          -o REPORT kill N    COMMAND ARG...   before the Nth call that changes something
 *   strike ...                          -o REPORT orphan N  COMMAND ARG...   the same, but only COMMAND itself
 *   strike ...                          -o REPORT fail CLASS ERRNO N[+] COMMAND ARG...
 *
 * count tells how many calls of each class there are. kill ends every process of the tree with
 * SIGKILL before the Nth call that others could see the effect of (writes, names, locks, processes):
 * between two of those a kill leaves the same behind. orphan ends only COMMAND's own process, and waits for those that
 * it has started. fail makes the Nth call of CLASS, with + every
 * one from there on, answer -ERRNO without being made.
 *
 *   write    what takes room on a file system: write and relatives on files, names, syncs
 *   open     what makes a descriptor
 *   alloc    what makes memory, and processes
 *   wait     locks that are waited for (to be counted, not to fail)
 *
 * Descriptors, pipes and sockets stay as they were. Started as root it runs COMMAND as -u, so that
 * setuid programs keep their meaning under it. After SECONDS (default 60) all are killed and the
 * report says "hang". REPORT: one line of KEY=VALUE. The status is COMMAND's, 128+N for a signal.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/file.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define TASKS_MAX 1024
#define OPTIONS                                                                                                     \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |                   \
		PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)

enum class { CHANGE = 1, WRITE = 2, OPEN = 4, ALLOC = 8, WAIT = 16 };
enum mode { COUNT, KILL, ORPHAN, FAIL };

struct task {
	pid_t pid;
	bool failing; /* its call was taken away: give it the error at its end */
	long arg;     /* what brk was asked for, 0: nothing to give back */
};

struct strike {
	enum mode mode;
	enum class class;
	int error;
	long at;
	bool from_there_on;
	uid_t uid;
	gid_t gid;
	unsigned seconds;
	const char *report;
	long seen[WAIT + 1]; /* by class */
	bool begun; /* COMMAND is what runs */
	bool struck, hang;
	char what[160];
	pid_t root;
	int status;
	struct task tasks[TASKS_MAX];
	size_t ntasks;
};

static volatile sig_atomic_t late;

static void on_alarm(int sig)
{
	(void)sig;
	late = 1;
}

static void die(const char *what)
{
	fprintf(stderr, "strike: %s: %s\n", what, strerror(errno));
	exit(124);
}

/* ---- what a call is ---- */

#define CALL(name, classes) {SYS_##name, #name, (classes)}
static const struct call {
	long nr;
	const char *name;
	int classes;
} calls[] = {
	CALL(write, CHANGE | WRITE), CALL(pwrite64, CHANGE | WRITE), CALL(writev, CHANGE | WRITE),
	CALL(pwritev, CHANGE | WRITE), CALL(ftruncate, CHANGE | WRITE), CALL(fallocate, CHANGE | WRITE),
	CALL(copy_file_range, CHANGE | WRITE), CALL(sendfile, CHANGE | WRITE), CALL(fsync, CHANGE | WRITE),
	CALL(fdatasync, CHANGE | WRITE), CALL(syncfs, CHANGE | WRITE), CALL(mkdirat, CHANGE | WRITE),
	CALL(symlinkat, CHANGE | WRITE), CALL(linkat, CHANGE | WRITE), CALL(mknodat, CHANGE | WRITE),
	CALL(renameat2, CHANGE | WRITE), CALL(fsetxattr, CHANGE | WRITE), CALL(setxattr, CHANGE | WRITE),
	CALL(lsetxattr, CHANGE | WRITE), CALL(unlinkat, CHANGE), CALL(fchmod, CHANGE), CALL(fchmodat, CHANGE),
	CALL(fchown, CHANGE), CALL(fchownat, CHANGE), CALL(utimensat, CHANGE), CALL(flock, CHANGE),
	CALL(sendmsg, CHANGE), CALL(sendto, CHANGE), CALL(execve, CHANGE), CALL(mount, CHANGE), CALL(umount2, CHANGE),
	CALL(move_mount, CHANGE), CALL(exit_group, CHANGE), CALL(openat, OPEN), CALL(openat2, OPEN), CALL(pipe2, OPEN),
	CALL(socket, OPEN), CALL(socketpair, OPEN), CALL(dup, OPEN), CALL(dup3, OPEN), CALL(memfd_create, OPEN),
	CALL(accept4, OPEN), CALL(epoll_create1, OPEN), CALL(pidfd_open, OPEN), CALL(eventfd2, OPEN),
	CALL(signalfd4, OPEN), CALL(timerfd_create, OPEN), CALL(open_tree, OPEN), CALL(fsopen, OPEN), CALL(fsmount, OPEN),
	CALL(brk, ALLOC), CALL(mmap, ALLOC), CALL(mremap, ALLOC), CALL(clone, CHANGE | ALLOC), CALL(clone3, CHANGE | ALLOC),
#ifdef __x86_64__
	CALL(rename, CHANGE | WRITE), CALL(renameat, CHANGE | WRITE), CALL(mkdir, CHANGE | WRITE), CALL(link, CHANGE | WRITE),
	CALL(symlink, CHANGE | WRITE), CALL(mknod, CHANGE | WRITE), CALL(unlink, CHANGE), CALL(rmdir, CHANGE), CALL(chmod, CHANGE),
	CALL(chown, CHANGE), CALL(lchown, CHANGE), CALL(open, OPEN), CALL(creat, OPEN | CHANGE | WRITE), CALL(pipe, OPEN),
	CALL(dup2, OPEN), CALL(fork, CHANGE | ALLOC), CALL(vfork, CHANGE | ALLOC),
#endif
};

/* Files and directories of a file system that can be full. */
static bool takes_room(pid_t pid, int fd)
{
	char path[64];
	struct stat st;
	struct statfs fs;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, fd);
	if (stat(path, &st) < 0 || (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)) || statfs(path, &fs) < 0)
		return false;
	switch (fs.f_type) {
	case 0x9fa0: /* proc */
	case 0x62656572: /* sysfs */
	case 0x27e0eb: /* cgroup */
	case 0x63677270: /* cgroup2 */
		return false;
	default:
		return true;
	}
}

/* The flags of an open, 0 if they cannot be read. */
static unsigned long long open_flags(pid_t pid, long nr, const uint64_t args[6])
{
	struct open_how how = {0};
	struct iovec to = {&how, sizeof(how.flags)}, from = {(void *)(uintptr_t)args[2], sizeof(how.flags)};

#ifdef __x86_64__
	if (nr == SYS_open)
		return args[1];
#endif
	if (nr == SYS_openat)
		return args[2];
	return process_vm_readv(pid, &to, 1, &from, 1, 0) > 0 ? how.flags : 0;
}

static bool is_open(const struct call *c)
{
	return !strncmp(c->name, "open", 4) && strcmp(c->name, "open_tree");
}

static bool writes_data(const struct call *c)
{
	return strstr(c->name, "write") || !strcmp(c->name, "ftruncate") || !strcmp(c->name, "fallocate") ||
		!strncmp(c->name, "fsetx", 5) || strstr(c->name, "sync");
}

static int classify(pid_t pid, const struct call *c, const uint64_t args[6])
{
	int classes = c->classes;

	if (is_open(c) && (open_flags(pid, c->nr, args) & (O_CREAT | O_TRUNC)))
		classes |= CHANGE | WRITE;
	if ((classes & WRITE) && writes_data(c) && !takes_room(pid, (int)args[0]))
		classes &= ~WRITE;
	if (c->nr == SYS_fcntl && (args[1] == F_DUPFD || args[1] == F_DUPFD_CLOEXEC))
		classes |= OPEN;
	if (c->nr == SYS_fcntl && (args[1] == F_OFD_SETLK || args[1] == F_OFD_SETLKW))
		classes |= CHANGE;
	if ((c->nr == SYS_fcntl && args[1] == F_OFD_SETLKW) || (c->nr == SYS_flock && !(args[1] & LOCK_NB)))
		classes |= WAIT;
	return classes;
}

static const struct call *call_of(long nr)
{
	static const struct call fcntl_call = {SYS_fcntl, "fcntl", 0};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (calls[i].nr == nr)
			return &calls[i];
	return nr == SYS_fcntl ? &fcntl_call : NULL;
}

/* ---- registers: the only thing that differs between machines ---- */

#ifdef __x86_64__
static void take_call(pid_t pid)
{
	ptrace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, orig_rax), -1L);
}
static void set_result(pid_t pid, long value)
{
	ptrace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, rax), value);
}
static void set_arg(pid_t pid, long value)
{
	ptrace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, rdi), value);
}
#elif defined(__aarch64__)
static void take_call(pid_t pid)
{
	int nr = -1;
	struct iovec v = {&nr, sizeof(nr)};

	ptrace(PTRACE_SETREGSET, pid, NT_ARM_SYSTEM_CALL, &v);
}
static void set_result(pid_t pid, long value)
{
	struct user_regs_struct r;
	struct iovec v = {&r, sizeof(r)};

	if (ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &v) < 0)
		return;
	r.regs[0] = (unsigned long)value;
	ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &v);
}
static void set_arg(pid_t pid, long value) /* the same register; nothing to give back at the end */
{
	if (!value)
		set_result(pid, value);
}
#else
#error strike knows the registers of x86_64 and aarch64
#endif

/* ---- the tree ---- */

static struct task *task_of(struct strike *s, pid_t pid)
{
	for (size_t i = 0; i < s->ntasks; i++)
		if (s->tasks[i].pid == pid)
			return &s->tasks[i];
	if (s->ntasks == TASKS_MAX)
		die("too many processes");
	s->tasks[s->ntasks] = (struct task){.pid = pid};
	return &s->tasks[s->ntasks++];
}

static void task_gone(struct strike *s, pid_t pid)
{
	for (size_t i = 0; i < s->ntasks; i++)
		if (s->tasks[i].pid == pid) {
			s->tasks[i] = s->tasks[--s->ntasks];
			return;
		}
}

static void kill_all(struct strike *s)
{
	s->struck = true;
	for (size_t i = 0; i < s->ntasks; i++)
		kill(s->tasks[i].pid, SIGKILL);
}

static void remember(struct strike *s, pid_t pid, const struct call *c)
{
	char path[64], exe[100] = "?";
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	n = readlink(path, exe, sizeof(exe) - 1);
	exe[n > 0 ? n : 1] = '\0';
	snprintf(s->what, sizeof(s->what), "%s:%s", strrchr(exe, '/') ? strrchr(exe, '/') + 1 : exe, c->name);
}

/* The call is not made and answers with the error. brk has none: it answers where the break is, as it
 * does when asked for nothing. */
static void take(struct strike *s, pid_t pid, const struct call *c, const struct __ptrace_syscall_info *info)
{
	struct task *t = task_of(s, pid);

	s->struck = true;
	if (c->nr == SYS_brk) {
		t->arg = (long)info->entry.args[0];
		set_arg(pid, 0);
		return;
	}
	t->failing = true;
	take_call(pid);
}

/* At the beginning of a call. */
static void call_begins(struct strike *s, pid_t pid, const struct __ptrace_syscall_info *info)
{
	const struct call *c = call_of((long)info->entry.nr);
	int classes = c ? classify(pid, c, info->entry.args) : 0;
	bool hit;

	if (!s->begun)
		return;
	for (int k = CHANGE; k <= WAIT; k <<= 1)
		s->seen[k] += !!(classes & k);
	if (s->mode == COUNT || !(classes & (int)s->class))
		return;
	hit = s->seen[s->class] == s->at;
	if (hit)
		remember(s, pid, c);
	if (s->mode == KILL && hit) {
		kill_all(s);
	} else if (s->mode == ORPHAN && hit) {
		s->struck = true;
		kill(s->root, SIGKILL);
	} else if (s->mode == FAIL && (hit || (s->from_there_on && s->seen[s->class] > s->at))) {
		take(s, pid, c, info);
	}
}

static void at_call(struct strike *s, pid_t pid)
{
	struct __ptrace_syscall_info info;
	struct task *t = task_of(s, pid);

	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) < 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
		call_begins(s, pid, &info);
	if (info.op != PTRACE_SYSCALL_INFO_EXIT)
		return;
	if (t->failing)
		set_result(pid, -s->error);
	if (t->arg)
		set_arg(pid, t->arg);
	t->failing = false;
	t->arg = 0;
}

/* One stop of one task, and on with it. */
static void stopped(struct strike *s, pid_t pid, int status)
{
	int sig = WSTOPSIG(status), event = status >> 16;

	task_of(s, pid);
	s->begun |= event == PTRACE_EVENT_EXEC;
	if (s->struck && s->mode == KILL) {
		kill(pid, SIGKILL);
		return;
	}
	if (sig == (SIGTRAP | 0x80)) {
		at_call(s, pid);
		if (!s->struck || s->mode != KILL)
			ptrace(PTRACE_SYSCALL, pid, 0, 0);
	} else if (event == PTRACE_EVENT_STOP && (sig == SIGSTOP || sig == SIGTSTP || sig == SIGTTIN || sig == SIGTTOU)) {
		ptrace(PTRACE_LISTEN, pid, 0, 0);
	} else {
		ptrace(PTRACE_SYSCALL, pid, 0, event ? 0 : sig);
	}
}

static void follow(struct strike *s)
{
	for (;;) {
		int status;
		pid_t pid = waitpid(-1, &status, __WALL);

		if (late && !s->hang) {
			s->hang = true;
			kill_all(s);
		}
		if (pid < 0 && errno == EINTR)
			continue;
		if (pid < 0)
			return;
		if (WIFSTOPPED(status)) {
			if (s->hang)
				kill(pid, SIGKILL);
			else
				stopped(s, pid, status);
			continue;
		}
		task_gone(s, pid);
		if (pid == s->root)
			s->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	}
}

static void start(struct strike *s, char **argv)
{
	int go[2];
	char c = 0;

	if (pipe2(go, O_CLOEXEC) < 0)
		die("pipe");
	s->root = fork();
	if (s->root < 0)
		die("fork");
	if (!s->root) {
		setpgid(0, 0);
		if (s->uid && (setgid(s->gid) < 0 || setuid(s->uid) < 0))
			die("change user");
		if (read(go[0], &c, 1) == 1)
			execvp(argv[0], argv);
		die(argv[0]);
	}
	if (ptrace(PTRACE_SEIZE, s->root, 0, OPTIONS) < 0)
		die("seize");
	task_of(s, s->root);
	/* system call stops begin when it is made to stop once */
	if (ptrace(PTRACE_INTERRUPT, s->root, 0, 0) < 0 || write(go[1], &c, 1) != 1)
		die("start");
	close(go[0]);
	close(go[1]);
}

static void report(const struct strike *s)
{
	FILE *f = fopen(s->report, "we");

	if (!f)
		die(s->report);
	fprintf(f, "change=%ld write=%ld open=%ld alloc=%ld wait=%ld struck=%d hang=%d status=%d at=%s\n", s->seen[CHANGE],
		s->seen[WRITE], s->seen[OPEN], s->seen[ALLOC], s->seen[WAIT], s->struck && !s->hang, s->hang, s->status,
		s->what[0] ? s->what : "-");
	fclose(f);
}

static enum class class_of(const char *name)
{
	return !strcmp(name, "write") ? WRITE : !strcmp(name, "open") ? OPEN : !strcmp(name, "alloc") ? ALLOC : CHANGE;
}

static int error_of(const char *name)
{
	static const int known[] = {ENOSPC, EIO, EMFILE, ENFILE, ENOMEM, EDQUOT};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(strerrorname_np(known[i]), name))
			return known[i];
	errno = EINVAL;
	die(name);
	return 0;
}

static char **parse(struct strike *s, int argc, char **argv)
{
	char *end;
	int o;

	while ((o = getopt(argc, argv, "+u:t:o:")) != -1) {
		if (o == 'u' && sscanf(optarg, "%u:%u", &s->uid, &s->gid) != 2)
			return NULL;
		if (o == 't')
			s->seconds = (unsigned)atoi(optarg);
		if (o == 'o')
			s->report = optarg;
	}
	argv += optind;
	if (!s->report || !argv[0])
		return NULL;
	if (!strcmp(argv[0], "count"))
		return argv + 1;
	if ((!strcmp(argv[0], "kill") || !strcmp(argv[0], "orphan")) && argv[1]) {
		s->mode = argv[0][0] == 'k' ? KILL : ORPHAN;
		s->class = CHANGE;
		s->at = atol(argv[1]);
		return argv + 2;
	}
	if (strcmp(argv[0], "fail") || !argv[1] || !argv[2] || !argv[3])
		return NULL;
	s->mode = FAIL;
	s->class = class_of(argv[1]);
	s->error = error_of(argv[2]);
	s->at = strtol(argv[3], &end, 10);
	s->from_there_on = *end == '+';
	return argv + 4;
}

int main(int argc, char **argv)
{
	static struct strike s = {.seconds = 60};
	struct sigaction act = {.sa_handler = on_alarm};
	char **command = parse(&s, argc, argv);

	if (!command || !command[0]) {
		fprintf(stderr, "strike: see the top of strike.c\n");
		return 124;
	}
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	sigaction(SIGALRM, &act, NULL);
	start(&s, command);
	alarm(s.seconds);
	follow(&s);
	report(&s);
	return s.status;
}
