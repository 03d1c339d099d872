/* doctor_ids.c - PL001-PL004: subordinate ids and the programs that map them. */
#include "podlite/engine/doctor_check.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/subid.h"
#include "common/units.h"

#define WANTED 65536 /* what images use: 0 to 65535 */

static const char *const files[2] = {"/etc/subuid", "/etc/subgid"};

struct entry {
	char *owner;
	uint64_t start, count;
};

struct entries {
	struct entry *v;
	size_t n;
};

static void entries_done(struct entries *e)
{
	for (size_t i = 0; i < e->n; i++)
		free(e->v[i].owner);
	free(e->v);
}

/* Lines "name:start:count", of everybody; with passwd, "name:x:uid:..." as ranges of one. */
static void read_entries(const struct doctor_host *h, const char *path, bool passwd,
	struct entries *ret)
{
	auto_free char *text = doctor_read(h, path);
	auto_svec struct svec lines = SVEC_INIT;

	svec_add_split(&lines, text ? text : "", '\n');
	SVEC_EACH(line, &lines) {
		auto_svec struct svec f = SVEC_INIT;
		struct entry e = {.count = 1};

		svec_add_split(&f, line, ':');
		if (f.n < 3 || *line == '#' || !units_parse_u64(f.v[passwd ? 2 : 1], &e.start))
			continue;
		if (!passwd && !units_parse_u64(f.v[2], &e.count))
			continue;
		e.owner = xstrdup(f.v[0]);
		ret->v = xrealloc(ret->v, ret->n + 1, sizeof(*ret->v));
		ret->v[ret->n++] = e;
	}
}

static uint64_t total_of(const struct doctor_host *h, const char *path)
{
	struct subid_list list = {NULL, 0};
	auto_free char *text = doctor_read(h, path);
	uint64_t total = 0;

	subid_parse(text ? text : "", h->user, h->uid, &list);
	for (size_t i = 0; i < list.n; i++)
		total += list.v[i].count;
	subid_done(&list);
	return total;
}

/* The first start that collides with nobody's subordinate range and with no user. */
static uint64_t free_start(const struct doctor_host *h)
{
	auto_cleanup(entries_done) struct entries all = {NULL};
	uint64_t start = 100000;
	bool moved = true;

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		read_entries(h, files[i], false, &all);
	read_entries(h, "/etc/passwd", true, &all);
	while (moved) {
		moved = false;
		for (size_t i = 0; i < all.n; i++)
			if (start < all.v[i].start + all.v[i].count && all.v[i].start < start + WANTED) {
				start = (all.v[i].start + all.v[i].count + WANTED - 1) / WANTED * WANTED;
				moved = true;
			}
	}
	return start;
}

static void check_subid(const struct doctor_host *h, struct doctor_item *it)
{
	uint64_t uids, gids, start;

	if (!h->uid) {
		doctor_ok(it, "not needed by root");
		return;
	}
	uids = total_of(h, files[0]);
	gids = total_of(h, files[1]);
	doctor_ok(it, "%llu subordinate uids and %llu gids", (unsigned long long)uids,
		(unsigned long long)gids);
	if (uids + 1 >= WANTED && gids + 1 >= WANTED)
		return;
	if (uids && gids)
		doctor_warn(it, "%s has only %llu subordinate uids and %llu gids", h->user,
			(unsigned long long)uids, (unsigned long long)gids);
	else
		doctor_warn(it, "%s has no ranges in %s: containers have one user id only", h->user,
			uids ? files[1] : gids ? files[0] : "/etc/subuid and /etc/subgid");
	start = free_start(h);
	doctor_fix_root(h, it, "usermod --add-subuids %llu-%llu --add-subgids %llu-%llu %s",
		(unsigned long long)start, (unsigned long long)start + WANTED - 1,
		(unsigned long long)start, (unsigned long long)start + WANTED - 1, h->user);
}

static bool overlap(const struct entry *a, const struct entry *b)
{
	return a->start < b->start + b->count && b->start < a->start + a->count;
}

static bool is_mine(const struct doctor_host *h, const struct entry *e)
{
	uint64_t number;

	return !strcmp(e->owner, h->user) || (units_parse_u64(e->owner, &number) && number == h->uid);
}

/* Does one of the user's ranges in `file` meet somebody else's range or id in `other`? */
static bool overlap_in(const struct doctor_host *h, const char *file, const char *other, bool passwd,
	struct doctor_item *it)
{
	auto_cleanup(entries_done) struct entries own = {NULL}, all = {NULL};

