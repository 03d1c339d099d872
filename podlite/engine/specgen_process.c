/* specgen_process.c - what is run: arguments, directory, umask, limits. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/units.h"
#include "podlite/engine/specgen.h"

/* --entrypoint: a JSON array, or one word; "" removes the image's. */
static int entrypoint(struct specgen *g, struct svec *ret, struct err *err)
{
	const char *text = g->o->entrypoint;
	auto_jval struct jval *list = NULL;

	if (!text) {
		svec_add_all(ret, &g->cfg.entrypoint);
		return 0;
	}
	if (*text == '[')
		list = jval_parse(text, strlen(text), 0, NULL);
	if (list && !jval_strings(list, ret))
		return err_set(err, EK_USAGE, "invalid --entrypoint %s: expected a word or a JSON array of strings", text);
	if (!list && *text)
		svec_add(ret, text);
	return 0;
}

static int command(struct specgen *g, struct err *err)
{
	struct svec *args = &g->spec.process.args;

	if (entrypoint(g, &g->rec.entrypoint, err) < 0)
		return -1;
	if (g->o->argc)
		for (int i = 0; i < g->o->argc; i++)
			svec_add(&g->rec.cmd, g->o->argv[i]);
	else if (!g->o->entrypoint)
		svec_add_all(&g->rec.cmd, &g->cfg.cmd);
	svec_add_all(&g->rec.command, &g->rec.entrypoint);
	svec_add_all(&g->rec.command, &g->rec.cmd);
	if (!g->rec.command.n)
		return err_set(err, EK_INVALID, "no command or entrypoint provided, and no CMD or ENTRYPOINT from image");
	if (g->o->init) {
		svec_add(args, "/run/podlite-init");
		svec_add(args, "--");
	}
	svec_add_all(args, &g->rec.command);
	return 0;
}

/* fs_clean would fold "/proc/self/cwd/.." differently than the kernel, but the runtime resolves
 * the directory inside the root and checks where it came out (threats.md V2). */
static int workdir(struct specgen *g, struct err *err)
{
	const char *dir = g->o->workdir && *g->o->workdir ? g->o->workdir : NULL;
	const char *image = g->cfg.working_dir && *g->cfg.working_dir ? g->cfg.working_dir : NULL;

	if (dir && *dir != '/')
		return err_set(err, EK_USAGE, "invalid --workdir \"%s\": it must be an absolute path", dir);
	if (dir)
		g->spec.process.cwd = fs_clean(dir);
	else if (image && *image == '/')
		g->spec.process.cwd = fs_clean(image);
	else if (image) {
		auto_free char *absolute = xasprintf("/%s", image);

		g->spec.process.cwd = fs_clean(absolute);
	} else
		g->spec.process.cwd = xstrdup("/");
	g->rec.workdir = xstrdup(g->spec.process.cwd);
	return 0;
}

static int umask_(struct specgen *g, struct err *err)
{
	const char *text = g->o->umask ? g->o->umask : "0022";
	char *end;
	unsigned long v = strtoul(text, &end, 8);

	if (strspn(text, "01234567") != strlen(text) || !*text || *end || v > 0777)
		return err_set(err, EK_USAGE, "invalid --umask \"%s\": expected an octal number up to 0777", text);
	g->spec.process.user.umask = (int64_t)v;
	return 0;
}

static int personality(struct specgen *g, struct err *err)
{
	const char *text = g->o->personality;

	if (!text)
		return 0;
	if (strcmp(text, "LINUX") != 0 && strcmp(text, "LINUX32") != 0)
		return err_set(err, EK_USAGE, "invalid --personality \"%s\": expected LINUX or LINUX32", text);
	g->spec.linux_.personality = jval_new_object();
	jval_set_str(g->spec.linux_.personality, "domain", text);
	return 0;
}

static int64_t current_oom_score(void)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	int64_t score = 0;

	if (fs_read_file(AT_FDCWD, "/proc/self/oom_score_adj", 64, &text) < 0)
		return 0;
	sbuf_setlen(&text, strcspn(text.buf, "\n"));
	return create_number_parse("oom-score-adj", text.buf, -1000, 1000, &score, NULL) < 0 ? 0 : score;
}

