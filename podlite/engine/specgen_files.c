/*
 * specgen_files.c - the files podlite gives every container: hosts, resolv.conf, hostname,
 * .containerenv, localtime, passwd with an entry added, the init program.
 *
 * They lie in containers/ID and are bound to their place, so nothing is ever written through
 * a path of the image (threats.md V40).
 */
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/rootfd.h"
#include "net/hosts.h"
#include "net/hosts_files.h"
#include "podlite/engine/specgen.h"
#include "podlite/version.h"

#define HOSTS_MAX (1u << 20)
#define ZONE_MAX  (256u << 10)

static void bind_file(struct specgen *g, const char *dest, const char *source)
{
	spec_add_mount(&g->spec, dest, "bind", source,
		g->o->read_only ? "bind,rprivate,nosuid,nodev,noexec,ro" : "bind,rprivate,nosuid,nodev,noexec,rw");
}

/* Those that --chrootdirs puts into other directories, too. */
static bool is_name_file(const char *name)
{
	return !strcmp(name, "hosts") || !strcmp(name, "hostname") || !strcmp(name, "resolv.conf");
}

/* One file in the directory being made, bound at dest. */
static int give(struct specgen *g, const char *name, const char *dest, const struct sbuf *text, struct err *err)
{
	auto_free char *source = xasprintf("%s/%s", g->ctrdir, name);
	int r;

	if (specgen_mounts_covers(g, dest))
		return 0;
	/* readable for every user of the container; the directories above are 0700 */
	r = fs_write_file(g->dir, name, text->buf, text->len, 0644, FS_FRESH);
	if (r < 0)
		return err_neg(err, r, "write %s", name);
	bind_file(g, dest, source);
	for (size_t i = 0; i < g->o->chrootdirs.n && is_name_file(name); i++) {
		auto_free char *below = xasprintf("%s%s", g->o->chrootdirs.v[i], dest);
		auto_free char *clean = fs_clean(below);

		if (!specgen_mounts_covers(g, clean))
			bind_file(g, clean, source);
	}
	return 0;
}

static char *choose_hostname(struct specgen *g, struct err *err)
{
	char host[65] = "";
	struct ctr other;
	char *name;

	if (g->o->hostname && *g->o->hostname)
		return xstrdup(g->o->hostname);
	if (g->uts.mode == CREATE_NS_CONTAINER) {
		/* that one has named the namespace */
		if (ctr_find(g->c, g->uts.target, &other, err) < 0)
			return err_wrap(err, "join the uts namespace"), NULL;
		name = xstrdup(other.rec.hostname);
		ctr_done(&other);
		return name ?: xstrdup("");
	}
	if (g->uts.mode != CREATE_NS_HOST && strcmp(g->net.kind, "host"))
		return xstrndup(g->id, 12);
	if (gethostname(host, sizeof(host) - 1) < 0)
		host[0] = '\0';
	return xstrdup(host);
}

static int hostname(struct specgen *g, struct err *err)
{
	auto_sbuf struct sbuf text = SBUF_INIT;

	g->rec.hostname = choose_hostname(g, err);
	if (!g->rec.hostname)
		return -1;
	if (g->uts.mode == CREATE_NS_PRIVATE)
		g->spec.hostname = xstrdup(g->rec.hostname);
	if (hosts_hostname(g->rec.hostname, &text, err) < 0)
		return -1;
	return g->o->no_hostname ? 0 : give(g, "hostname", "/etc/hostname", &text, err);
}

/* The files of the container whose network this one joins: they describe that network. */
static int of_other(struct specgen *g, const char *name, const char *dest)
{
	const char *id = jval_get_str(g->refresh, "network", "");
	auto_free char *source = xasprintf("%s/containers/%s/%s", g->c->store.root, id, name);

	if (!specgen_mounts_covers(g, dest) && access(source, F_OK) == 0)
		spec_add_mount(&g->spec, dest, "bind", source, "bind,rprivate,nosuid,nodev,noexec,rw");
	return 0;
}

/* Borrowed: what a later start reads in record.json. */
static struct hosts_files asked(const struct specgen *g)
{
	return (struct hosts_files){.name = g->rec.name, .hostname = g->rec.hostname, .extra_hosts = g->o->add_host,
		.dns = g->o->dns, .dns_search = g->o->dns_search, .dns_options = g->o->dns_option};
}

/* --hosts-file: read once, as the file may be gone or the image another one at a later start. */
static int hosts_base(struct specgen *g, struct err *err)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	const char *from = g->o->hosts_file;
	int r = 0;

	if (!from || !*from)
		return 0;
	if (!strcmp(from, "image"))
		r = specgen_view_read(&g->rootfs, "/etc/hosts", HOSTS_MAX, &text);
	else if (strcmp(from, "none"))
		r = fs_read_file(AT_FDCWD, from, HOSTS_MAX, &text);
	if (r < 0 && !(r == -ENOENT && !strcmp(from, "image")))
		return err_neg(err, r, "--hosts-file %s", from);
	r = fs_write_file(g->dir, HOSTS_FILES_BASE, text.buf, strlen(text.buf ? text.buf : ""), 0600, FS_FRESH);
	return r < 0 ? err_neg(err, r, "--hosts-file %s: keep it", from) : 0;
}

