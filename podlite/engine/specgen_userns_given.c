/*
 * specgen_userns_given.c - maps from the command line: --uidmap and --gidmap with podman's flags,
 * --subuidname and --subgidname (podman-run(1)). Outer ids as in specgen_userns.c.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/fs.h"
#include "common/subid.h"
#include "common/units.h"
#include "podlite/engine/specgen_userns.h"

#define MAPS_MAX  340 /* lines of a uid_map */
#define SUBID_MAX (16u << 20)

/* What is mapped: users or groups, the caller's ids of that kind, and what to call it. */
struct side {
	const char *option, *file;
	const struct userns_range *have;
	size_t nhave;
	bool groups;
};

/* An id of the host: what is it called in the shared namespace? */
static bool from_host(const struct side *s, uint64_t amount, uint32_t *id)
{
	for (size_t i = 0; i < s->nhave; i++) {
		const struct userns_range *r = &s->have[i];

		if (*id >= r->outside && *id + amount <= (uint64_t)r->outside + r->count) {
			*id = r->inside + (*id - r->outside);
			return true;
		}
	}
	return false;
}

/* Outer ids are 0..count-1. */
static uint32_t count_ids(const struct side *s)
{
	uint32_t n = 0;

	for (size_t i = 0; i < s->nhave; i++)
		n = MAX_OF(n, s->have[i].inside + s->have[i].count);
	return n;
}

static int resolve(const struct side *s, const char *text, struct create_idmap *m, struct err *err)
{
	if (m->host && !from_host(s, m->amount, &m->from))
		return err_set(err, EK_INVALID, "--%s %s: the host's ids from %u on are not among yours", s->option, text, m->from);
	if ((uint64_t)m->from + m->amount <= count_ids(s))
		return 0;
	err_set(err, EK_INVALID, "--%s %s: ids %u to %u do not exist in the user namespace", s->option, text, m->from,
		m->from + m->amount - 1);
	return err_advise(err, "0 is you, 1 and above are your subordinate ids");
}

static int full(const struct side *s, const struct spec_idmaps *l, struct err *err)
{
	return l->n > MAPS_MAX ? err_set(err, EK_USAGE, "--%s: more than %d maps", s->option, MAPS_MAX) : 0;
}

/* ---- "+" ---- */

/* Part of a range of n ids from `a` on that [b, b+m) covers, as offsets from a; empty: *from == *to. */
static void overlap(uint32_t a, uint32_t n, uint32_t b, uint32_t m, uint32_t *from, uint32_t *to)
{
	uint64_t start = MAX_OF(a, b), end = MIN_OF((uint64_t)a + n, (uint64_t)b + m);

	*from = *to = 0;
	if (start < end) {
		*from = (uint32_t)(start - a);
		*to = (uint32_t)(end - a);
	}
}

static void keep_part(struct spec_idmaps *l, const struct spec_idmap *m, uint32_t from, uint32_t to)
{
	if (from < to)
		specgen_userns_add(l, m->container_id + from, m->host_id + from, to - from);
}

/* The maps so far without what the new one has, inside or outside. */
static void make_room(struct spec_idmaps *l, const struct create_idmap *m)
{
	struct spec_idmaps left = {NULL, 0};

	for (size_t i = 0; i < l->n; i++) {
		const struct spec_idmap *old = &l->v[i];
		uint32_t a, b, c, d;

		overlap(old->container_id, old->size, m->inner, m->amount, &a, &b);
		overlap(old->host_id, old->size, m->from, m->amount, &c, &d);
		if (c < a) { /* the hole that comes first is a..b */
			SWAP(a, c);
			SWAP(b, d);
		}
		if (a == b) { /* an empty hole is none; after the swap only both or the first are */
			a = c;
			b = d;
		}
		keep_part(&left, old, 0, a);
		keep_part(&left, old, b, MAX_OF(b, c));
		keep_part(&left, old, MAX_OF(b, d), old->size);
	}
	free(l->v);
	*l = left;
}

/* Of the ids from *at on the next run that is not taken: its length, 0 at the end. */
static uint32_t next_free(const struct spec_idmaps *l, size_t given, bool inner, uint32_t end, uint32_t *at)
{
	uint32_t stop = end;

	for (bool moved = true; moved;) {
		moved = false;
		stop = end;
		for (size_t i = 0; i < given; i++) {
			uint32_t first = inner ? l->v[i].container_id : l->v[i].host_id;

			if (*at >= first && *at - first < l->v[i].size) {
				*at = first + l->v[i].size;
				moved = true;
			} else if (first > *at) {
				stop = MIN_OF(stop, first);
			}
		}
	}
	return *at < stop ? stop - *at : 0;
}

