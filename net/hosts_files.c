#include "net/hosts_files.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "common/alloc.h"
#include "common/fs.h"
#include "common/jmap.h"
#include "common/units.h"
#include "net/hosts.h"
#include "net/slirp.h"

#define FILE_MAX_      (1u << 20)
#define PASTA_FORWARD  "169.254.1.1" /* as podman has it: link-local, nobody's */
#define FORWARD_OPTION "--dns-forward"

/* systemd-resolved's own list of servers, for hosts whose resolv.conf names only its local stub,
 * which a container cannot and must not reach (threats.md V33). */
static const char *const host_files[] = {"/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"};

#define F struct hosts_files
static const struct jmap map[] = {
	JMAP_STR("name", F, name, 0),
	JMAP_STR("hostname", F, hostname, 0),
	JMAP_STRS("extraHosts", F, extra_hosts, 0),
	JMAP_STRS("dns", F, dns, 0),
	JMAP_STRS("dnsSearch", F, dns_search, 0),
	JMAP_STRS("dnsOptions", F, dns_options, 0),
	JMAP_END,
};
#undef F

#define BRIDGE_DOMAIN "dns.podman" /* podlite-bridge's, bridged_names.c */

static int hosts_text(const struct hosts_files *f, int dir, const char *kind, const struct svec *ips, struct sbuf *ret, struct err *err)
{
	auto_sbuf struct sbuf base = SBUF_INIT;
	char outward[64];
	struct hosts h = {.ips = ips, .hostname = f->hostname, .name = f->name, .isolated = !strcmp(kind, "none"),
		.extra = &f->extra_hosts};

	if (fs_read_file(dir, HOSTS_FILES_BASE, FILE_MAX_, &base) == 0 ||
		(!strcmp(kind, "host") && fs_read_file(AT_FDCWD, "/etc/hosts", FILE_MAX_, &base) == 0))
		h.base = base.buf;
	if (hosts_outward_address(outward, sizeof(outward)))
		h.host_ip = outward;
	return hosts_file(&h, ret, err);
}

int hosts_files_hosts(const struct hosts_files *f, int dir, const char *kind, const struct svec *options, struct sbuf *ret,
	struct err *err)
{
	auto_svec struct svec ips = SVEC_INIT;
	struct slirp_addresses net = {.ip = ""};

	if (!strcmp(kind, "slirp4netns") && slirp_network(options, &net, err) < 0)
		return -1;
	if (*net.ip)
		svec_add(&ips, net.ip);
	return hosts_text(f, dir, kind, &ips, ret, err);
}

/* ---- resolv.conf ---- */

static int read_host(const char *path, struct sbuf *ret)
{
	sbuf_reset(ret);
	return fs_read_file(AT_FDCWD, path, FILE_MAX_, ret);
}

static size_t find(const struct svec *options, const char *word)
{
	size_t i = 0;

	while (i < options->n && strcmp(options->v[i], word))
		i++;
	return i;
}

/* The address at which the helper answers for the host; NULL: it does not. */
static const char *forwarder_of(const char *kind, const struct svec *options, const struct slirp_addresses *net)
{
	size_t i = find(options, FORWARD_OPTION);

	if (!strcmp(kind, "slirp4netns"))
		return net->dns;
	if (strcmp(kind, "pasta"))
		return NULL;
	return i + 1 < options->n ? options->v[i + 1] : PASTA_FORWARD;
}

/* With the host's servers, or a forwarder where those are on loopback only; NULL: say nothing rather than name
 * a dead address. */
static int resolv_of_host(const struct hosts_files *f, const char *forwarder, struct sbuf *ret, bool *ret_forwarder, struct err *err)
{
	struct hosts_dns d = {.servers = &f->dns, .search = &f->dns_search, .options = &f->dns_options};
	auto_sbuf struct sbuf host = SBUF_INIT, upstream = SBUF_INIT;
	bool loopback = false;

	d.forwarder = "0.0.0.0"; /* replaced below: is one needed? */
	(void)!read_host(host_files[0], &host);
	d.host = host.buf;
	if (hosts_resolv(&d, ret, &loopback, err) < 0)
		return -1;
	if (!loopback)
		return 0;
	if (read_host(host_files[1], &upstream) == 0)
		d.host = upstream.buf;
	d.forwarder = forwarder;
	sbuf_reset(ret);
	return hosts_resolv(&d, ret, ret_forwarder, err);
}

int hosts_files_resolv(const struct hosts_files *f, const char *kind, const struct svec *options, struct sbuf *ret,
	bool *ret_forwarder, struct err *err)
{
	bool any = f->dns.n || f->dns_search.n || f->dns_options.n;
	struct slirp_addresses net = {.dns = ""};

	*ret_forwarder = false;
	/* the host's network: its servers on loopback are there */
	if (!strcmp(kind, "host") && !any) {
		if (read_host(host_files[0], ret) < 0)
			sbuf_reset(ret);
		return 0;
	}
	if (!strcmp(kind, "none") && !any)
		return 0;
	if (!strcmp(kind, "slirp4netns") && slirp_network(options, &net, err) < 0)
		return -1;
	return resolv_of_host(f, forwarder_of(kind, options, &net), ret, ret_forwarder, err);
}

