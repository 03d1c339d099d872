/* specgen_account.c - the user the container runs as, from --user or the image's USER. */
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/log.h"
#include "common/userns.h"
#include "podlite/engine/create_inside.h"
#include "podlite/engine/specgen_entries.h"

/* A file that only another of the image's users may read: once more as root of the namespace. */
struct inside_read {
	const struct rootfs *rootfs;
	const char *path;
	int out;
};

static int read_inside(struct context *c, void *arg, struct err *err)
{
	const struct inside_read *in = arg;
	auto_sbuf struct sbuf text = SBUF_INIT;
	int r = specgen_view_read(in->rootfs, in->path, SPECGEN_USER_FILE_MAX, &text);

	(void)c;
	if (!r)
		r = fd_write_all(in->out, text.buf, text.len);
	return r < 0 ? err_neg(err, r, "read the image's %s", in->path) : 0;
}

static int read_as_root(struct specgen *g, const char *path, struct sbuf *ret, struct err *err)
{
	auto_fd int fd = fd_memfd("file", 0);
	struct inside_read in = {&g->rootfs, path, fd};
	int r;

	if (fd < 0)
		return err_neg(err, fd, "make a memory file");
	if (create_inside_run(g->c, read_inside, &in, err) < 0)
		return -1;
	if (lseek(fd, 0, SEEK_SET) < 0)
		return err_sys(err, "read the image's %s", path);
	r = fd_read_all(fd, SPECGEN_USER_FILE_MAX, ret);
	return r < 0 ? err_neg(err, r, "read the image's %s", path) : 0;
}

/* Text of the file, NULL if the image has none. What is not a regular file of sane size is no
 * passwd file either (threats.md V38): then names are unknown and numbers still work. */
static int read_text(struct specgen *g, const char *path, char **ret, struct err *err)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	int r = specgen_view_read(&g->rootfs, path, SPECGEN_USER_FILE_MAX, &text);

	if (r == -EACCES && read_as_root(g, path, &text, err) < 0)
		return -1;
	if (r < 0 && r != -EACCES) {
		if (r != -ENOENT && r != -ENOTDIR)
			log_warn("the image's %s is not used: %s", path, strerror(-r));
		return 0;
	}
	/* a NUL byte would end the text for us and not for others */
	if (strlen(text.buf) == text.len)
		*ret = sbuf_take(&text);
	return 0;
}

static bool mapped(const struct userns_range *ranges, size_t n, uint32_t id)
{
	for (size_t i = 0; i < n; i++)
		if (id >= ranges[i].inside && id - ranges[i].inside < ranges[i].count)
			return true;
	return false;
}

static bool mapped_nested(const struct spec_idmaps *m, uint32_t id)
{
	for (size_t i = 0; i < m->n; i++)
		if (id >= m->v[i].container_id && id - m->v[i].container_id < m->v[i].size)
			return true;
	return false;
}

/* Ids beyond the usual 65536 are rare: only they are compared with the ranges here, all others
 * fail at the start with the kernel's word. */
static int check_mapped(const struct specgen *g, struct err *err)
{
	const struct spec_linux *l = &g->spec.linux_;
	const struct specgen_ids *ids = &g->ids;
	struct userns_map map;

	if (ids->uid < 65536 && ids->gid < 65536)
		return 0;
	if (l->uid_mappings.n && mapped_nested(&l->uid_mappings, ids->uid) && mapped_nested(&l->gid_mappings, ids->gid))
		return 0;
	if (userns_plan(&map, err) < 0)
		return -1;
	if (!l->uid_mappings.n && mapped(map.uid, map.nuid, ids->uid) && mapped(map.gid, map.ngid, ids->gid))
		return 0;
	err_set(err, EK_INVALID, "user %u:%u does not exist in the user namespace", ids->uid, ids->gid);
	return err_advise(err, "give this user more subordinate ids in /etc/subuid and /etc/subgid");
}

/* keep-groups: the caller's own groups stay, seen inside as nobody's; then the list cannot be set
 * to anything else (threats.md V13). */
static int keep_groups(struct specgen *g, const struct svec **further, struct err *err)
{
	if (!svec_has(*further, "keep-groups"))
		return 0;
	if ((*further)->n > 1)
		return err_set(err, EK_USAGE, "the '--group-add keep-groups' option is not allowed with any other --group-add options");
	*further = NULL;
	svec_env_set(&g->spec.annotations, "run.oci.keep_original_groups", "1");
	return 0;
}

int specgen_account(struct specgen *g, struct err *err)
{
	auto_free char *passwd = NULL, *group = NULL;
	const char *user = g->user ? g->user : g->o->user && *g->o->user ? g->o->user : g->cfg.user;
	const struct svec *further = &g->o->group_add;
	struct spec_user *u = &g->spec.process.user;
	bool kept = g->userns.mode != CREATE_USERNS_KEEP_ID;

	if (keep_groups(g, &further, err) < 0)
		return -1;
	if (read_text(g, "/etc/passwd", &passwd, err) < 0 || read_text(g, "/etc/group", &group, err) < 0)
		return -1;
	if (specgen_user_resolve(user, passwd, group, further, &g->ids, err) < 0 ||
		check_mapped(g, err) < 0 || specgen_entries_add(g, passwd, group, err) < 0)
		return -1;
	u->uid = g->ids.uid;
	u->gid = g->ids.gid;
	for (size_t i = 0; i < g->ids.ngids; i++) {
		spec_add_gid(u, g->ids.gids[i]);
		kept |= g->ids.gids[i] == g->kept_gid;
	}
	/* as podman: who keeps his id may always do what his group may */
	if (!kept)
		spec_add_gid(u, g->kept_gid);
	g->rec.user = xstrdup(user ? user : "");
	svec_add_all(&g->rec.group_add, &g->o->group_add);
	return 0;
}