static int hosts(struct specgen *g, struct err *err)
{
	const struct hosts_files f = asked(g);
	auto_sbuf struct sbuf text = SBUF_INIT;

	if (g->o->no_hosts)
		return 0;
	if (!strcmp(g->net.kind, "container"))
		return of_other(g, "hosts", "/etc/hosts");
	if (hosts_base(g, err) < 0 || hosts_files_hosts(&f, g->dir, g->net.kind, &g->net.options, &text, err) < 0)
		return -1;
	return give(g, "hosts", "/etc/hosts", &text, err);
}

static int resolv(struct specgen *g, struct err *err)
{
	const struct hosts_files f = asked(g);
	auto_sbuf struct sbuf text = SBUF_INIT;
	bool forwarder = false;

	if (!strcmp(g->net.kind, "container"))
		return of_other(g, "resolv.conf", "/etc/resolv.conf");
	if (svec_has(&g->o->dns, "none")) {
		if (g->o->dns.n > 1)
			return err_set(err, EK_USAGE, "--dns none cannot be combined with other name servers");
		return 0;
	}
	if (hosts_files_resolv(&f, g->net.kind, &g->net.options, &text, &forwarder, err) < 0)
		return -1;
	hosts_files_forwarder(g->net.kind, &g->net.options, forwarder);
	return give(g, "resolv.conf", "/etc/resolv.conf", &text, err);
}

/* The base below the layers has an empty file there (store_mountpoints): seen unless /run is something else. */
static bool base_has_containerenv(const struct specgen *g)
{
	return g->has_base && !g->o->read_only && !g->cfg.volumes.n &&
	       !specgen_mounts_covers(g, "/run");
}

/* Programs look whether the file is there; what it says is for --privileged, as podman has it. */
static int containerenv(struct specgen *g, struct err *err)
{
	auto_sbuf struct sbuf text = SBUF_INIT;

	if (g->o->privileged)
		sbuf_addf(&text, "engine=\"podlite-%s\"\nname=\"%s\"\nid=\"%s\"\nimage=\"%s\"\nimageid=\"%s\"\nrootless=%d\n",
			version_text(), g->rec.name, g->id, g->rec.image_name ? g->rec.image_name : "",
			g->rec.image_id ? g->rec.image_id : "", geteuid() != 0);
	return !text.len && base_has_containerenv(g) ? 0 : give(g, "containerenv", "/run/.containerenv", &text, err);
}

static bool good_zone(const char *zone)
{
	if (*zone == '/' || strstr(zone, "..") || strlen(zone) > 128)
		return false;
	for (const char *p = zone; *p; p++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-/", *p))
			return false;
	return *zone;
}

static int localtime_(struct specgen *g, struct err *err)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	const char *zone = g->o->tz;
	auto_free char *path = NULL;
	auto_fd int fd = -1;
	int r;

	if (!zone || !*zone)
		return 0;
	if (strcmp(zone, "local") && !good_zone(zone))
		return err_set(err, EK_USAGE, "invalid --tz \"%s\": expected a zone such as Europe/Berlin, or local", zone);
	path = !strcmp(zone, "local") ? xstrdup("/etc/localtime") : xasprintf("/usr/share/zoneinfo/%s", zone);
	fd = fd_open(AT_FDCWD, path, O_RDONLY | O_NONBLOCK, 0);
	r = fd < 0 ? fd : fd_read_all(fd, ZONE_MAX, &text);
	if (r < 0) {
		err_neg(err, r, "unrecognized timezone %s: read %s", zone, path);
		return err_advise(err, "zones come from the host's package tzdata");
	}
	return give(g, "localtime", "/etc/localtime", &text, err);
}

static int account_file(struct specgen *g, const char *name, const char *dest, char *borrowed, struct err *err)
{
	struct sbuf text = SBUF_INIT;

	if (!borrowed)
		return 0;
	text.buf = borrowed;
	text.len = strlen(borrowed);
	return give(g, name, dest, &text, err);
}

static int init_program(struct specgen *g, struct err *err)
{
	auto_free char *path = NULL;

	if (!g->o->init)
		return 0;
	path = g->o->init_path ? fs_abspath(g->o->init_path) : xasprintf("%s/podlite-init", g->c->libexec);
	if (access(path, X_OK) < 0)
		return err_sys(err, "--init: program %s", path);
	spec_add_mount(&g->spec, "/run/podlite-init", "bind", path, "bind,rprivate,nosuid,nodev,ro");
	return 0;
}

int specgen_files(struct specgen *g, struct err *err)
{
	for (size_t i = 0; i < g->o->chrootdirs.n; i++)
		if (*g->o->chrootdirs.v[i] != '/')
			return err_set(err, EK_USAGE, "--chrootdirs %s: must be an absolute path", g->o->chrootdirs.v[i]);
	if (hostname(g, err) < 0 || hosts(g, err) < 0 || resolv(g, err) < 0 || containerenv(g, err) < 0 ||
		localtime_(g, err) < 0 || account_file(g, "passwd", "/etc/passwd", g->passwd, err) < 0 ||
		account_file(g, "group", "/etc/group", g->group, err) < 0)
		return -1;
	return init_program(g, err);
}
