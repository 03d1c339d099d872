/* specgen_security.c - capabilities, seccomp, hidden paths, --security-opt (threats.md §7). */
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "oci/seccomp_profile.h"
#include "podlite/engine/specgen.h"

#define PROFILE_MAX (4u << 20)

static const char *const masked[] = {"/proc/acpi", "/proc/interrupts", "/proc/kcore", "/proc/key-users", "/proc/keys",
	"/proc/latency_stats", "/proc/sched_debug", "/proc/scsi", "/proc/timer_list", "/proc/timer_stats",
	"/sys/dev/block", "/sys/devices/virtual/powercap", "/sys/firmware", "/sys/fs/selinux", "/sys/kernel/debug",
	"/sys/kernel/security", "/sys/kernel/tracing"};

static const char *const readonly[] = {"/proc/asound", "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
	"/proc/sysrq-trigger"};

/* ---- --security-opt ---- */

static int add_paths(const char *text, const char *value, struct svec *ret, struct err *err)
{
	auto_svec struct svec parts = SVEC_INIT;

	svec_add_split(&parts, value, ':');
	for (size_t i = 0; i < parts.n; i++) {
		if (parts.v[i][0] != '/')
			return err_set(err, EK_USAGE, "--security-opt %s: paths are absolute and separated by colons", text);
		svec_add(ret, parts.v[i]);
	}
	return 0;
}

static int set_seccomp(struct specgen *g, const char *value, struct err *err)
{
	unsigned flags;

	if (!*value)
		return err_set(err, EK_USAGE, "--security-opt seccomp=: expected a file, unconfined, default or nested");
	free(g->seccomp);
	g->seccomp = xstrdup(value);
	if (!strcmp(value, "unconfined") || seccomp_profile_flag(value, &flags))
		return 0;
	if (access(value, R_OK) < 0)
		return err_sys(err, "--security-opt seccomp=%s: read the profile", value);
	return 0;
}

static int no_new_privs(struct specgen *g, const char *text, const char *value, struct err *err)
{
	if (!*value || !strcmp(value, "true"))
		g->no_new_privs = true;
	else if (!strcmp(value, "false"))
		g->no_new_privs = false;
	else
		return err_set(err, EK_USAGE, "--security-opt %s: expected true or false", text);
	return 0;
}

/* A label or profile that would not be applied is refused, never accepted silently (V28). */
static int one_option(struct specgen *g, const char *text, struct err *err)
{
	size_t n = strcspn(text, "=:");
	auto_free char *key = xstrndup(text, n);
	const char *value = text[n] ? text + n + 1 : "";

	if (!strcmp(key, "seccomp"))
		return set_seccomp(g, value, err);
	if (!strcmp(key, "no-new-privileges"))
		return no_new_privs(g, text, value, err);
	if (!strcmp(key, "mask"))
		return add_paths(text, value, &g->mask, err);
	if ((!strcmp(key, "unmask") && !strcasecmp(value, "ALL")) || !strcmp(text, "systempaths=unconfined")) {
		g->unmask_all = true;
		return 0;
	}
	if (!strcmp(key, "unmask"))
		return add_paths(text, value, &g->unmask, err);
	if ((!strcmp(key, "label") && !strcmp(value, "disable")) || (!strcmp(key, "apparmor") && !strcmp(value, "unconfined")))
		return 0;
	if (!strcmp(key, "label") || !strcmp(key, "apparmor") || !strcmp(key, "proc-opts"))
		return err_set(err, EK_UNSUPPORTED, "--security-opt %s is not built yet%s", text,
			!strcmp(key, "label") ? "; use label=disable" : !strcmp(key, "apparmor") ? "; use apparmor=unconfined" : "");
	return err_set(err, EK_USAGE, "invalid --security-opt \"%s\"", text);
}

int specgen_security_parse(struct specgen *g, struct err *err)
{
	for (size_t i = 0; i < g->o->security_opt.n; i++)
		if (one_option(g, g->o->security_opt.v[i], err) < 0)
			return -1;
	return create_caps_resolve(&g->o->cap_add, &g->o->cap_drop, g->o->privileged, &g->caps, err);
}

