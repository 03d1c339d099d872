#include "net/slirp.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/proc.h"
#include "common/units.h"

#define DEFAULT_MTU  "16384" /* libslirp 4.8 collapses above in upload: network.md */
#define READY_MS     10000

/* ---- options ---- */

struct slirp_options {
	const char *mtu, *cidr, *outbound, *outbound6;
	bool host_loopback, ipv6, no_dns;
};

static int parse_bool(const char *key, const char *value, bool *ret, struct err *err)
{
	if (strcmp(value, "true") && strcmp(value, "false"))
		return err_set(err, EK_USAGE, "network slirp4netns: %s must be true or false, not \"%s\"", key, value);
	*ret = value[0] == 't';
	return 0;
}

static int check_mtu(const char *value, struct err *err)
{
	uint64_t mtu;

	if (!units_parse_u64(value, &mtu) || mtu < 576 || mtu > 65520)
		return err_set(err, EK_USAGE, "network slirp4netns: mtu must be from 576 to 65520, not \"%s\"", value);
	return 0;
}

/* Addresses and interface names only: the value becomes part of a helper's argument. */
static int check_outbound(const char *key, const char *value, struct err *err)
{
	if (!*value || strlen(value) > 45 || strspn(value, "0123456789abcdefghijklmnopqrstuvwxyz"
							   "ABCDEFGHIJKLMNOPQRSTUVWXYZ.:_-@") != strlen(value))
		return err_set(err, EK_USAGE, "network slirp4netns: %s=%s is neither an address nor an interface", key, value);
	return 0;
}

static int one_option(const char *text, struct slirp_options *o, struct err *err)
{
	const char *eq = strchr(text, '=');
	const char *value = eq ? eq + 1 : "";
	auto_free char *key = xstrndup(text, eq ? (size_t)(eq - text) : strlen(text));

	if (!strcmp(key, "allow_host_loopback"))
		return parse_bool(key, value, &o->host_loopback, err);
	if (!strcmp(key, "enable_ipv6"))
		return parse_bool(key, value, &o->ipv6, err);
	if (!strcmp(key, "disable_dns"))
		return parse_bool(key, value, &o->no_dns, err);
	if (!strcmp(key, "mtu")) {
		o->mtu = value;
		return check_mtu(value, err);
	}
	if (!strcmp(key, "cidr")) {
		o->cidr = value;
		return 0; /* checked where it is taken apart */
	}
	if (!strcmp(key, "outbound_addr") || !strcmp(key, "outbound_addr6")) {
		*(key[13] ? &o->outbound6 : &o->outbound) = value;
		return check_outbound(key, value, err);
	}
	if (!strcmp(key, "port_handler")) {
		if (!strcmp(value, "slirp4netns") || !strcmp(value, "rootlesskit"))
			return 0; /* podlite-net forwards either way, and keeps the client's address */
		return err_set(err, EK_USAGE, "network slirp4netns: unknown port_handler \"%s\"", value);
	}
	return err_set(err, EK_USAGE, "network slirp4netns: unknown option \"%s\"", key);
}

static int parse_options(const struct svec *list, struct slirp_options *o, struct err *err)
{
	for (size_t i = 0; list && i < list->n; i++)
		if (one_option(list->v[i], o, err) < 0)
			return -1;
	return 0;
}

/* As slirp4netns numbers the network: gateway 2, DNS 3, guest 100. */
static int addresses(const char *cidr, struct slirp_addresses *ret, struct err *err)
{
	const char *slash = strchr(cidr, '/');
	auto_free char *base = xstrndup(cidr, slash ? (size_t)(slash - cidr) : 0);
	struct in_addr a, b;
	uint64_t bits = 0;

	if (!slash || !units_parse_u64(slash + 1, &bits) || bits < 1 || bits > 25 || inet_pton(AF_INET, base, &a) != 1 ||
		(ntohl(a.s_addr) & (UINT32_MAX >> bits)))
		return err_set(err, EK_USAGE,
			"network slirp4netns: cidr must be a network with a prefix of at most 25 bits, not \"%s\"", cidr);
	b.s_addr = htonl(ntohl(a.s_addr) + 100);
	inet_ntop(AF_INET, &b, ret->ip, sizeof(ret->ip));
	b.s_addr = htonl(ntohl(a.s_addr) + 2);
	inet_ntop(AF_INET, &b, ret->gateway, sizeof(ret->gateway));
	b.s_addr = htonl(ntohl(a.s_addr) + 3);
	inet_ntop(AF_INET, &b, ret->dns, sizeof(ret->dns));
	ret->prefix = (int)bits;
	return 0;
}

int slirp_network(const struct svec *options, struct slirp_addresses *ret, struct err *err)
{
	struct slirp_options o = {.ipv6 = true};

	if (parse_options(options, &o, err) < 0 || addresses(o.cidr ? o.cidr : "10.0.2.0/24", ret, err) < 0)
		return -1;
	ret->gateway6 = o.ipv6 || o.outbound6 ? "fd00::2" : NULL;
	return 0;
}

