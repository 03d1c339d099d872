#include "oci/rt_sync.h"

#include <stdio.h>
#include <string.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/msg.h"
#include "oci/rt_caps.h"
#include "oci/rt_child.h"

int rt_sync_send(int sock, enum rt_sync_type type, int a)
{
	struct rt_sync m = {.type = (int)type, .a = a};

	return msg_send(sock, &m, sizeof(m), NULL, 0);
}

/* ---- three integers into words ---- */

enum list { NONE, OPS, DEVS, MASKED, READONLY, SYSCTLS, HOOKS, LIMITS, CAPS, CWD, NAME };

/* clang-format off */
static const struct {
	const char *words;
	enum list list; /* what the index counts; its name follows the words */
} steps[RT_STEPS] = {
	[RT_STEP_PARENT] = {"the parent process is gone", NONE},
	[RT_STEP_SETNS] = {"join a namespace", NONE},
	[RT_STEP_TIME] = {"set the time namespace's offsets", NONE},
	[RT_STEP_CLONE] = {"clone inside the joined namespaces", NONE},
	[RT_STEP_CGROUPNS] = {"make the cgroup namespace", NONE},
	[RT_STEP_ROOT_ID] = {"become root of the user namespace", NONE},
	[RT_STEP_PROPAGATION] = {"make the inherited mounts private", NONE},
	[RT_STEP_ROOT_ATTACH] = {"attach the root file system", NONE},
	[RT_STEP_TARGET] = {"mount: open or create the mount point", OPS},
	[RT_STEP_TARGET_LINK] = {"mount: the image has something else than a directory at", OPS},
	[RT_STEP_TARGET_PROC] = {"mount: only procfs may be mounted over procfs:", OPS},
	[RT_STEP_FSOPEN] = {"mount: the kernel lacks the file system for", OPS},
	[RT_STEP_FSOPTION] = {"mount: create the file system (are its options right?) for", OPS},
	[RT_STEP_FSMOUNT] = {"mount", OPS},
	[RT_STEP_ATTACH] = {"mount: attach", OPS},
	[RT_STEP_ATTR] = {"mount: change the attributes of", OPS},
	[RT_STEP_DEV_LINK] = {"make the links in /dev", NONE},
	[RT_STEP_DEV] = {"device", DEVS},
	[RT_STEP_PROC] = {"open a procfs to set kernel parameters", NONE},
	[RT_STEP_MASK] = {"mask", MASKED},
	[RT_STEP_READONLY] = {"make read-only:", READONLY},
	[RT_STEP_ROOT_RO] = {"make the root file system read-only", NONE},
	[RT_STEP_SYSCTL] = {"sysctl", SYSCTLS},
	[RT_STEP_LOOPBACK] = {"bring up the loopback interface", NONE},
	[RT_STEP_HOSTNAME] = {"set the host name", NONE},
	[RT_STEP_DOMAINNAME] = {"set the domain name", NONE},
	[RT_STEP_PTY] = {"open a pseudo-terminal in /dev/pts of the container", NONE},
	[RT_STEP_CONSOLE] = {"mount: /dev/console", NONE},
	[RT_STEP_CWD_MAKE] = {"create the working directory", CWD},
	[RT_STEP_PIVOT] = {"pivot_root", NONE},
	[RT_STEP_OLD_ROOT] = {"detach the old root", NONE},
	[RT_STEP_HOOK] = {"hook", HOOKS},
	[RT_STEP_SESSION] = {"start a session", NONE},
	[RT_STEP_STDIO] = {"set up standard input and output", NONE},
	[RT_STEP_TTY] = {"make the terminal the controlling one", NONE},
	[RT_STEP_OOM] = {"set oom_score_adj", NONE},
	[RT_STEP_RLIMIT] = {"set", LIMITS},
	[RT_STEP_CPUS] = {"process.execCPUAffinity: set the processors", NONE},
	[RT_STEP_SCHED] = {"process.scheduler: set the scheduling policy", NONE},
	[RT_STEP_IOPRIO] = {"process.ioPriority: set the I/O priority", NONE},
	[RT_STEP_PERSONALITY] = {"linux.personality: set it", NONE},
	[RT_STEP_KEYRING] = {"create a session keyring", NONE},
	[RT_STEP_BOUNDING] = {"drop from the bounding set:", CAPS},
	[RT_STEP_GROUPS] = {"set the supplementary groups", NONE},
	[RT_STEP_GID] = {"set the group id", NONE},
	[RT_STEP_UID] = {"set the user id", NONE},
	[RT_STEP_CWD] = {"change to the working directory", CWD},
	[RT_STEP_CWD_OUTSIDE] = {"the working directory is outside the container:", CWD},
	[RT_STEP_CAPS] = {"set the capabilities", NONE},
	[RT_STEP_AMBIENT] = {"raise the ambient capability", CAPS},
	[RT_STEP_NNP] = {"set no_new_privs", NONE},
	[RT_STEP_LABEL] = {"set the security label", NONE},
	[RT_STEP_DEATH_SIGNAL] = {"set the death signal", NONE},
	[RT_STEP_FDS] = {"place file descriptors", NONE},
	[RT_STEP_ACCEPT] = {"wait for the start", NONE},
	[RT_STEP_SECCOMP] = {"install the seccomp filter", NONE},
};

