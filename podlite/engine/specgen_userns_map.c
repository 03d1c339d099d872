/*
 * specgen_userns_map.c - maps of a nested user namespace that are not computed from the caller's id:
 * --userns auto (a range that no other container has) and the map of a namespace that is joined;
 * specgen_userns_given.c has those that the command line gives. Outer ids as in specgen_userns.c.
 */
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/lock.h"
#include "common/units.h"
#include "podlite/engine/create_inside.h"
#include "podlite/engine/specgen_userns.h"

#define AUTO_SIZE   1024 /* the smallest */
#define CONFIG_MAX  (16u << 20)

void specgen_userns_add(struct spec_idmaps *m, uint32_t inner, uint32_t outer, uint32_t count)
{
	if (!count)
		return;
	m->v = xrealloc(m->v, m->n + 1, sizeof(*m->v));
	m->v[m->n++] = (struct spec_idmap){inner, outer, count};
}

/* ---- auto ---- */

/* The largest id that the image's passwd or group file names, as far as they can be read from here. */
static uint32_t largest_id(const struct specgen *g)
{
	uint64_t most = 0, id;

	for (const char *const *file = (const char *const[]){"/etc/passwd", "/etc/group", NULL}; *file; file++) {
		auto_sbuf struct sbuf text = SBUF_INIT;
		auto_svec struct svec lines = SVEC_INIT;

		if (specgen_view_read(&g->rootfs, *file, SPECGEN_USER_FILE_MAX, &text) < 0)
			continue;
		svec_add_split(&lines, text.buf, '\n');
		for (size_t i = 0; i < lines.n; i++) {
			auto_svec struct svec fields = SVEC_INIT;

			svec_add_split(&fields, lines.v[i], ':');
			/* nobody and nogroup would ask for everything */
			if (fields.n > 2 && units_parse_u64(fields.v[2], &id) && id < 65534)
				most = MAX_OF(most, id);
		}
	}
	return (uint32_t)most;
}

struct taken {
	struct { uint32_t first, count; } *v;
	size_t n;
};

/* What containers with --userns auto have, by their config.json. */
static int find_taken(struct context *c, struct taken *t, struct err *err)
{
	struct ctr_list list;

	if (ctr_list_all(c, &list, err) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++) {
		auto_fd int dir = -1;
		auto_jval struct jval *config = NULL;
		const struct jval *m;

		if (!list.v[i].rec.userns || strncmp(list.v[i].rec.userns, "auto", 4))
			continue;
		dir = fd_open_dir(c->store.containers, list.v[i].rec.id);
		config = dir < 0 ? NULL : jval_read_file(dir, "config.json", CONFIG_MAX, NULL);
		m = jval_at(jval_path(config, "linux.uidMappings"), 0);
		if (!m)
			continue;
		t->v = xrealloc(t->v, t->n + 1, sizeof(*t->v));
		t->v[t->n].first = (uint32_t)jval_get_int(m, "hostID", 0);
		t->v[t->n++].count = (uint32_t)jval_get_int(m, "size", 0);
	}
	ctr_list_done(&list);
	return 0;
}

/* The first gap: after each taken range, and at the beginning. */
static uint32_t find_gap(const struct taken *t, uint32_t size, uint32_t have)
{
	uint64_t at = 1;

	for (bool moved = true; moved && at + size <= have;) {
		moved = false;
		for (size_t i = 0; i < t->n; i++)
			if (at < (uint64_t)t->v[i].first + t->v[i].count && t->v[i].first < at + size) {
				at = (uint64_t)t->v[i].first + t->v[i].count;
				moved = true;
			}
	}
	return at + size <= have ? (uint32_t)at : 0;
}