/* The network's resolver is asked for everything; the user's own servers are known to it. */
static int resolv_of_bridge(const struct hosts_files *f, const struct hosts_bridge *b, struct sbuf *ret, struct err *err)
{
	auto_svec struct svec servers = SVEC_INIT;
	auto_sbuf struct sbuf host = SBUF_INIT;
	struct hosts_dns d = {.servers = &servers, .search = &f->dns_search, .options = &f->dns_options, .domain = BRIDGE_DOMAIN};
	bool forwarder;

	if (!b->resolver)
		return resolv_of_host(f, b->forwarder, ret, &forwarder, err);
	svec_add(&servers, b->resolver);
	(void)!read_host(host_files[0], &host);
	d.host = host.buf;
	return hosts_resolv(&d, ret, &forwarder, err);
}

bool hosts_files_forwarder(const char *kind, struct svec *options, bool on)
{
	bool slirp = !strcmp(kind, "slirp4netns"), pasta = !strcmp(kind, "pasta");
	bool off = svec_has(options, "disable_dns=true"), given = find(options, FORWARD_OPTION) < options->n;

	if (slirp && off == on) {
		if (on)
			svec_env_unset(options, "disable_dns");
		else
			svec_add(options, "disable_dns=true");
		return true;
	}
	if (!pasta || !on || given) /* pasta's harms nobody who does not ask it */
		return false;
	svec_add(options, FORWARD_OPTION);
	svec_add(options, PASTA_FORWARD);
	return true;
}

/* ---- once more ---- */

bool hosts_files_stale(int dir)
{
	struct stat own, st;

	if (fstatat(dir, "resolv.conf", &own, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(host_files); i++)
		if (stat(host_files[i], &st) == 0 && units_timespec_ns(&st.st_mtim) > units_timespec_ns(&own.st_mtim))
			return true;
	return false;
}

static int write_text(int dir, const char *name, const struct sbuf *text, struct err *err)
{
	int r = fs_write_file(dir, name, text->buf, text->len, 0644, 0);

	return r < 0 ? err_neg(err, r, "write %s", name) : 0;
}

static int renew(const struct hosts_files *f, int dir, const char *kind, struct svec *options, bool *ret_changed, struct err *err)
{
	auto_sbuf struct sbuf hosts = SBUF_INIT, resolv = SBUF_INIT;
	bool forwarder = false;

	if (fs_exists(dir, "hosts") && (hosts_files_hosts(f, dir, kind, options, &hosts, err) < 0 ||
					       write_text(dir, "hosts", &hosts, err) < 0))
		return -1;
	if (!hosts_files_stale(dir))
		return 0;
	if (hosts_files_resolv(f, kind, options, &resolv, &forwarder, err) < 0 || write_text(dir, "resolv.conf", &resolv, err) < 0)
		return -1;
	*ret_changed = hosts_files_forwarder(kind, options, forwarder);
	return 0;
}

int hosts_files_read(int dir, struct hosts_files *ret, struct err *err)
{
	return jmap_read_file(map, dir, "record.json", FILE_MAX_, ret, err);
}

void hosts_files_done(struct hosts_files *f)
{
	jmap_done(map, f);
}

int hosts_files_renew(int dir, const char *kind, struct svec *options, bool *ret_changed, struct err *err)
{
	struct hosts_files f = {.name = NULL};
	int r = hosts_files_read(dir, &f, err);

	*ret_changed = false;
	if (!r)
		r = renew(&f, dir, kind, options, ret_changed, err);
	hosts_files_done(&f);
	return r;
}

static int rewrite_text(int dir, const char *name, const char *was, const struct sbuf *text, struct err *err)
{
	auto_sbuf struct sbuf now = SBUF_INIT, merged = SBUF_INIT;
	int r = fs_read_file(dir, name, FILE_MAX_, &now);

	if (!r) {
		hosts_merge(now.buf ? now.buf : "", was, text->buf ? text->buf : "", &merged);
		r = fs_rewrite_file(dir, name, merged.buf, merged.len);
	}
	return r < 0 ? err_neg(err, r, "write %s", name) : 0;
}

static int write_again(int dir, const char *name, char **last, const struct sbuf *text, struct err *err)
{
	if ((*last ? rewrite_text(dir, name, *last, text, err) : write_text(dir, name, text, err)) < 0)
		return -1;
	free(*last);
	*last = xstrdup(text->buf ? text->buf : "");
	return 0;
}

int hosts_files_bridge(const struct hosts_files *f, int dir, const struct hosts_bridge *b, struct hosts_texts *last, struct err *err)
{
	auto_sbuf struct sbuf hosts = SBUF_INIT, resolv = SBUF_INIT;

	if (fs_exists(dir, "hosts") && (hosts_text(f, dir, "bridge", &b->ips, &hosts, err) < 0 ||
					       write_again(dir, "hosts", &last->hosts, &hosts, err) < 0))
		return -1;
	if (!fs_exists(dir, "resolv.conf"))
		return 0;
	return resolv_of_bridge(f, b, &resolv, err) < 0 ? -1 : write_again(dir, "resolv.conf", &last->resolv, &resolv, err);
}

void hosts_texts_done(struct hosts_texts *t)
{
	free(t->hosts);
	free(t->resolv);
	*t = (struct hosts_texts){NULL, NULL};
}
