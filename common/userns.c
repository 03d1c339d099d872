#include "common/userns.h"

#include <fcntl.h>
#include <linux/nsfs.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/msg.h"
#include "common/proc.h"
#include "common/subid.h"

/* The first lines of a uid_map or gid_map. */
static int read_map(const char *path, struct userns_range v[USERNS_RANGES], size_t *n)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	auto_fd int fd = fd_open(AT_FDCWD, path, O_RDONLY, 0);
	int r = fd < 0 ? fd : fd_read_all(fd, 65536, &text);

	*n = 0;
	for (const char *p = text.buf; !r && *p && *n < USERNS_RANGES; p = strchrnul(p, '\n'), p += *p == '\n')
		*n += sscanf(p, "%u %u %u", &v[*n].inside, &v[*n].outside, &v[*n].count) == 3;
	return r;
}

/* Every id the caller's own namespace has, mapped to itself. */
static int plan_identity(const char *path, struct userns_range *v, size_t *n, struct err *err)
{
	int r = read_map(path, v, n);

	for (size_t i = 0; i < *n; i++)
		v[i].outside = v[i].inside;
	return r < 0 ? err_neg(err, r, "read %s", path) : 0;
}

uid_t userns_outer_uid(void)
{
	struct userns_range v[USERNS_RANGES];
	uid_t uid = geteuid();
	size_t n;

	if (read_map("/proc/self/uid_map", v, &n) == 0)
		for (size_t i = 0; i < n; i++)
			if (uid >= v[i].inside && uid - v[i].inside < v[i].count)
				return v[i].outside + (uid - v[i].inside);
	return uid;
}

bool userns_is_initial(void)
{
	struct userns_range v[USERNS_RANGES];
	size_t n;
	int r = read_map("/proc/self/uid_map", v, &n);

	return r == -ENOENT || (!r && n == 1 && !v[0].inside && !v[0].outside && v[0].count == UINT32_MAX);
}

bool userns_is_single(void)
{
	struct userns_range v[USERNS_RANGES];
	size_t n;

	return read_map("/proc/self/uid_map", v, &n) == 0 && n == 1 && v[0].count == 1;
}

static size_t plan_ranges(uint32_t own, const struct subid_list *sub, struct userns_range *v)
{
	uint32_t next = 1;
	size_t n = 0;

	v[n++] = (struct userns_range){0, own, 1};
	for (size_t i = 0; i < sub->n && n < USERNS_RANGES; i++) {
		/* a range that holds the caller's own id would map it twice: the kernel refuses */
		if (own >= sub->v[i].start && own - sub->v[i].start < sub->v[i].count)
			continue;
		v[n++] = (struct userns_range){next, sub->v[i].start, sub->v[i].count};
		next += sub->v[i].count;
	}
	return n;
}

static void plan_single(struct userns_map *m, const char *why)
{
	m->uid[0] = (struct userns_range){0, geteuid(), 1};
	m->gid[0] = (struct userns_range){0, getegid(), 1};
	m->nuid = m->ngid = 1;
	m->single = m->direct = true;
	snprintf(m->why, sizeof(m->why), "%s", why);
}

int userns_plan(struct userns_map *m, struct err *err)
{
	struct subid_list uids = {NULL, 0}, gids = {NULL, 0};
	auto_free char *newuidmap = NULL, *newgidmap = NULL;
	int r = 0;

	memset(m, 0, sizeof(*m));
	if (geteuid() == 0) {
		m->direct = true;
		if (plan_identity("/proc/self/uid_map", m->uid, &m->nuid, err) < 0)
			return -1;
		return plan_identity("/proc/self/gid_map", m->gid, &m->ngid, err);
	}
	if (subid_read("/etc/subuid", geteuid(), &uids, err) < 0 ||
		subid_read("/etc/subgid", geteuid(), &gids, err) < 0)
		r = -1;
	newuidmap = proc_find_program("newuidmap");
	newgidmap = proc_find_program("newgidmap");
	if (!uids.n || !gids.n) {
		plan_single(m, "no subordinate ids in /etc/subuid and /etc/subgid");
	} else if (!newuidmap || !newgidmap) {
		plan_single(m, "newuidmap and newgidmap are not installed (package uidmap)");
	} else {
		m->nuid = plan_ranges(geteuid(), &uids, m->uid);
		m->ngid = plan_ranges(getegid(), &gids, m->gid);
	}
	subid_done(&uids);
	subid_done(&gids);
	return r;
}

static void map_text(const struct userns_range *v, size_t n, char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < n && used < size; i++)
		used += (size_t)snprintf(buf + used, size - used, "%u %u %u\n", v[i].inside, v[i].outside,
			v[i].count);
}

static int write_proc(pid_t pid, const char *file, const char *text)
{
	char path[64];
	auto_fd int fd = -1;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	fd = fd_open(AT_FDCWD, path, O_WRONLY, 0);
	if (fd < 0)
		return fd;
	return fd_write_all(fd, text, strlen(text));
}

