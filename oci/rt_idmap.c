#include "oci/rt_idmap.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/proc.h"
#include "oci/rt_sys.h"

/* The kernel would answer EINVAL for any of these; say which. */
static int check(const struct spec_idmaps *m, const char *what, struct err *err)
{
	if (m->n > 340)
		return err_set(err, EK_INVALID, "%s: more than 340 lines", what);
	for (size_t i = 0; i < m->n; i++) {
		const struct spec_idmap *a = &m->v[i];

		if (!a->size || (uint64_t)a->container_id + a->size > UINT32_MAX ||
			(uint64_t)a->host_id + a->size > UINT32_MAX)
			return err_set(err, EK_INVALID, "%s[%zu]: empty or out of range", what, i);
		for (size_t j = 0; j < i; j++) {
			const struct spec_idmap *b = &m->v[j];

			if ((uint64_t)a->container_id < (uint64_t)b->container_id + b->size &&
				(uint64_t)b->container_id < (uint64_t)a->container_id + a->size)
				return err_set(err, EK_INVALID, "%s[%zu]: overlaps another line",
					what, i);
		}
	}
	return 0;
}

char *rt_idmap_text(const struct spec_idmaps *m, const char *what, struct err *err)
{
	auto_sbuf struct sbuf b = SBUF_INIT;

	if (check(m, what, err) < 0)
		return NULL;
	for (size_t i = 0; i < m->n; i++)
		sbuf_addf(&b, "%u %u %u\n", m->v[i].container_id, m->v[i].host_id, m->v[i].size);
	return xstrdup(b.buf);
}

static int write_map(pid_t pid, const char *file, const char *text)
{
	char path[64];
	auto_fd int fd = -1;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	fd = fd_open(AT_FDCWD, path, O_WRONLY, 0);
	return fd < 0 ? fd : fd_write_all(fd, text, strlen(text));
}

/* A user namespace with these maps, by a process that lives until we have it open. */
static int make_userns(const char *uids, const char *gids, struct err *err)
{
	char path[64];
	pid_t pid = sys_clone(CLONE_NEWUSER | SIGCHLD, NULL);
	int r, fd = -1;

	if (pid < 0)
		return err_sys(err, "id-mapped mount: make a user namespace");
	if (!pid)
		for (;;)
			pause();
	r = write_map(pid, "gid_map", gids);
	if (r >= 0)
		r = write_map(pid, "uid_map", uids);
	snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)pid);
	fd = r < 0 ? -1 : fd_open(AT_FDCWD, path, O_RDONLY, 0);
	kill(pid, SIGKILL); /* our own child, not reaped yet: the number is its */
	proc_wait(pid);
	if (r < 0)
		return err_neg(err, r, "id-mapped mount: write the maps");
	return fd < 0 ? err_neg(err, fd, "id-mapped mount: open the user namespace") : fd;
}

int rt_idmap_apply(int tree, bool recursive, const struct spec_mount *m,
	const struct spec_runtime *s, struct err *err)
{
	bool own = m->uid_mappings.n || m->gid_mappings.n;
	const struct spec_idmaps *u = own ? &m->uid_mappings : &s->linux_.uid_mappings;
	const struct spec_idmaps *g = own ? &m->gid_mappings : &s->linux_.gid_mappings;
	auto_free char *uids = NULL, *gids = NULL;
	auto_fd int ns = -1;
	struct mount_attr a = {.attr_set = MOUNT_ATTR_IDMAP};

	if (!u->n || !g->n)
		return err_set(err, EK_INVALID, "id-mapped mount: needs uidMappings and gidMappings");
	uids = rt_idmap_text(u, "uidMappings", err);
	gids = uids ? rt_idmap_text(g, "gidMappings", err) : NULL;
	if (!gids)
		return -1;
	ns = make_userns(uids, gids, err);
	if (ns < 0)
		return -1;
	a.userns_fd = (uint64_t)ns;
	if (syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), &a,
		    sizeof(a)) == 0)
		return 0;
	err_sys(err, "id-mapped mount of %s", m->source);
	if (err->sys == EPERM || err->sys == EINVAL)
		err_advise(err, "the file system must support it, and be mounted by who asks for it");
	return -1;
}
