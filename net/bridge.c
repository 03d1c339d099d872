#include "net/bridge.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/lock.h"
#include "common/msg.h"
#include "common/proc.h"
#include "net/hosts.h"

#define WAIT_S      10
#define ASK_LATER   2
#define LATER_NS    50000000L
#define LATER_TRIES 200

void bridge_init(struct bridge *b)
{
	memset(b, 0, sizeof(*b));
	b->setup.version = BRIDGE_VERSION;
	b->wanted.type = BRIDGE_JOIN;
	b->sock = b->netns = b->members = -1;
}

void bridge_add_name(struct bridge_join *j, const char *name)
{
	char *p = j->names;
	size_t n = strlen(name) + 1;

	while (*p) {
		if (!strcasecmp(p, name))
			return;
		p += strlen(p) + 1;
	}
	/* an empty one ends the list */
	if (hosts_name_ok(name) && n < BRIDGE_NAME_MAX && (size_t)(p - j->names) + n < sizeof(j->names))
		memcpy(p, name, n);
}

void bridge_text4(const uint8_t ip[4], char ret[16])
{
	static const uint8_t none[4];

	ret[0] = '\0';
	if (memcmp(ip, none, 4))
		inet_ntop(AF_INET, ip, ret, 16);
}

void bridge_text6(const uint8_t ip[16], char ret[46])
{
	static const uint8_t none[16];

	ret[0] = '\0';
	if (memcmp(ip, none, 16))
		inet_ntop(AF_INET6, ip, ret, 46);
}

/* ---- messages ---- */

/* Send one message, wait for its answer of this type and size; what the helper asks meanwhile is
 * forgotten: it asks with a time limit. 1, 0 (the helper has ended), ASK_LATER, or -1. */
static int ask(struct bridge *b, const void *msg, size_t n, const int *fds, size_t nfds, void *answer, size_t size,
	int *ret_fds, size_t nret, struct err *err)
{
	union {
		uint8_t type;
		struct bridge_error error;
		struct bridge_lookup lookup;
		struct bridge_joined joined;
	} buf;
	size_t got = 0;
	int r = msg_send(b->sock, msg, n, fds, nfds);
	ssize_t k;

	if (r < 0 && !msg_gone(r))
		return err_neg(err, r, "network %s: ask podlite-bridge", b->setup.name);
	do
		k = r < 0 ? 0 : msg_recv(b->sock, &buf, sizeof(buf), ret_fds, nret, &got);
	while (k == (ssize_t)sizeof(buf.lookup) && buf.type == BRIDGE_LOOKUP);
	if (k == (ssize_t)sizeof(struct bridge_ok) && buf.type == BRIDGE_LATER)
		return ASK_LATER;
	if (k == (ssize_t)sizeof(buf.error) && buf.type == BRIDGE_ERR)
		return err_take(err, &buf.error.e);
	if (k == -EAGAIN)
		return err_set(err, EK_NETWORK, "network %s: podlite-bridge does not answer", b->setup.name);
	if (k <= 0)
		return 0;
	if ((size_t)k != size || buf.type != *(uint8_t *)answer || got != nret) {
		while (got)
			fd_close(ret_fds[--got]);
		return err_set(err, EK_INVALID, "network %s: podlite-bridge answers something else", b->setup.name);
	}
	memcpy(answer, &buf, size);
	return 1;
}

static void set_limit(int sock)
{
	struct timeval limit = {.tv_sec = WAIT_S};

	setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
}

/* ---- connect ---- */

int bridge_dir(int store)
{
	return fs_open_dir_p(store, BRIDGE_DIR);
}

/* Both are the same namespace. */
static bool same(int a, int b)
{
	struct stat x, y;

	return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_ino == y.st_ino && x.st_dev == y.st_dev;
}