int slirp_argv(const struct svec *options, bool configure, struct svec *ret, struct err *err)
{
	struct slirp_options o = {.mtu = DEFAULT_MTU, .ipv6 = true}; /* as podman */

	if (parse_options(options, &o, err) < 0)
		return -1;
	svec_add(ret, "slirp4netns");
	if (!o.host_loopback)
		svec_add(ret, "--disable-host-loopback");
	if (o.no_dns)
		svec_add(ret, "--disable-dns");
	svec_add(ret, "--enable-sandbox");
	svec_add(ret, "--enable-seccomp");
	if (configure)
		svec_add(ret, "--configure");
	svec_addf(ret, "--mtu=%s", o.mtu);
	if (o.ipv6 || o.outbound6)
		svec_add(ret, "--enable-ipv6");
	if (o.cidr)
		svec_addf(ret, "--cidr=%s", o.cidr);
	if (o.outbound)
		svec_addf(ret, "--outbound-addr=%s", o.outbound);
	if (o.outbound6)
		svec_addf(ret, "--outbound-addr6=%s", o.outbound6);
	svec_addf(ret, "--ready-fd=%d", SLIRP_READY_FD);
	svec_addf(ret, "--exit-fd=%d", SLIRP_EXIT_FD);
	svec_add(ret, "--netns-type=path");
	svec_addf(ret, "/proc/self/fd/%d", SLIRP_NETNS_FD);
	svec_add(ret, "tap0");
	return 0;
}

/* ---- start ---- */

/* Pipes of the helper: ready (we read), exit (we hold the writing end), complaint (its stderr). The
 * last is never blocking for the helper: what is not read is dropped. */
struct helper_pipes {
	int ready[2], exit[2], complaint[2];
};

static int open_pipes(struct helper_pipes *p, struct err *err)
{
	int r = fd_pipe(p->ready);

	if (!r)
		r = fd_pipe(p->exit);
	if (!r)
		r = fd_pipe(p->complaint);
	if (!r)
		r = fd_set_nonblock(p->complaint[1], true);
	return r < 0 ? err_neg(err, r, "network: pipe") : 0;
}

static void close_pair(int p[2])
{
	fd_close(p[0]);
	fd_close(p[1]);
}

static void close_pipes(struct helper_pipes *p)
{
	close_pair(p->ready);
	close_pair(p->exit);
	close_pair(p->complaint);
}

static pid_t spawn_helper(const struct uplink_args *a, const char *program, struct svec *argv,
	struct helper_pipes *p, struct err *err)
{
	auto_free char *path = proc_find_program(program);
	char *const env[] = {NULL};
	struct proc_fd fds[] = {{p->ready[1], SLIRP_READY_FD}, {p->exit[0], SLIRP_EXIT_FD},
		{a->netns, SLIRP_NETNS_FD}, {a->debug ? 2 : p->complaint[1], 2}};
	struct proc_spec spec = {.path = path, .argv = svec_argv(argv), .envp = env, .fds = fds,
		.nfds = ARRAY_SIZE(fds), .death_signal = SIGKILL};

	if (!path) {
		err_set(err, EK_UNSUPPORTED, "network: %s is not installed", program);
		return err_advise(err, "install the package %s, or use --network none or host", program);
	}
	return proc_spawn(&spec, err);
}

int slirp_start(const struct uplink_args *a, struct uplink *ret, struct err *err)
{
	struct helper_pipes p = {{-1, -1}, {-1, -1}, {-1, -1}};
	auto_svec struct svec argv = SVEC_INIT;
	struct uplink u = UPLINK_INIT;

	if (slirp_network(a->options, &u.net, err) < 0 || slirp_argv(a->options, !a->tap_is_there, &argv, err) < 0)
		return -1;
	if (!open_pipes(&p, err))
		u.pid = spawn_helper(a, "slirp4netns", &argv, &p, err);
	if (u.pid > 0) {
		u.ready = take_fd(p.ready[0]);
		u.exit_fd = take_fd(p.exit[1]);
		u.complaint = take_fd(p.complaint[0]);
		u.pidfd = proc_open_pidfd(u.pid, 0);
		*ret = u;
	}
	close_pipes(&p);
	return u.pid > 0 ? 0 : -1;
}

/* ---- wait ---- */

/* The last line the helper wrote: why it left. */
static int helper_failed(struct uplink *u, const char *what, struct err *err)
{
	char text[1024], *line = text;
	ssize_t n = 0;

	if (u->complaint >= 0 && !fd_set_nonblock(u->complaint, true))
		n = fd_read_some(u->complaint, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == ' '))
		text[--n] = '\0';
	if (strrchr(text, '\n'))
		line = strrchr(text, '\n') + 1;
	return err_set(err, EK_NETWORK, "network: slirp4netns %s%s%s", what, *line ? ": " : "", line);
}

int slirp_wait(struct uplink *u, struct err *err)
{
	struct pollfd p = {u->ready, POLLIN, 0};
	char c;
	int r;

	do
		r = poll(&p, 1, READY_MS);
	while (r < 0 && errno == EINTR);
	if (r <= 0)
		return helper_failed(u, "was not ready within 10 seconds", err);
	if (fd_read_some(u->ready, &c, 1) != 1)
		return helper_failed(u, "ended before it was ready", err);
	fd_closep(&u->ready);
	return 0;
}

void slirp_done(struct uplink *u, bool wait)
{
	if (u->pid > 0) {
		kill(u->pid, SIGKILL); /* our child, not yet reaped: the pid is its own */
		if (wait)
			proc_wait(u->pid);
	}
	fd_close(u->pidfd);
	fd_close(u->exit_fd);
	fd_close(u->ready);
	fd_close(u->complaint);
	*u = (struct uplink)UPLINK_INIT;
}
