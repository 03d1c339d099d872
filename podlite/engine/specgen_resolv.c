#include "podlite/engine/specgen_resolv.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "common/fs.h"
#include "net/hosts.h"
#include "net/slirp.h"

#define RESOLV_MAX (1u << 20)

/* systemd-resolved's own list of servers, for hosts whose resolv.conf names only its local stub,
 * which a container cannot and must not reach (threats.md V33). */
static const char *const host_files[] = {"/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"};

static bool any(const struct specgen_resolv *r)
{
	return r->servers->n || r->search->n || r->options->n;
}

static int read_host(const char *path, struct sbuf *ret)
{
	sbuf_reset(ret);
	return fs_read_file(AT_FDCWD, path, RESOLV_MAX, ret);
}

int specgen_resolv_text(const struct specgen_resolv *r, struct sbuf *ret, bool *ret_forwarder, struct err *err)
{
	bool slirp = !strcmp(r->network, "slirp4netns");
	struct hosts_dns d = {.servers = r->servers, .search = r->search, .options = r->options};
	auto_sbuf struct sbuf host = SBUF_INIT, upstream = SBUF_INIT;
	struct slirp_addresses net = {.dns = ""};

	*ret_forwarder = false;
	/* the host's network: its servers on loopback are there */
	if (!strcmp(r->network, "host") && !any(r)) {
		if (read_host(host_files[0], ret) < 0)
			sbuf_reset(ret);
		return 0;
	}
	if (!strcmp(r->network, "none") && !any(r))
		return 0;
	if (slirp && slirp_network(r->network_options, &net, err) < 0)
		return -1;
	d.forwarder = slirp ? net.dns : "0.0.0.0"; /* replaced below */
	(void)!read_host(host_files[0], &host);
	d.host = host.buf;
	if (hosts_resolv(&d, ret, ret_forwarder, err) < 0)
		return -1;
	if (*ret_forwarder && read_host(host_files[1], &upstream) == 0) {
		d.host = upstream.buf;
		sbuf_reset(ret);
		if (hosts_resolv(&d, ret, ret_forwarder, err) < 0)
			return -1;
	}
	if (!*ret_forwarder)
		return 0;
	if (slirp)
		return 0;
	/* no forwarder on other networks: say nothing rather than name a dead address */
	*ret_forwarder = false;
	d.forwarder = NULL;
	sbuf_reset(ret);
	return hosts_resolv(&d, ret, ret_forwarder, err);
}

static int64_t mtime_ns(const struct stat *st)
{
	return st->st_mtim.tv_sec * 1000000000LL + st->st_mtim.tv_nsec;
}

bool specgen_resolv_changed_since(int64_t ns)
{
	for (size_t i = 0; i < ARRAY_SIZE(host_files); i++) {
		struct stat st;

		if (stat(host_files[i], &st) == 0 && mtime_ns(&st) > ns)
			return true;
	}
	return false;
}