/* From the socket to the pinned namespace. 1, 0 (it is just ending), -1. */
static int hello(struct bridge *b, int dir, int *ret_userns, struct err *err)
{
	struct bridge_hello h = {.type = BRIDGE_HELLO, .version = BRIDGE_VERSION};
	int fds[2] = {-1, -1}, r = ask(b, &h, sizeof(h), NULL, 0, &h, sizeof(h), fds, 2, err);
	auto_fd int netns = fds[0], userns = fds[1];

	if (r <= 0)
		return r;
	if (h.version != BRIDGE_VERSION)
		return err_set(err, EK_UNSUPPORTED, "network %s is served by another version of podlite; stop its containers first",
			b->setup.name);
	if (b->netns >= 0 && !same(b->netns, netns))
		return err_set(err, EK_INVALID, "network %s was made anew without us", b->setup.name);
	if (b->members < 0) {
		b->members = lock_open(dir, "members", LOCK_SHARED_, false);
		if (b->members < 0)
			return 0; /* who looks whether we are there is just starting the next one */
	}
	memcpy(b->resolver, h.resolver, sizeof(b->resolver));
	if (b->netns < 0)
		b->netns = take_fd(netns);
	if (ret_userns)
		*ret_userns = take_fd(userns);
	return 1;
}

/* Forget what was begun. */
static int not_connected(struct bridge *b, int r)
{
	if (r == 1)
		return 1;
	fd_closep(&b->sock);
	if (b->joined)
		return r;
	fd_closep(&b->members);
	fd_closep(&b->netns);
	return r;
}

int bridge_connect(struct bridge *b, int dir, int *ret_userns, struct err *err)
{
	auto_fd int own = fd_open_dir(dir, b->setup.name);

	b->sock = own < 0 ? -1 : fd_unix_connect(own, "ctl.sock", SOCK_SEQPACKET);
	if (b->sock < 0) {
		b->sock = -1;
		return 0;
	}
	set_limit(b->sock);
	return not_connected(b, hello(b, own, ret_userns, err));
}

int bridge_any_userns(int dir)
{
	auto_dir DIR *d = fs_dir(fd_open_dir(dir, "."));
	const char *name;
	int userns = -1;

	while (userns < 0 && (name = fs_dir_next(d))) {
		struct bridge b;

		bridge_init(&b);
		snprintf(b.setup.name, sizeof(b.setup.name), "%s", name);
		(void)!bridge_connect(&b, dir, &userns, NULL);
		bridge_done(&b);
	}
	return userns;
}

/* ---- start ---- */

static bool is_held(int dir, const char *name)
{
	auto_fd int fd = fd_open(dir, name, O_RDWR | O_NOFOLLOW, 0);

	return fd >= 0 && lock_is_held(fd) != 0;
}

bool bridge_is_free(const struct bridge *b, int dir)
{
	auto_fd int own = fd_open_dir(dir, b->setup.name);

	return own < 0 || (!is_held(own, "lock") && !is_held(own, "members"));
}

static int spawn(struct bridge *b, int dir, int own, int lock, int client, const char *program, struct err *err)
{
	char name[] = "podlite-bridge", *const argv[] = {name, NULL}, *const env[] = {NULL};
	auto_fd int listener = fd_unix_listen(own, "ctl.sock", SOCK_SEQPACKET);
	struct proc_fd fds[] = {{client, BRIDGE_FD_CLIENT}, {listener, BRIDGE_FD_LISTEN}, {lock, BRIDGE_FD_LOCK},
		{dir, BRIDGE_FD_DIR}, {b->netns, BRIDGE_FD_NETNS}};
	struct proc_spec spec = {.path = program, .argv = argv, .envp = env, .fds = fds,
		.nfds = b->netns < 0 ? 4 : 5, .new_session = true};
	pid_t pid;

	if (listener < 0)
		return err_neg(err, listener, "network %s: listen", b->setup.name);
	pid = proc_spawn(&spec, err);
	if (pid < 0)
		return -1;
	b->setup.has_netns = b->netns >= 0;
	/* its child is the helper; if it could not read this it is told by the answer that does not come */
	if (msg_send(b->sock, &b->setup, sizeof(b->setup), NULL, 0) < 0)
		fd_closep(&b->sock);
	proc_wait(pid);
	return 0;
}

