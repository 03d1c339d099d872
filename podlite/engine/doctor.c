#include "podlite/engine/doctor.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "podlite/engine/doctor_check.h"

#define FILE_MAX (16u << 20)

static const struct doctor_check *const tables[] = {doctor_ids_checks, doctor_userns_checks,
	doctor_store_checks, doctor_net_checks, doctor_cgroup_checks, doctor_host_checks};

/* ---- for the checks ---- */

static void set_what(struct doctor_item *it, enum doctor_status s, const char *fmt, va_list ap)
{
	free(it->what);
	it->status = s;
	it->what = alloc_vfmt(fmt, ap);
}

void doctor_ok(struct doctor_item *it, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set_what(it, DOCTOR_OK, fmt, ap);
	va_end(ap);
}

void doctor_warn(struct doctor_item *it, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set_what(it, DOCTOR_WARN, fmt, ap);
	va_end(ap);
}

void doctor_fail(struct doctor_item *it, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set_what(it, DOCTOR_FAIL, fmt, ap);
	va_end(ap);
}

void doctor_fix(struct doctor_item *it, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	free(it->fix);
	it->fix = alloc_vfmt(fmt, ap);
	it->needs_root = false;
	va_end(ap);
}

void doctor_fix_root(const struct doctor_host *h, struct doctor_item *it, const char *fmt, ...)
{
	auto_free char *command = NULL;
	va_list ap;

	va_start(ap, fmt);
	command = alloc_vfmt(fmt, ap);
	va_end(ap);
	free(it->fix);
	it->fix = xasprintf("%s%s", h->uid ? "sudo " : "", command);
	it->needs_root = true;
}

const char *const doctor_outer_advice = "inside a container, start that one with --security-opt seccomp=unconfined --security-opt unmask=ALL";

bool doctor_is_filtered(const struct doctor_host *h)
{
	auto_free char *status = doctor_read(h, "/proc/self/status");
	const char *mode = status ? strstr(status, "\nSeccomp:") : NULL;

	return mode && strtol(mode + strlen("\nSeccomp:"), NULL, 10) > 0;
}

char *doctor_read(const struct doctor_host *h, const char *path)
{
	auto_sbuf struct sbuf b = SBUF_INIT;

	while (*path == '/')
		path++;
	if (fs_read_file(h->root, path, FILE_MAX, &b) < 0)
		return NULL;
	sbuf_chomp(&b);
	b.buf[b.len] = '\0';
	return xstrdup(b.buf);
}

int64_t doctor_read_int(const struct doctor_host *h, const char *path, int64_t dflt)
{
	auto_free char *text = doctor_read(h, path);
	char *end = NULL;
	long long v = text ? strtoll(text, &end, 10) : 0;

	return text && end != text ? v : dflt;
}

bool doctor_exists(const struct doctor_host *h, const char *path)
{
	while (*path == '/')
		path++;
	return faccessat(h->root, path, F_OK, AT_EACCESS) == 0;
}

char *doctor_program(const struct doctor_host *h, const char *name)
{
	SVEC_EACH(dir, &h->path) {
		char *path = xasprintf("%s/%s", dir, name);
		struct stat st;

		if (*path == '/' && fstatat(h->root, path + 1, &st, 0) == 0 && S_ISREG(st.st_mode) &&
			(st.st_mode & 0111))
			return path;
		free(path);
	}
	return NULL;
}

/* ---- the report ---- */

static void run_check(const struct doctor_host *h, const struct doctor_check *c,
	struct doctor_report *r)
{
	struct doctor_item *it;

	r->v = xrealloc(r->v, r->n + 1, sizeof(*r->v));
	it = &r->v[r->n++];
	*it = (struct doctor_item){.code = c->code, .name = c->name, .why = c->why};
	c->run(h, it);
	r->warnings += it->status == DOCTOR_WARN;
	r->failures += it->status == DOCTOR_FAIL;
}

void doctor_run(const struct doctor_host *h, struct doctor_report *ret)
{
	*ret = (struct doctor_report){NULL};
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		for (const struct doctor_check *c = tables[i]; c->code; c++)
			run_check(h, c, ret);
}

void doctor_done(struct doctor_report *r)
{
	for (size_t i = 0; i < r->n; i++) {
		free(r->v[i].what);
		free(r->v[i].fix);
	}
	free(r->v);
	*r = (struct doctor_report){NULL};
}

const struct doctor_item *doctor_find(const struct doctor_report *r, const char *code)
{
	for (size_t i = 0; i < r->n; i++)
		if (!strcmp(r->v[i].code, code))
			return &r->v[i];
	return NULL;
}

const char *doctor_status_name(enum doctor_status s)
{
	static const char *const names[] = {"ok", "warn", "fail"};

	return names[s];
}

struct jval *doctor_json(const struct doctor_report *r)
{
	struct jval *list = jval_new_array();

	for (size_t i = 0; i < r->n; i++) {
		const struct doctor_item *it = &r->v[i];
		struct jval *o = jval_new_object();

		jval_set_str(o, "code", it->code);
		jval_set_str(o, "name", it->name);
		jval_set_str(o, "status", doctor_status_name(it->status));
		jval_set_str(o, "what", it->what ? it->what : "");
		jval_set_str(o, "why", it->why);
		jval_set_str(o, "fix", it->fix ? it->fix : "");
		jval_set_bool(o, "needs_root", it->needs_root);
		jval_add(list, o);
	}
	return list;
}