/* Child that stays outside: waits until the parent has unshared, then writes both maps itself. */
static __noreturn void map_directly(const struct userns_map *m, pid_t target, int go, int status)
{
	char uids[1024], gids[1024];
	char c;
	int r;

	if (fd_read_full(go, &c, 1) < 0)
		_exit(1);
	map_text(m->uid, m->nuid, uids, sizeof(uids));
	map_text(m->gid, m->ngid, gids, sizeof(gids));
	r = m->single ? write_proc(target, "setgroups", "deny") : 0;
	if (!r)
		r = write_proc(target, "gid_map", gids);
	if (!r)
		r = write_proc(target, "uid_map", uids);
	ssize_t w __unused = write(status, &r, sizeof(r));
	_exit(r ? 1 : 0);
}

/* Child that stays outside and becomes newuidmap or newgidmap once the parent has unshared. */
static __noreturn void map_by_helper(char *const *argv, int go, int err_out)
{
	char c;

	if (fd_read_full(go, &c, 1) < 0)
		_exit(1);
	dup2(err_out, 2);
	execv(argv[0], argv);
	dprintf(2, "%s: %s", argv[0], strerror(errno));
	_exit(127);
}

static void helper_argv(const char *path, pid_t target, const struct userns_range *v, size_t n,
	struct svec *ret)
{
	svec_add(ret, path);
	svec_addf(ret, "%d", (int)target);
	for (size_t i = 0; i < n; i++) {
		svec_addf(ret, "%u", v[i].inside);
		svec_addf(ret, "%u", v[i].outside);
		svec_addf(ret, "%u", v[i].count);
	}
}

struct helper {
	pid_t pid;
	int go;  /* a byte written here lets it begin, end of file lets it leave */
	int out; /* its stderr, or the int status of the direct one */
};

static int start_helper(struct helper *h, const char *name, const struct userns_map *m, struct err *err)
{
	pid_t target = getpid();
	auto_svec struct svec argv = SVEC_INIT;
	int p[2], go[2], r;

	if (name) {
		auto_free char *path = proc_find_program(name);
		bool uid = !strcmp(name, "newuidmap");

		helper_argv(path ? path : name, target, uid ? m->uid : m->gid, uid ? m->nuid : m->ngid, &argv);
	}
	r = fd_pipe(p);
	if (r < 0)
		return err_neg(err, r, "user namespace: pipe");
	h->out = p[0];
	r = fd_pipe(go);
	if (r < 0) {
		fd_close(p[1]);
		return err_neg(err, r, "user namespace: pipe");
	}
	h->go = go[1];
	h->pid = fork();
	if (h->pid == 0) {
		fd_close(go[1]);
		if (!name)
			map_directly(m, target, go[0], p[1]);
		map_by_helper(argv.v, go[0], p[1]);
	}
	fd_close(go[0]);
	fd_close(p[1]);
	return h->pid < 0 ? err_sys(err, "user namespace: fork") : 0;
}

static int finish_helper(struct helper *h, const char *name, struct err *err)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	int status, r;

	if (h->pid <= 0) {
		fd_close(h->out);
		return -1;
	}
	r = fd_read_all(h->out, 4096, &text);
	fd_close(h->out);
	status = proc_wait(h->pid);
	if (!status)
		return 0;
	if (!name) {
		int e = 0;

		if (text.len == sizeof(e))
			memcpy(&e, text.buf, sizeof(e));
		return err_neg(err, e ? e : -EPERM, "user namespace: write the id mapping");
	}
	(void)r;
	while (text.len && text.buf[text.len - 1] == '\n')
		sbuf_setlen(&text, text.len - 1);
	err_set(err, EK_DENIED, "user namespace: %s failed with status %d: %s", name, status, text.buf);
	return err_advise(err, "run: podlite doctor");
}

/* The supplementary groups stay: files that the caller reaches by a group stay reachable for our
 * own programs, and --group-add keep-groups has something to keep. Whatever runs a container's
 * process sets that process's groups itself. */
static int become_root(struct err *err)
{
	if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
		return err_sys(err, "user namespace: become root inside");
	return 0;
}

static int private_mounts(struct err *err)
{
	if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
		return err_sys(err, "mount namespace: make / a slave");
	return 0;
}

static int unshare_failed(struct err *err)
{
	int sys = errno;

	err_sys(err, "user namespace: unshare");
	if (sys == ENOSPC || sys == EPERM || sys == EACCES)
		err_advise(err, "user namespaces are forbidden or exhausted here, run: podlite doctor");
	return -1;
}

static int let_go(struct helper *h, struct err *err)
{
	int r = fd_write_all(h->go, "g", 1);

	fd_closep(&h->go);
	return r < 0 ? err_set(err, EK_SYSTEM, "user namespace: helpers are gone") : 0;
}

/* side by side, or one after the other */
static int run_helpers(struct helper *h, const char *const *names, size_t n, bool in_turn, struct err *err)
{
	int r = 0;

	for (size_t i = 0; i < n && !in_turn && !r; i++)
		r = let_go(&h[i], err);
	for (size_t i = 0; i < n && !r; i++) {
		if (in_turn)
			r = let_go(&h[i], err);
		if (!r && finish_helper(&h[i], names[i], err) < 0)
			r = -1;
		h[i].pid = h[i].out = -1;
	}
	return r;
}

