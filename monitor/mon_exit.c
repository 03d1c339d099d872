/* mon_exit.c - the end of a run: exit record, restart decision, clean-up. */
#include <linux/fs.h>
#include <malloc.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/id.h"
#include "common/lock.h"
#include "common/units.h"
#include "monitor/mon.h"
#include "storage/volume.h"

/* Durable. One that goes away by itself has none: nobody could read it, and a file costs its end time. */
void mon_exit_record(struct mon *m, const char *error)
{
	struct mon_exit x = {.code = m->exit_code, .oom = m->oom, .started_ns = m->started_ns,
		.restarts = m->restarts, .stopped = m->by_user, .error = (char *)(uintptr_t)error};

	m->ended_ns = x.finished_ns = units_now_ns();
	if (!m->conf.remove)
		(void)!jmap_write_file(mon_exit_map, MON_FD_CTR, "exit.json", &x, FS_SYNC, NULL);
}

void mon_exit_record_stop(void)
{
	struct mon_exit x = {0};

	if (jmap_read_file(mon_exit_map, MON_FD_CTR, "exit.json", 65536, &x, NULL) == 0) {
		x.stopped = true;
		(void)!jmap_write_file(mon_exit_map, MON_FD_CTR, "exit.json", &x, FS_SYNC, NULL);
	}
	jmap_done(mon_exit_map, &x);
}

bool mon_exit_restarts(const struct mon *m)
{
	const char *policy = m->conf.restart ? m->conf.restart : "no";

	if (m->stop_asked || m->restart_asked)
		return !m->stop_asked;
	if (!strcmp(policy, "always") || !strcmp(policy, "unless-stopped"))
		return true;
	return !strcmp(policy, "on-failure") && m->exit_code &&
		(!m->conf.restart_max || m->restarts < m->conf.restart_max);
}

/* memory.events of the container's cgroup, wherever the v2 hierarchy is mounted. */
bool mon_exit_oom(const struct mon *m)
{
	static const char *const roots[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"};
	auto_sbuf struct sbuf text = SBUF_INIT;

	for (size_t i = 0; m->cgroup[0] && i < ARRAY_SIZE(roots) && !text.len; i++) {
		auto_free char *path = xasprintf("%s/%s/memory.events", roots[i], m->cgroup);
		auto_fd int fd = fd_open(AT_FDCWD, path, O_RDONLY, 0);

		if (fd >= 0)
			(void)!fd_read_all(fd, 4096, &text);
	}
	for (const char *p = text.buf; (p = strstr(p, "oom_kill ")); p += 9)
		if (p == text.buf || p[-1] == '\n')
			return strtoll(p + 9, NULL, 10) > 0;
	return false;
}

/* ---- --rm ---- */

/* The name may have changed since the start: believe only a link that points at us. */
static void release_name(const struct mon *m)
{
	auto_fd int cnames = fd_open_dir(MON_FD_STORE, "cnames");
	auto_free char *want = xasprintf("../containers/%s", m->id), *to = NULL;
	struct mon_conf now = {0};

	/* held to our end: nobody takes a name over between the look and the unlink */
	if (cnames < 0 || lock_dir_wait(cnames) < 0 || jmap_read_file(mon_conf_map, MON_FD_CTR, "monitor.json", 1 << 20, &now, NULL) < 0)
		return;
	to = now.name ? fs_readlink(cnames, now.name) : NULL;
	if (to && !strcmp(to, want))
		unlinkat(cnames, now.name, 0);
	jmap_done(mon_conf_map, &now);
}

/* By a container that took it over with --volumes-from. We are out of the list already. */
static bool has_user(const char *volume)
{
	auto_dir DIR *d = fs_dir(fd_open_dir(MON_FD_STORE, "containers"));
	const char *id;

	while ((id = fs_dir_next(d))) {
		auto_fd int dir = id_is_full(id) ? fd_open_dir(dirfd(d), id) : -1;
		auto_free char *place = dir < 0 ? NULL : mon_mounts_place(dir, volume);

		if (place)
			return true;
	}
	return false;
}

static void remove_volumes(const struct mon *m)
{
	struct store s = {.fd = MON_FD_STORE, .root = fs_fd_path(MON_FD_STORE)};

	s.volumes = fd_open_dir(MON_FD_STORE, "volumes");
	s.tmp = fd_open_dir(MON_FD_STORE, "tmp");
	for (size_t i = 0; i < m->conf.anonymous_volumes.n && s.volumes >= 0; i++)
		if (!has_user(m->conf.anonymous_volumes.v[i]))
			(void)!volume_remove(&s, m->conf.anonymous_volumes.v[i], NULL);
	fd_close(s.volumes);
	fd_close(s.tmp);
	free(s.root);
}

/* One rename takes it out of sight; trash is deleted when nobody waits for us any more. */
static bool trash_directory(const struct mon *m, int tmp, char *trash, size_t size)
{
	auto_fd int containers = fd_open_dir(MON_FD_STORE, "containers");

	snprintf(trash, size, STORE_TRASH "%.16s", m->id);
	return tmp >= 0 && containers >= 0 && !renameat(containers, m->id, tmp, trash);
}

static void remove_files(void)
{
	static const char *const names[] = {"state.json", "ctl.sock", "pasta.pid", "rt.pid", "rt.log"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		unlinkat(MON_FD_CTR, names[i], 0);
}

/* The lock goes before the sockets: whoever sees end of file may start or remove at once. */
static void let_go(struct mon *m)
{
	lock_drop(MON_FD_LOCK);
	mon_attach_close(m);
	fd_close(m->sock);
	m->sock = -1;
}

void mon_exit_clean(struct mon *m)
{
	auto_fd int self = -1, tmp = -1;
	char trash[40];
	bool trashed = false;

	if (!m->conf.remove) {
		remove_files();
		let_go(m);
		return;
	}
	self = fd_open_dir(MON_FD_CTR, ".");
	if (self >= 0 && lock_dir_wait(self) == 0) {
		tmp = fd_open_dir(MON_FD_STORE, "tmp");
		trashed = trash_directory(m, tmp, trash, sizeof(trash));
		release_name(m); /* after it: never a container without its name */
		if (m->conf.anonymous_volumes.n)
			remove_volumes(m);
	}
	mon_event_removed(m);
	mon_rmi(m); /* before it: who waits for the end finds the image gone */
	let_go(m);
	fd_closep(&m->mounted.fd);
	if (trashed)
		(void)!fs_remove_tree(tmp, trash);
}

/* ---- memory ---- */

static int drop_segment(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)size;
	(void)arg;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
		uintptr_t from = (info->dlpi_addr + p->p_vaddr + page - 1) & ~(page - 1);
		uintptr_t to = (info->dlpi_addr + p->p_vaddr + p->p_memsz) & ~(page - 1);

		if (p->p_type == PT_LOAD && !(p->p_flags & PF_W) && to > from)
			madvise((void *)from, to - from, MADV_DONTNEED);
	}
	return 0;
}

/* Setting up has touched most of the program and a heap that is free by now. Read-only pages come
 * back from the page cache when they are needed; the heap's top goes to the kernel. */
void mon_exit_slim(void *arg)
{
	(void)arg;
	malloc_trim(0);
	dl_iterate_phdr(drop_segment, NULL);
}