int specgen_userns_auto(struct specgen *g, uint32_t have, struct err *err)
{
	uint32_t size = g->userns.size ? g->userns.size : MAX_OF(largest_id(g) + 1, (uint32_t)AUTO_SIZE), at;
	struct taken t = {NULL, 0};

	/* held until the container is in the store, where the next one sees it */
	g->userns_lock = lock_open(g->c->store.fd, "userns-auto.lock", LOCK_EXCLUSIVE_, true);
	if (g->userns_lock < 0)
		return err_neg(err, g->userns_lock, "--userns auto: lock");
	if (find_taken(g->c, &t, err) < 0)
		return -1;
	at = find_gap(&t, size, have);
	free(t.v);
	if (!at) {
		err_set(err, EK_INVALID, "--userns %s: of your %u subordinate ids no %u in a row are free", g->o->userns, have - 1, size);
		return err_advise(err, "remove containers that have some, or ask for less with auto:size=N");
	}
	specgen_userns_add(&g->spec.linux_.uid_mappings, 0, at, size);
	specgen_userns_add(&g->spec.linux_.gid_mappings, 0, at, size);
	return 0;
}

/* ---- joining ---- */

int specgen_userns_of(struct specgen *g, char ret_id[65], struct err *err)
{
	struct spec_linux *l = &g->spec.linux_;
	struct spec_runtime of;
	auto_fd int dir = -1;
	int r;

	if (ctr_find_id(g->c, g->userns.target, ret_id, err) < 0)
		return err_wrap(err, "--userns %s", g->o->userns);
	dir = ctr_open_dir(g->c, ret_id, err);
	if (dir < 0)
		return -1;
	spec_runtime_init(&of);
	r = spec_runtime_read(dir, &of, err);
	SWAP(l->uid_mappings, of.linux_.uid_mappings);
	SWAP(l->gid_mappings, of.linux_.gid_mappings);
	spec_runtime_done(&of);
	return r;
}

struct maps {
	int ns;
	char uid[4096], gid[4096]; /* as /proc/self/uid_map has them */
};

static int read_map(const char *path, char *ret, size_t size)
{
	auto_fd int fd = fd_open(AT_FDCWD, path, O_RDONLY, 0);
	ssize_t n = fd < 0 ? fd : fd_read_some(fd, ret, size - 1);

	ret[n > 0 ? n : 0] = '\0';
	return n < 0 ? (int)n : 0;
}

/* In a child, in the shared namespace: is that one's child, and how does it map? */
static int look_inside(struct context *c, void *arg, struct err *err)
{
	struct maps *m = arg;
	auto_fd int parent = ioctl(m->ns, NS_GET_PARENT);
	struct stat own, st;
	int r;

	(void)c;
	if (parent < 0 || fstat(parent, &st) < 0 || stat("/proc/self/ns/user", &own) < 0 || st.st_ino != own.st_ino)
		return err_set(err, EK_UNSUPPORTED, "it is not a namespace below the one that containers share");
	if (setns(m->ns, CLONE_NEWUSER) < 0)
		return err_sys(err, "enter it");
	r = read_map("/proc/self/uid_map", m->uid, sizeof(m->uid));
	if (!r)
		r = read_map("/proc/self/gid_map", m->gid, sizeof(m->gid));
	return r < 0 ? err_neg(err, r, "read its map") : 0;
}

static void parse_map(const char *text, struct spec_idmaps *ret)
{
	unsigned inner, outer, count;
	int n;

	for (; sscanf(text, "%u %u %u%n", &inner, &outer, &count, &n) == 3; text += n)
		specgen_userns_add(ret, inner, outer, count);
}

int specgen_userns_at(struct specgen *g, struct err *err)
{
	/* shared with the child that looks */
	struct maps *m = mmap(NULL, sizeof(*m), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int r;

	if (m == MAP_FAILED)
		return err_sys(err, "--userns %s", g->o->userns);
	m->ns = fd_open(AT_FDCWD, g->userns.target, O_RDONLY | O_NOCTTY | O_NONBLOCK, 0);
	r = m->ns < 0 ? err_neg(err, m->ns, "open %s", g->userns.target) : create_inside_run(g->c, look_inside, m, err);
	if (!r) {
		parse_map(m->uid, &g->spec.linux_.uid_mappings);
		parse_map(m->gid, &g->spec.linux_.gid_mappings);
	}
	fd_close(m->ns);
	munmap(m, sizeof(*m));
	return r < 0 ? err_wrap(err, "--userns %s", g->o->userns) : 0;
}