/* A new user namespace with its mapping, and whatever else of unshare(2) the flags name. in_turn:
 * somebody else needs the other processor. */
static int unshare_mapped(const struct userns_map *m, int flags, bool in_turn, struct err *err)
{
	struct helper h[2] = {{-1, -1, -1}, {-1, -1, -1}};
	const char *names[2] = {m->direct ? NULL : "newuidmap", "newgidmap"};
	size_t n = m->direct ? 1 : 2;
	int r = 0;

	for (size_t i = 0; i < n && !r; i++)
		r = start_helper(&h[i], names[i], m, err);
	if (!r && unshare(CLONE_NEWUSER | flags) < 0)
		r = unshare_failed(err);
	if (!r)
		r = run_helpers(h, names, n, in_turn, err);
	/* after a failure those left see end of file; one has the other's descriptor, so close all first */
	for (size_t i = 0; i < n; i++)
		fd_closep(&h[i].go);
	for (size_t i = 0; i < n; i++)
		(void)!finish_helper(&h[i], names[i], NULL);
	return r;
}

int userns_create(const struct userns_map *m, struct err *err)
{
	if (unshare_mapped(m, CLONE_NEWNS, false, err) < 0 || become_root(err) < 0)
		return -1;
	return private_mounts(err);
}

int userns_join(int nsfd, struct err *err)
{
	uid_t owner = (uid_t)-1;

	if (ioctl(nsfd, NS_GET_OWNER_UID, &owner) < 0)
		return err_sys(err, "user namespace: ask for its owner");
	if (owner != geteuid())
		return err_set(err, EK_DENIED, "user namespace: it is owned by user %u", (unsigned)owner);
	if (setns(nsfd, CLONE_NEWUSER) < 0)
		return err_sys(err, "user namespace: join");
	if (unshare(CLONE_NEWNS) < 0)
		return err_sys(err, "mount namespace: unshare");
	if (become_root(err) < 0)
		return -1;
	return private_mounts(err);
}

/* ---- ahead, and for others ---- */

#define OTHERS_SOCKET    "userns.sock"
#define OTHERS_TIMEOUT_S 5

static void give_waiting(int others, int ns)
{
	int fd;

	while ((fd = fd_accept(others)) >= 0) {
		(void)!msg_send(fd, "u", 1, &ns, 1);
		fd_close(fd);
	}
}

/* Until the maker's container can be found by others, which is when it closes its end. */
static void give_others(int rundir, int others, int sock, int ns)
{
	struct pollfd p[2] = {{others, POLLIN, 0}, {sock, 0, 0}};

	while (!p[1].revents) {
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			break;
		give_waiting(others, ns);
	}
	unlinkat(rundir, OTHERS_SOCKET, 0);
	give_waiting(others, ns);
}

static __noreturn void make_ahead(int rundir, int others, int sock)
{
	struct userns_map map;
	struct err ignored = ERR_INIT;
	int ns = -1;

	/* no mount namespace: taking one down would take longer than all the rest */
	if (userns_plan(&map, &ignored) == 0 && unshare_mapped(&map, 0, true, &ignored) == 0)
		ns = fd_open(AT_FDCWD, "/proc/self/ns/user", O_RDONLY, 0);
	if (ns < 0 || msg_send(sock, "u", 1, &ns, 1) < 0)
		unlinkat(rundir, OTHERS_SOCKET, 0);
	else if (others >= 0)
		give_others(rundir, others, sock, ns);
	_exit(ns < 0);
}

int userns_ahead(int rundir, pid_t *ret_pid)
{
	auto_fd int others = fd_unix_listen(rundir, OTHERS_SOCKET, SOCK_SEQPACKET | SOCK_NONBLOCK);
	int pair[2];
	pid_t pid;

	if (fd_socketpair(SOCK_SEQPACKET, pair) < 0)
		return -1;
	pid = fork();
	if (!pid) {
		fd_close(pair[0]);
		make_ahead(rundir, others, pair[1]);
	}
	fd_close(pair[1]);
	if (pid < 0) {
		fd_close(pair[0]);
		return -1;
	}
	*ret_pid = pid;
	return pair[0];
}

/* One that was killed leaves a socket that refuses; one that is stuck is not waited for for ever. */
int userns_ahead_other(int rundir)
{
	const struct timeval limit = {OTHERS_TIMEOUT_S, 0};
	auto_fd int fd = fd_unix_connect(rundir, OTHERS_SOCKET, SOCK_SEQPACKET | SOCK_NONBLOCK);

	if (fd < 0 || fd_set_nonblock(fd, false) < 0 ||
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) < 0)
		return -1;
	return take_fd(fd);
}

int userns_receive(int sock)
{
	char c;
	size_t n = 0;
	int fd = -1;
	ssize_t r = msg_recv(sock, &c, 1, &fd, 1, &n);

	if (r < 0)
		return (int)r;
	return n ? fd : -ENODATA;
}

void userns_protect(void)
{
	prctl(PR_SET_DUMPABLE, 0);
}
