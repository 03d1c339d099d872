/* mon_start.c - one start of the container: user namespace, rootfs, runtime. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/userns.h"
#include "monitor/join.h"
#include "monitor/mon.h"

static int entered(struct mon *m)
{
	userns_protect();
	m->in_userns = true;
	return 0;
}

/* The one that the engine had made while it prepared the container; a failure there is told when
 * ours fails for the same reason. */
static bool join_ahead(struct mon *m)
{
	auto_fd int ns = m->userns_sock < 0 ? -1 : userns_receive(m->userns_sock);

	return ns >= 0 && userns_join(ns, NULL) == 0;
}

static int enter(struct mon *m, struct err *err)
{
	struct userns_map map;
	struct err e = ERR_INIT;
	auto_fd int ns = -1;

	if (m->conf.networks.n && mon_bridge_find(m, &ns, err) < 0)
		return -1;
	if (ns < 0 || m->conf.userns_ctr) {
		fd_closep(&ns);
		ns = join_find(MON_FD_STORE, m->conf.userns_ctr, &e);
	}
	if (ns < 0 && m->conf.userns_ctr) {
		*err = e;
		return -1;
	}
	/* one that ends at this moment cannot be joined: then there is none */
	if (ns >= 0 && userns_join(ns, m->conf.userns_ctr ? err : NULL) == 0)
		return entered(m);
	if (m->conf.userns_ctr)
		return -1;
	if (join_ahead(m))
		return entered(m);
	if (userns_plan(&map, err) < 0 || userns_create(&map, err) < 0)
		return -1;
	return entered(m);
}

/* The user namespace of a container we depend on, of any living one, the one made ahead, or a new one. */
int mon_start_enter(struct mon *m, struct err *err)
{
	int r = enter(m, err);

	/* taken or not: who makes it ahead serves others until we have closed our end */
	fd_close(m->userns_sock);
	m->userns_sock = -1;
	return r;
}

/* ---- runtime ---- */

/* podlite-runtime compiles a seccomp filter on a cache miss; beside us when uninstalled. */
char *mon_start_compiler(const struct mon *m)
{
	char *path = xasprintf("%s/podlite-runtime", m->conf.libexec ? m->conf.libexec : PODLITE_LIBEXECDIR);

	if (access(path, X_OK) == 0)
		return path;
	free(path);
	return xstrdup(PODLITE_BINDIR "/podlite-runtime");
}

/* Numbers that were not asked for stay free; listeners have 3, 4, ... without a gap. */
static size_t number_fds(struct mon *m)
{
	size_t at = m->start.passthrough ? 3 : 0, n = 0;

	for (int bit = 3; at < m->nfds; bit++)
		m->preserve[n++] = !m->start.preserve || m->start.preserve >> bit & 1 ? m->fds[at++] : -1;
	return n;
}

static void fill_args(struct mon *m, const struct spec_runtime *spec, int cache, const char *compiler)
{
	m->args = (struct rt_args){.id = m->id, .bundle_fd = MON_FD_CTR, .spec = spec, .rootfs_fd = m->mounted.fd,
		.stdio = {-1, -1, -1}, .preserve = m->preserve, .npreserve = number_fds(m), .cache_fd = cache,
		.compiler = compiler, .keep_cgroup = m->conf.cgroups && !strcmp(m->conf.cgroups, "disabled"),
		.cgroup_parent = m->cgroup_parent, .death_signal = SIGKILL,
		.rows = m->start.rows, .cols = m->start.cols};
}

static int write_pid(const char *path, pid_t pid, struct err *err)
{
	char text[16];
	int n = snprintf(text, sizeof(text), "%d", (int)pid), r;

	r = path ? fs_write_file(AT_FDCWD, path, text, (size_t)n, 0644, 0) : 0;
	return r < 0 ? err_neg(err, r, "write pid file %s", path) : 0;
}

/* From the clone to the exec; the network comes up beside the container's mounts. */
static int create(struct mon *m, struct err *err)
{
	const struct rt_ops *ops = rt_ops_for(&m->conf);
	int r;

	m->job = (struct rt_job){.conf = &m->conf, .args = &m->args, .dir = MON_FD_CTR, .c = RT_CONTAINER_INIT};
	if (mon_io_open(m, m->args.stdio, err) < 0)
		r = -1;
	else
		r = ops->begin(&m->job, err);
	for (int i = 0; i < 3; i++)
		fd_close(m->args.stdio[i]);
	if (r < 0 || mon_network_start(m, err) < 0 || ops->finish(&m->job, err) < 0)
		return -1;
	snprintf(m->cgroup, sizeof(m->cgroup), "%s", m->job.c.cgroup ? m->job.c.cgroup : "");
	if (mon_network_wait(m, err) < 0 || write_pid(m->conf.pidfile, m->job.c.pid, err) < 0)
		return -1;
	return m->start.start_paused ? 0 : ops->start(&m->job, err);
}

static void drop_spec(struct mon *m)
{
	if (m->spec)
		spec_runtime_done(m->spec);
	free(m->spec);
	m->spec = NULL;
}

int mon_start_begin(struct mon *m, struct err *err)
{
	int r = rt_ops_for(&m->conf)->start(&m->job, err);

	m->start.start_paused = 0; /* a restart does not wait */
	drop_spec(m);
	return r;
}

int mon_start_container(struct mon *m, struct err *err)
{
	auto_fd int cache = fd_open_dir(MON_FD_STORE, "cache");
	auto_free char *compiler = mon_start_compiler(m);
	struct spec_runtime now, *spec = &now;
	int r;

	if (m->start.start_paused) /* the runtime looks at it until the exec */
		spec = m->spec = new0(struct spec_runtime);
	spec_runtime_init(spec);
	r = spec_runtime_read(MON_FD_CTR, spec, err);
	if (!r)
		r = rootfs_read(MON_FD_CTR, &m->rootfs, err);
	if (!r)
		r = rootfs_mount(&m->rootfs, m->conf.runtime != NULL, &m->mounted, err);
	if (!r && m->conf.mounts.n)
		r = mon_mounts_start(m, err);
	if (!r)
		r = mon_notify_prepare(m, spec, err);
	if (!r)
		r = mon_bridge_join(m, spec->hostname, err);
	if (!r) {
		fill_args(m, spec, cache < 0 ? -1 : cache, compiler);
		mon_network_adjust(m, spec);
		r = create(m, err);
	}
	if (!m->spec)
		spec_runtime_done(spec);
	m->args.spec = NULL;
	m->args.compiler = NULL;
	if (r < 0)
		mon_start_undo(m, false);
	return r;
}

void mon_start_undo(struct mon *m, bool leaving)
{
	loop_del(&m->loop, &m->child);
	mon_io_close(m);
	mon_notify_close(m);
	if (m->job.conf)
		rt_ops_for(&m->conf)->done(&m->job);
	m->job.conf = NULL;
	drop_spec(m);
	m->cgroup[0] = '\0';
	mon_network_stop(m, leaving);
	mon_mounts_undo(m);
	/* taking a mount down takes a while: where nothing will be mounted there again, nobody waits for it */
	if (leaving && m->conf.remove && m->mounted.helper < 0 && m->mounted.detached)
		return;
	rootfs_unmount(&m->rootfs, &m->mounted);
	rootfs_done(&m->rootfs);
	m->mounted = (struct rootfs_mounted){.fd = -1, .helper = -1};
}