	read_entries(h, file, false, &own);
	read_entries(h, other, passwd, &all);
	for (size_t i = 0; i < own.n; i++)
		for (size_t k = 0; k < all.n && is_mine(h, &own.v[i]); k++) {
			if (!overlap(&own.v[i], &all.v[k]) || (!passwd && is_mine(h, &all.v[k])))
				continue;
			doctor_warn(it, "%s: the range %llu-%llu of %s holds %s %s (%llu)", file,
				(unsigned long long)own.v[i].start,
				(unsigned long long)(own.v[i].start + own.v[i].count - 1), h->user,
				passwd ? "the id of" : "ids of", all.v[k].owner,
				(unsigned long long)all.v[k].start);
			return true;
		}
	return false;
}

static void check_overlap(const struct doctor_host *h, struct doctor_item *it)
{
	uint64_t start;

	doctor_ok(it, "no range is shared with another user");
	if (!h->uid)
		return;
	if (!overlap_in(h, files[0], "/etc/passwd", true, it) &&
		!overlap_in(h, files[0], files[0], false, it) &&
		!overlap_in(h, files[1], files[1], false, it) &&
		!overlap_in(h, files[1], "/etc/group", true, it))
		return;
	start = free_start(h);
	/* existing containers are chowned to the old range: the lines are changed on purpose only */
	doctor_fix_root(h, it, "sh -c 'sed -i \"/^%s:/s/:.*/:%llu:%d/\" /etc/subuid /etc/subgid'", h->user,
		(unsigned long long)start, WANTED);
}

/* setuid root, or a file capability (newuidmap of some distributions has cap_setuid). */
static bool has_privilege(const struct doctor_host *h, const char *path, char *ret_why, size_t n)
{
	auto_fd int fd = fd_open(h->root, path + 1, O_RDONLY, 0);
	struct stat st;

	if (fstatat(h->root, path + 1, &st, 0) < 0)
		return false;
	if (st.st_uid != h->trusted) {
		snprintf(ret_why, n, "%s is not owned by root", path);
		return false;
	}
	if (st.st_mode & S_ISUID)
		return true;
	if (fd >= 0 && fgetxattr(fd, "security.capability", NULL, 0) > 0)
		return true;
	snprintf(ret_why, n, "%s is neither setuid nor has it file capabilities", path);
	return false;
}

static void check_helpers(const struct doctor_host *h, struct doctor_item *it)
{
	static const char *const names[2] = {"newuidmap", "newgidmap"};
	char why[300];

	doctor_ok(it, "newuidmap and newgidmap are installed");
	for (size_t i = 0; i < 2 && h->uid; i++) {
		auto_free char *path = doctor_program(h, names[i]);

		if (!path) {
			doctor_warn(it, "%s is not installed: containers have one user id only", names[i]);
			doctor_mend_install(h, it, DOCTOR_PKG_UIDMAP);
			return;
		}
		if (!has_privilege(h, path, why, sizeof(why))) {
			doctor_fail(it, "%s", why);
			doctor_fix_root(h, it, "sh -c 'chown root:root %s && chmod 4755 %s'", path, path);
			return;
		}
	}
}

/* What keeps a setuid program from becoming root. */
static void check_blocked(const struct doctor_host *h, struct doctor_item *it)
{
	auto_free char *status = doctor_read(h, "/proc/self/status");
	const char *nnp = status ? strstr(status, "\nNoNewPrivs:") : NULL;

	doctor_ok(it, "nothing keeps them from their privilege");
	if (!h->uid)
		return;
	if (h->probe.idmap_nosuid) {
		auto_free char *path = doctor_program(h, "newuidmap");

		doctor_fail(it, "%s is on a file system mounted nosuid", path ? path : "newuidmap");
		doctor_fix_root(h, it, "mount -o remount,suid \"$(findmnt -no TARGET -T %s)\"",
			path ? path : "/usr/bin");
	} else if (nnp && strtol(nnp + 12, NULL, 10) == 1) {
		doctor_fail(it, "this process runs with no_new_privs, which disables newuidmap: it was started "
			"by a sandbox, or by a service with NoNewPrivileges=yes");
	}
}

const struct doctor_check doctor_ids_checks[] = {
	{"PL001", "subordinate-ids",
		"files of an image belong to many users; each needs an id that is this user's alone",
		check_subid},
	{"PL002", "subordinate-id-overlap",
		"who shares an id with a container can reach its files and processes", check_overlap},
	{"PL003", "id-map-helpers",
		"only newuidmap and newgidmap may give a user namespace the subordinate ids", check_helpers},
	{"PL004", "id-map-helpers-blocked",
		"newuidmap and newgidmap need the privilege their files grant", check_blocked},
	{NULL, NULL, NULL, NULL},
};