static int oom_score(struct specgen *g, struct err *err)
{
	struct spec_process *p = &g->spec.process;

	if (!g->o->oom_score_adj)
		return 0;
	if (create_number_parse("oom-score-adj", g->o->oom_score_adj, -1000, 1000, &p->oom_score_adj, err) < 0)
		return -1;
	/* the kernel lets nobody without CAP_SYS_RESOURCE on the host go below what he has */
	if (geteuid() != 0 && p->oom_score_adj < current_oom_score())
		return err_set(err, EK_DENIED, "--oom-score-adj %s: an unprivileged user cannot go below its own value, %lld",
			g->o->oom_score_adj, (long long)current_oom_score());
	p->has_oom_score_adj = true;
	g->rec.oom_score_adj = p->oom_score_adj;
	return 0;
}

static int add_ulimit(struct specgen *g, const struct create_ulimit *u, const char *text, struct err *err)
{
	struct rlimit now;

	if (!getrlimit((__rlimit_resource_t)u->resource, &now) && geteuid() != 0 && u->hard > now.rlim_max)
		return err_set(err, EK_DENIED, "--ulimit %s: above the hard limit of this user, %llu", text,
			(unsigned long long)now.rlim_max);
	spec_add_rlimit(&g->spec, u->type, u->soft, u->hard);
	return 0;
}

/* The caller's limits stay, but for core dumps: those of a container would land with the host's
 * handler (threats.md X7). */
static int ulimits(struct specgen *g, struct err *err)
{
	struct rlimit core;
	bool has_core = g->inherit_ulimits;

	for (size_t i = 0; i < g->ulimits.n; i++) {
		has_core |= g->ulimits.v[i].resource == RLIMIT_CORE;
		if (add_ulimit(g, &g->ulimits.v[i], g->o->ulimits.v[i], err) < 0)
			return -1;
	}
	if (!has_core && !getrlimit(RLIMIT_CORE, &core))
		spec_add_rlimit(&g->spec, "RLIMIT_CORE", 0, core.rlim_max);
	svec_add_all(&g->rec.ulimits, &g->o->ulimits);
	return 0;
}

int specgen_process(struct specgen *g, struct err *err)
{
	g->spec.process.terminal = g->o->tty;
	if (command(g, err) < 0)
		return -1;
	specgen_systemd(g);
	if (workdir(g, err) < 0 || umask_(g, err) < 0 || personality(g, err) < 0 || oom_score(g, err) < 0)
		return -1;
	return ulimits(g, err);
}

static bool is_where_mounted(const struct specgen *g, const char *dir)
{
	for (size_t i = 0; i < g->spec.mounts.n; i++) {
		const char *dest = g->spec.mounts.v[i].destination;

		if (fs_is_below(dir, dest) || fs_is_below(dest, dir))
			return true;
	}
	return false;
}

/* As podman: the image's own working directory is made, one that only the command line names must
 * be there, in the image or by a mount, or by the start: a cp may bring it. */
int specgen_workdir(struct specgen *g, struct err *err)
{
	const char *cwd = g->spec.process.cwd;
	struct stat st;
	bool empty;
	int r;

	if (!g->o->workdir || !*g->o->workdir || (g->cfg.working_dir && !strcmp(g->cfg.working_dir, cwd)))
		return 0;
	if (is_where_mounted(g, cwd))
		return 0;
	r = specgen_view_stat(&g->rootfs, cwd, &st, &empty);
	if (!r && S_ISREG(st.st_mode))
		return err_set(err, EK_NOT_EXECUTABLE, "workdir \"%s\" exists on container %.12s, but is not a directory",
			cwd, g->id);
	if (r != -ENOENT)
		return 0;
	if (!g->refresh)
		g->refresh = jval_new_object();
	jval_set_str(g->refresh, "workdir", cwd);
	return 0;
}