/* clang-format on */

/* The row that the index counts; names of mounts carry their source. */
static void row_name(enum list list, size_t i, const struct rt_plan *p, char *buf, size_t n)
{
	buf[0] = '\0';
	if (!p)
		return;
	if (list == OPS && i < p->nops && p->ops[i].source)
		snprintf(buf, n, " %s (from %s)", p->ops[i].target, p->ops[i].source);
	else if (list == OPS && i < p->nops)
		snprintf(buf, n, " %s (%s)", p->ops[i].target,
			p->ops[i].fstype ? p->ops[i].fstype : "bind");
	else if (list == DEVS && i < p->ndevs)
		snprintf(buf, n, " %s", p->devs[i].path);
	else if (list == MASKED && i < p->nmasked)
		snprintf(buf, n, " %s", p->masked[i]);
	else if (list == READONLY && i < p->nreadonly)
		snprintf(buf, n, " %s", p->readonly[i]);
	else if (list == SYSCTLS && i < p->nsysctls)
		snprintf(buf, n, " %s=%s", p->sysctls[i].key + strlen("sys/"), p->sysctls[i].value);
	else if (list == HOOKS && i < p->ncreate_hooks + p->nstart_hooks)
		snprintf(buf, n, " %s", p->child_hooks[i].path);
	else if (list == LIMITS && i < p->nlimits)
		snprintf(buf, n, " %s", p->limits[i].name);
	else if (list == CAPS)
		snprintf(buf, n, " CAP_%s", rt_caps_name((int)i) ? rt_caps_name((int)i) : "?");
	else if (list == CWD)
		snprintf(buf, n, " %s", p->cwd);
}

static int exec_words(
	const struct rt_sync *m, const struct rt_plan *p, const char *cmd, struct err *err)
{
	bool search = p ? p->search : !strchr(cmd, '/');

	if (m->a == RT_STEP_EXEC_DIR)
		return err_set(err, EK_NOT_EXECUTABLE, "exec: \"%s\": is a directory: permission denied", cmd);
	if (m->a == RT_STEP_EXEC_INTERP)
		return err_set(err, EK_NO_COMMAND,
			"exec: \"%s\": no such file or directory (the file is there, its "
			"interpreter is not)",
			cmd);
	if (m->sys == ENOENT && search)
		return err_set(err, EK_NO_COMMAND,
			"exec: \"%s\": executable file not found in $PATH", cmd);
	if (m->sys == ENOENT)
		return err_set(err, EK_NO_COMMAND, "exec: \"%s\": no such file or directory", cmd);
	if (m->sys == ENOEXEC)
		return err_set(err, EK_NOT_EXECUTABLE,
			"exec: \"%s\": exec format error (no #! line, or another architecture)",
			cmd);
	err_neg(err, -m->sys, "exec: \"%s\"", cmd);
	err->kind = EK_NOT_EXECUTABLE;
	return -1;
}

static int hook_words(const struct rt_sync *m, const char *name, struct err *err)
{
	if (m->sys == ETIME)
		return err_set(err, EK_SYSTEM, "hook%s: took longer than its timeout", name);
	if (m->sys == EPROTO)
		return err_set(err, EK_SYSTEM, "hook%s: failed or could not be started", name);
	return err_neg(err, -m->sys, "hook%s", name);
}

