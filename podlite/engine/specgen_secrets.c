/*
 * specgen_secrets.c - --secret: a copy of the secret in containers/ID/secrets, bound read-only to its
 * place; or a variable, which `inspect` does not show.
 */
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "podlite/engine/create_inside.h"
#include "podlite/engine/specgen.h"
#include "storage/secret.h"

static int write_copy(struct specgen *g, int dir, size_t n, const struct create_secret *s, const struct sbuf *data, struct err *err)
{
	auto_free char *name = xasprintf("%zu", n), *source = xasprintf("%s/secrets/%zu", g->ctrdir, n);
	int r = fs_write_file(dir, name, data->buf, data->len, s->mode, 0);

	if (r < 0)
		return err_neg(err, r, "write secret %s", s->name);
	if (fchmodat(dir, name, s->mode, 0) < 0)
		return err_sys(err, "set the mode of secret %s", s->name);
	spec_add_mount(&g->spec, s->target, "bind", source, "bind,rprivate,nosuid,nodev,noexec,ro");
	return 0;
}

static int set_variable(struct specgen *g, const struct create_secret *s, const struct sbuf *data, struct err *err)
{
	if (strlen(data->buf) != data->len)
		return err_set(err, EK_INVALID, "secret %s has zero bytes, which a variable cannot hold", s->name);
	svec_env_set(&g->spec.process.env, s->target, data->buf);
	svec_add(&g->rec.secret_env, s->target);
	return 0;
}

static void remember(struct specgen *g, const struct create_secret *s, const struct secret *found)
{
	struct ctr_secret *r;

	g->rec.secrets.v = xrealloc(g->rec.secrets.v, g->rec.secrets.n + 1, sizeof(*r));
	r = &g->rec.secrets.v[g->rec.secrets.n++];
	*r = (struct ctr_secret){xstrdup(found->name), xstrdup(found->id), s->uid, s->gid, s->env ? 0 : s->mode};
}

static int give(struct specgen *g, int dir, size_t n, struct err *err)
{
	const struct create_secret *s = &g->secrets.v[n];
	auto_sbuf struct sbuf data = SBUF_INIT;
	struct secret found;
	int r;

	if (secret_find(&g->c->store, s->name, &found, err) < 0)
		return -1;
	r = secret_read(&g->c->store, &found, &data, err);
	if (!r)
		r = s->env ? set_variable(g, s, &data, err) : write_copy(g, dir, n, s, &data, err);
	if (!r)
		remember(g, s, &found);
	secret_done(&found);
	/* the copies and the variable are where they belong: no third one stays in memory */
	explicit_bzero(data.buf, data.len);
	return r;
}

static int chown_all(struct context *c, void *arg, struct err *err)
{
	const struct specgen *g = arg;

	(void)c;
	for (size_t i = 0; i < g->secrets.n; i++) {
		const struct create_secret *s = &g->secrets.v[i];
		auto_free char *path = xasprintf("%s/secrets/%zu", g->stagedir, i);

		if (!s->env && fchownat(AT_FDCWD, path, specgen_userns_outer_uid(g, s->uid), specgen_userns_outer_gid(g, s->gid), AT_SYMLINK_NOFOLLOW) < 0)
			return err_sys(err, "give secret %s to %u:%u", s->name, s->uid, s->gid);
		/* taken away by the change of owner */
		if (!s->env && fchmodat(AT_FDCWD, path, s->mode, 0) < 0)
			return err_sys(err, "set the mode of secret %s", s->name);
	}
	return 0;
}

int specgen_secrets_parse(struct specgen *g, struct err *err)
{
	const struct svec *texts = &g->o->secrets;

	g->secrets.v = texts->n ? xcalloc(texts->n, sizeof(*g->secrets.v)) : NULL;
	for (size_t i = 0; i < texts->n; i++, g->secrets.n++)
		if (create_secret_parse(texts->v[i], &g->secrets.v[i], err) < 0)
			return -1;
	return 0;
}

int specgen_secrets(struct specgen *g, struct err *err)
{
	auto_fd int dir = -1;
	bool owned = false;

	if (!g->secrets.n)
		return 0;
	dir = fs_open_dir_p(g->dir, "secrets");
	if (dir < 0)
		return err_neg(err, dir, "make secrets");
	for (size_t i = 0; i < g->secrets.n; i++) {
		if (give(g, dir, i, err) < 0)
			return -1;
		/* id 0 of a mapped container is not ours either */
		owned |= !g->secrets.v[i].env && (g->secrets.v[i].uid || g->secrets.v[i].gid || g->rootfs.uid_map);
	}
	return owned ? create_inside_run(g->c, chown_all, g, err) : 0;
}