/* All maps extend: what is left of our ids fills the container's from 0 on, in order. */
static void fill(struct spec_idmaps *l, uint32_t have)
{
	uint32_t inner = 0, outer = 0, ni, no;
	size_t given = l->n;

	while ((no = next_free(l, given, false, have, &outer)) && (ni = next_free(l, given, true, UINT32_MAX, &inner))) {
		uint32_t n = MIN_OF(ni, no);

		specgen_userns_add(l, inner, outer, n);
		inner += n;
		outer += n;
	}
}

static int compare(const void *a, const void *b)
{
	const struct spec_idmap *x = a, *y = b;

	return (x->container_id > y->container_id) - (x->container_id < y->container_id);
}

/* The kernel takes no map that goes over the edge of one of ours (user_namespaces(7)). */
static void split(const struct side *s, struct spec_idmaps *l)
{
	struct spec_idmaps parts = {NULL, 0};

	for (size_t i = 0; i < l->n; i++)
		for (size_t k = 0; k < s->nhave; k++) {
			uint32_t from, to;

			overlap(l->v[i].host_id, l->v[i].size, s->have[k].inside, s->have[k].count, &from, &to);
			keep_part(&parts, &l->v[i], from, to);
		}
	free(l->v);
	*l = parts;
}

/* ---- --uidmap, --gidmap ---- */

static int from_maps(const struct side *s, const struct svec *texts, struct spec_idmaps *ret, struct err *err)
{
	bool all_extend = true;

	for (size_t i = 0; i < texts->n; i++) {
		struct create_idmap m;

		if (create_idmap_parse(s->option, texts->v[i], &m, err) < 0)
			return -1;
		/* flags say that the map is for the other kind only */
		if (s->groups ? m.users && !m.groups : m.groups && !m.users)
			continue;
		if (resolve(s, texts->v[i], &m, err) < 0)
			return -1;
		if (m.extend)
			make_room(ret, &m);
		all_extend &= m.extend;
		specgen_userns_add(ret, m.inner, m.from, m.amount);
		if (full(s, ret, err) < 0)
			return -1;
	}
	/* also when no map was for this kind: all ids are what they are */
	if (all_extend)
		fill(ret, count_ids(s));
	split(s, ret);
	qsort(ret->v, ret->n, sizeof(*ret->v), compare);
	return full(s, ret, err);
}

/* ---- --subuidname, --subgidname ---- */

/* The ranges of a name in /etc/subuid, one after another from 0 on. All must be the caller's own. */
static int from_name(const struct side *s, const char *name, struct spec_idmaps *ret, struct err *err)
{
	auto_cleanup(subid_done) struct subid_list ids = {NULL, 0};
	auto_sbuf struct sbuf text = SBUF_INIT;
	uint64_t number = UINT32_MAX;
	uint32_t inner = 0;
	int r = fs_read_file(AT_FDCWD, s->file, SUBID_MAX, &text);

	if (r < 0)
		return err_neg(err, r, "--%s %s: read %s", s->option, name, s->file);
	if (!units_parse_u64(name, &number) || number > UINT32_MAX)
		number = UINT32_MAX;
	subid_parse(text.buf, name, (uid_t)number, &ids);
	if (!ids.n)
		return err_set(err, EK_INVALID, "--%s %s: no ranges found for user \"%s\" in %s", s->option, name, name, s->file);
	for (size_t i = 0; i < ids.n && i < MAPS_MAX; i++) {
		uint32_t outer = ids.v[i].start;

		if (!from_host(s, ids.v[i].count, &outer))
			return err_set(err, EK_DENIED, "--%s %s: the ids %u to %u are not subordinate to you", s->option, name,
				ids.v[i].start, ids.v[i].start + ids.v[i].count - 1);
		specgen_userns_add(ret, inner, outer, ids.v[i].count);
		inner += ids.v[i].count;
	}
	return 0;
}

/* As podman: when only one of the two is given, it stands for both. */
int specgen_userns_given(struct specgen *g, const struct userns_map *map, struct err *err)
{
	const struct create_opts *o = g->o;
	struct spec_linux *l = &g->spec.linux_;
	const struct svec *uids = o->uidmap.n ? &o->uidmap : &o->gidmap, *gids = o->gidmap.n ? &o->gidmap : &o->uidmap;
	const char *uname = o->subuidname ? o->subuidname : o->subgidname, *gname = o->subgidname ? o->subgidname : uname;
	bool named = uname != NULL;
	const struct side users = {named ? "subuidname" : "uidmap", "/etc/subuid", map->uid, map->nuid, false};
	const struct side groups = {named ? "subgidname" : "gidmap", "/etc/subgid", map->gid, map->ngid, true};

	if (named)
		return from_name(&users, uname, &l->uid_mappings, err) < 0 ? -1 : from_name(&groups, gname, &l->gid_mappings, err);
	return from_maps(&users, uids, &l->uid_mappings, err) < 0 ? -1 : from_maps(&groups, gids, &l->gid_mappings, err);
}