static void advise(const struct rt_sync *m, const struct rt_plan *p, struct err *err)
{
	if (m->a == RT_STEP_RLIMIT && m->sys == EPERM)
		err_advise(err, "it is above the caller's hard limit (ulimit -H)");
	else if (m->a == RT_STEP_GROUPS && m->sys == EPERM)
		err_advise(err, "only one id is mapped here, run: podlite doctor");
	else if ((m->a == RT_STEP_UID || m->a == RT_STEP_GID) && m->sys == EINVAL && p)
		err_advise(err,
			"%u is not mapped into the user namespace; more subordinate ids are needed",
			m->a == RT_STEP_UID ? p->uid : p->gid);
	else if (m->a == RT_STEP_PIVOT && m->sys == EINVAL)
		err_advise(err, "is the host's root an initramfs? then use --no-pivot");
	else if (m->a == RT_STEP_FSMOUNT && m->sys == EPERM)
		err_advise(err, "the surrounding container hides parts of its own /proc or /sys");
}

int rt_sync_words(
	const struct rt_sync *m, const struct rt_plan *p, const char *cmd, struct err *err)
{
	char name[300];

	if (m->a == RT_STEP_EXEC || m->a == RT_STEP_EXEC_DIR || m->a == RT_STEP_EXEC_INTERP)
		return exec_words(m, p, cmd, err);
	if (m->a < 0 || m->a >= RT_STEPS || !steps[m->a].words)
		return err_set(
			err, EK_SYSTEM, "the container failed in an unknown step (%d)", m->a);
	row_name(steps[m->a].list, (size_t)m->index, p, name, sizeof(name));
	if (m->a == RT_STEP_HOOK)
		return hook_words(m, name, err);
	if (!m->sys)
		return err_set(err, EK_DENIED, "%s%s", steps[m->a].words, name);
	if (m->a == RT_STEP_TARGET_LINK || m->a == RT_STEP_TARGET_PROC)
		return err_set(err, EK_DENIED, "%s%s", steps[m->a].words, name);
	err_neg(err, -m->sys, "%s%s", steps[m->a].words, name);
	advise(m, p, err);
	return -1;
}

int rt_sync_expect(int sock, enum rt_sync_type type, const struct rt_plan *p, struct rt_sync *ret,
	int *ret_fd, struct err *err)
{
	struct rt_sync m;
	int fd = -1;
	size_t nfds = 0;
	ssize_t n = msg_recv(sock, &m, sizeof(m), &fd, 1, &nfds);

	if (n < 0)
		return err_neg(err, (int)n, "read from the container's first process");
	if (!n && type == RT_SYNC_START)
		return 1;
	if (!n)
		return err_set(
			err, EK_SYSTEM, "the container's first process died while it was set up");
	if (n != (ssize_t)sizeof(m) || (m.type != (int)type && m.type != RT_SYNC_FAIL &&
				!(type == RT_SYNC_START && m.type == RT_SYNC_LISTENER && nfds))) {
		fd_close(nfds ? fd : -1);
		return err_set(
			err, EK_SYSTEM, "the container's first process sent a wrong message");
	}
	if (m.type == RT_SYNC_FAIL) {
		fd_close(nfds ? fd : -1);
		return rt_sync_words(&m, p, p->argv ? p->argv[0] : "", err);
	}
	if (ret_fd)
		*ret_fd = nfds ? fd : -1;
	else
		fd_close(nfds ? fd : -1);
	if (ret)
		*ret = m;
	return 0;
}

static int start_words(const struct rt_sync *m, const struct spec_runtime *s, struct err *err)
{
	size_t i = (size_t)m->index - s->hooks.create_container.n;

	if (m->a == RT_STEP_HOOK && i < s->hooks.start_container.n) {
		auto_free char *name = xasprintf(" %s", s->hooks.start_container.v[i].path);

		return hook_words(m, name, err);
	}
	return rt_sync_words(m, NULL, s->process.args.v[0], err);
}

int rt_sync_expect_start(int sock, const struct spec_runtime *s, int *ret_fd, struct err *err)
{
	struct rt_sync m;
	auto_fd int fd = -1;
	size_t nfds = 0;
	ssize_t n = msg_recv(sock, &m, sizeof(m), &fd, 1, &nfds);

	if (n < 0)
		return err_neg(err, (int)n, "read from the container's first process");
	if (!n)
		return 1;
	if (n == (ssize_t)sizeof(m) && m.type == RT_SYNC_LISTENER && nfds) {
		*ret_fd = take_fd(fd);
		return 0;
	}
	if (n != (ssize_t)sizeof(m) || m.type != RT_SYNC_FAIL)
		return err_set(
			err, EK_SYSTEM, "the container's first process sent a wrong message");
	return start_words(&m, s, err);
}