/* ---- into config.json ---- */

/* Root of the container holds the whole set; anyone else holds nothing but may get it back through
 * setuid programs. Inheritable and ambient stay empty (threats.md V10). */
static void add_caps(struct specgen *g)
{
	struct spec_caps *c = new0(struct spec_caps);

	svec_add_all(&c->bounding, &g->caps);
	if (!g->ids.uid) {
		svec_add_all(&c->permitted, &g->caps);
		svec_add_all(&c->effective, &g->caps);
	}
	g->spec.process.capabilities = c;
	svec_add_all(&g->rec.cap_add, &g->o->cap_add);
	svec_add_all(&g->rec.cap_drop, &g->o->cap_drop);
}

/* Programs of 32 bits only where the image says that it has them (threats.md §7). */
static bool is_compat(const struct specgen *g)
{
	const char *arch = g->cfg.architecture;

	return arch && (!strcmp(arch, "386") || !strcmp(arch, "arm"));
}

static int from_file(struct specgen *g, struct err *err)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	auto_fd int fd = fd_open(AT_FDCWD, g->seccomp, O_RDONLY, 0);
	int r = fd < 0 ? fd : fd_read_all(fd, PROFILE_MAX, &text);

	if (r < 0)
		return err_neg(err, r, "read the seccomp profile %s", g->seccomp);
	if (seccomp_profile_from_file(text.buf, text.len, &g->caps, &g->spec.linux_.seccomp, err) < 0)
		return err_wrap(err, "seccomp profile %s", g->seccomp);
	return 0;
}

static int add_seccomp(struct specgen *g, struct err *err)
{
	unsigned flags = 0;

	g->rec.seccomp_path = xstrdup(g->seccomp);
	if (g->seccomp && !strcmp(g->seccomp, "unconfined"))
		return 0;
	if (!g->seccomp && g->o->privileged)
		return 0;
	if (g->seccomp && !seccomp_profile_flag(g->seccomp, &flags))
		return from_file(g, err);
	flags |= is_compat(g) ? SECCOMP_PROFILE_COMPAT : 0;
	g->spec.linux_.seccomp =
		g->mon.runtime ? seccomp_profile_default(&g->caps, flags) : seccomp_profile_named(&g->caps, flags);
	return 0;
}

static bool unmasked(const struct specgen *g, const char *path)
{
	if (g->unmask_all || g->o->privileged)
		return true;
	for (size_t i = 0; i < g->unmask.n; i++)
		if (!fnmatch(g->unmask.v[i], path, FNM_PATHNAME))
			return true;
	return false;
}

static void hide(const struct specgen *g, const char *path, struct svec *list)
{
	if (!unmasked(g, path) && !svec_has(list, path))
		svec_add(list, path);
}

/* One directory for each processor, on hardware that has such counters at all. */
static void hide_throttle(struct specgen *g)
{
	char path[80];

	for (int cpu = 0; cpu < 4096; cpu++) {
		snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/thermal_throttle", cpu);
		if (access(path, F_OK) < 0)
			return;
		hide(g, path, &g->spec.linux_.masked_paths);
	}
}

static void add_paths_hidden(struct specgen *g)
{
	struct spec_linux *l = &g->spec.linux_;

	for (size_t i = 0; i < ARRAY_SIZE(masked); i++)
		hide(g, masked[i], &l->masked_paths);
	hide_throttle(g);
	for (size_t i = 0; i < ARRAY_SIZE(readonly); i++)
		hide(g, readonly[i], &l->readonly_paths);
	for (size_t i = 0; i < g->mask.n; i++)
		if (!svec_has(&l->masked_paths, g->mask.v[i]))
			svec_add(&l->masked_paths, g->mask.v[i]);
}

int specgen_security(struct specgen *g, struct err *err)
{
	add_caps(g);
	add_paths_hidden(g);
	g->spec.process.no_new_privileges = g->no_new_privs;
	g->rec.privileged = g->o->privileged;
	svec_add_all(&g->rec.security_opt, &g->o->security_opt);
	return add_seccomp(g, err);
}
