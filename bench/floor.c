/* floor: the least that starting a rootless container costs: one program that makes the system
 * calls which cannot be left out, and nothing else. `podlite run` is measured against it.
 *
 *   floor LOWERDIRS UPPER WORK MERGED COMMAND [ARG...]
 *
 * clone with all namespaces; newuidmap and newgidmap with the caller's subordinate ids; overlay,
 * /proc, pivot_root; a compiled filter; exec; wait. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* as many comparisons as a binary search over a usual profile makes */
static const struct sock_filter filter[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_kexec_load, 7, 0),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_init_module, 6, 0),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_finit_module, 5, 0),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_delete_module, 4, 0),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_reboot, 3, 0),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_swapon, 2, 0),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_open_by_handle_at, 1, 0),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
};

/* the caller's first range of FILE, or the caller's own id alone */
static void first_range(const char *file, char *start, char *count)
{
	struct passwd *pw = getpwuid(getuid());
	char line[256], *p;
	FILE *f = fopen(file, "re");

	while (pw && f && fgets(line, sizeof(line), f)) {
		if (!(p = strchr(line, ':')))
			continue;
		*p++ = 0;
		if (!strcmp(line, pw->pw_name) && sscanf(p, "%15[0-9]:%15[0-9]", start, count) == 2) {
			fclose(f);
			return;
		}
	}
	errx(125, "%s has no range for this user", file);
}

static pid_t spawn_map(const char *prog, pid_t pid, unsigned id, const char *file)
{
	char target[16], own[16], start[16], count[16];
	pid_t child;

	first_range(file, start, count);
	snprintf(target, sizeof(target), "%d", pid);
	snprintf(own, sizeof(own), "%u", id);
	child = vfork();
	if (child)
		return child;
	execlp(prog, prog, target, "0", own, "1", "1", start, count, (char *)NULL);
	_exit(127);
}

static void await(pid_t pid)
{
	int st;

	if (waitpid(pid, &st, 0) < 0 || st)
		errx(125, "mapping ids failed");
}

static int in_container(int go, char **argv)
{
	const struct sock_fprog prog = {sizeof(filter) / sizeof(*filter), (struct sock_filter *)filter};
	char options[8192], byte;

	if (read(go, &byte, 1) != 1)
		return 125;
	if (setresgid(0, 0, 0) || setresuid(0, 0, 0))
		err(125, "ids");
	snprintf(options, sizeof(options), "lowerdir=%s,upperdir=%s,workdir=%s,userxattr", argv[1], argv[2], argv[3]);
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
		mount("overlay", argv[4], "overlay", 0, options) || chdir(argv[4]))
		err(125, "overlay %s", options);
	if (mount("proc", "proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL))
		err(125, "proc");
	if (syscall(SYS_pivot_root, ".", ".") || umount2(".", MNT_DETACH) || chdir("/"))
		err(125, "pivot_root");
	if (sethostname("floor", 5) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
		prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog))
		err(125, "seccomp");
	execv(argv[5], argv + 5);
	err(127, "%s", argv[5]);
}

int main(int argc, char **argv)
{
	const int namespaces = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC |
			       CLONE_NEWUTS | CLONE_NEWCGROUP;
	int go[2], st;
	pid_t pid, u, g;

	if (argc < 6) {
		fputs("usage: floor LOWERDIRS UPPER WORK MERGED COMMAND [ARG...]\n", stderr);
		return 125;
	}
	if (pipe2(go, O_CLOEXEC))
		err(125, "pipe");
	pid = (pid_t)syscall(SYS_clone, namespaces | SIGCHLD, NULL, NULL, NULL, NULL);
	if (pid < 0)
		err(125, "clone");
	if (!pid)
		return in_container(go[0], argv);
	/* both at once */
	u = spawn_map("newuidmap", pid, getuid(), "/etc/subuid");
	g = spawn_map("newgidmap", pid, getgid(), "/etc/subgid");
	await(u);
	await(g);
	if (write(go[1], "", 1) != 1 || waitpid(pid, &st, 0) < 0)
		err(125, "wait");
	return WIFEXITED(st) ? WEXITSTATUS(st) : 128 + WTERMSIG(st);
}