int bridge_start(struct bridge *b, int dir, const char *program, struct err *err)
{
	auto_fd int own = fs_open_dir_p(dir, b->setup.name), lock = -1, client = -1;
	int pair[2], r;

	if (own < 0)
		return err_neg(err, own, "network %s: its directory while in use", b->setup.name);
	lock = lock_open(own, "lock", LOCK_EXCLUSIVE_, false);
	/* -ENOENT: the directory was removed meanwhile */
	if (lock < 0)
		return lock == -EAGAIN || lock == -ENOENT ? 0 : err_neg(err, lock, "network %s: lock", b->setup.name);
	if (b->netns < 0 && is_held(own, "members"))
		return 0;
	r = fd_socketpair(SOCK_SEQPACKET, pair);
	if (r < 0)
		return err_neg(err, r, "network %s: socket", b->setup.name);
	b->sock = pair[0];
	client = pair[1];
	set_limit(b->sock);
	if (spawn(b, dir, own, lock, client, program, err) < 0)
		return not_connected(b, -1);
	fd_closep(&client);
	r = b->sock < 0 ? 0 : hello(b, own, NULL, err);
	if (!r)
		r = err_set(err, EK_NETWORK, "network %s: podlite-bridge has ended at once", b->setup.name);
	return not_connected(b, r);
}

/* ---- membership ---- */

static int must(struct bridge *b, int r, struct err *err)
{
	return r == 0 ? err_set(err, EK_NETWORK, "network %s: podlite-bridge has ended", b->setup.name) : r < 0 ? -1 : 0;
}

int bridge_join(struct bridge *b, struct err *err)
{
	struct bridge_joined at = {.type = BRIDGE_JOINED};
	struct bridge_join j = b->wanted;
	int r, tries = 0;

	if (b->joined) { /* with another helper: we have what we have */
		memcpy(j.ip4, b->at.ip4, sizeof(j.ip4));
		memcpy(j.ip6, b->at.ip6, sizeof(j.ip6));
		memcpy(j.mac, b->at.mac, sizeof(j.mac));
		j.again = true;
		j.attached = b->attached;
	}
	do {
		r = ask(b, &j, sizeof(j), NULL, 0, &at, sizeof(at), NULL, 0, err);
		if (r == ASK_LATER)
			nanosleep(&(struct timespec){.tv_nsec = LATER_NS}, NULL);
	} while (r == ASK_LATER && ++tries < LATER_TRIES);
	if (r == ASK_LATER)
		return err_set(err, EK_NETWORK, "network %s: podlite-bridge is not ready", b->setup.name);
	if (must(b, r, err) < 0)
		return -1;
	b->at = at;
	b->joined = true;
	return 0;
}

int bridge_attach(struct bridge *b, int netns, const char *ifname, struct err *err)
{
	struct bridge_attach a = {.type = BRIDGE_ATTACH};
	struct bridge_ok ok = {.type = BRIDGE_OK};

	snprintf(a.ifname, sizeof(a.ifname), "%s", ifname);
	if (must(b, ask(b, &a, sizeof(a), &netns, 1, &ok, sizeof(ok), NULL, 0, err), err) < 0)
		return -1;
	memcpy(b->ifname, a.ifname, sizeof(b->ifname));
	b->attached = true;
	return 0;
}

void bridge_rename(struct bridge *b)
{
	struct bridge_rename r = {.type = BRIDGE_RENAME};

	memcpy(r.names, b->wanted.names, sizeof(r.names));
	if (b->joined && b->sock >= 0)
		(void)!msg_send(b->sock, &r, sizeof(r), NULL, 0);
}

void bridge_others(struct bridge *b, bool any)
{
	struct bridge_others o = {.type = BRIDGE_OTHERS, .any = any};

	if (b->sock >= 0)
		(void)!msg_send(b->sock, &o, sizeof(o), NULL, 0);
}

void bridge_leave(struct bridge *b)
{
	uint8_t leave = BRIDGE_LEAVE;

	if (b->joined && b->sock >= 0)
		(void)!msg_send(b->sock, &leave, 1, NULL, 0);
	b->joined = b->attached = false;
	b->ifname[0] = '\0';
}

void bridge_lost(struct bridge *b)
{
	fd_closep(&b->sock);
}

void bridge_done(struct bridge *b)
{
	/* the lock first: when the helper finds nobody left it removes the file */
	fd_closep(&b->members);
	fd_closep(&b->sock);
	fd_closep(&b->netns);
	b->joined = b->attached = false;
}
