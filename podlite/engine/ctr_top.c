#include "podlite/engine/ctr_top.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "common/account.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/rootfd.h"
#include "common/userns.h"
#include "podlite/engine/create_value.h"

/* What one process's files say. */
struct process {
	struct svec stat;   /* fields from "state" on: stat.v[i] is field i + 3 of proc(5) */
	struct sbuf status, cmdline, comm;
	double uptime;
	struct sbuf label;
	const struct sbuf *passwd, *group, *host_group;
	const struct userns_map *map;
	int64_t pid1; /* of the container, on the host */
};

static char *stat_field(const struct process *p, size_t n)
{
	return xstrdup(n >= 3 && n - 3 < p->stat.n ? p->stat.v[n - 3] : "?");
}

static long long stat_number(const struct process *p, size_t n)
{
	auto_free char *s = stat_field(p, n);

	return strtoll(s, NULL, 10);
}

/* "Name:\tvalue" of /proc/PID/status; column counts tab-separated values from 0. */
static char *status_value(const struct process *p, const char *name, unsigned column)
{
	size_t len = strlen(name);

	for (const char *line = p->status.buf; *line;) {
		const char *end = strchrnul(line, '\n');

		if (!strncmp(line, name, len) && line[len] == ':') {
			const char *v = line + len + 1 + strspn(line + len + 1, "\t ");

			for (; column && v < end; column--) {
				v += strcspn(v, "\t\n");
				v += strspn(v, "\t");
			}
			return xstrndup(v, strcspn(v, "\t\n"));
		}
		line = *end ? end + 1 : end;
	}
	return xstrdup("?");
}

/* Name of an id in the container's passwd or group file; the number if it has none. */
static char *id_name(const struct sbuf *file, const char *number)
{
	for (const char *line = file->buf; *line;) {
		const char *end = strchrnul(line, '\n');
		auto_svec struct svec f = SVEC_INIT;
		auto_free char *copy = xstrndup(line, (size_t)(end - line));

		svec_add_split(&f, copy, ':');
		if (f.n >= 3 && !strcmp(f.v[2], number))
			return xstrdup(f.v[0]);
		line = *end ? end + 1 : end;
	}
	return xstrdup(number);
}

static char *user_of(const struct process *p, unsigned column)
{
	auto_free char *id = status_value(p, "Uid", column);

	return id_name(p->passwd, id);
}

static char *group_of(const struct process *p, unsigned column)
{
	auto_free char *id = status_value(p, "Gid", column);

	return id_name(p->group, id);
}

static char *get_euser(const struct process *p)
{
	return user_of(p, 1);
}

static char *get_ruser(const struct process *p)
{
	return user_of(p, 0);
}

static char *get_egroup(const struct process *p)
{
	return group_of(p, 1);
}

static char *get_rgroup(const struct process *p)
{
	return group_of(p, 0);
}

/* In the container's numbers: the innermost of NSpid and its like. */
static char *innermost(const struct process *p, const char *name)
{
	char *v = status_value(p, name, 0);

	for (unsigned i = 1; i < 32; i++) {
		char *next = status_value(p, name, i);

		if (!*next || !strcmp(next, "?")) {
			free(next);
			break;
		}
		free(v);
		v = next;
	}
	return v;
}

static char *get_pid(const struct process *p)
{
	return innermost(p, "NSpid");
}

static char *get_pgid(const struct process *p)
{
	return innermost(p, "NSpgid");
}

static char *get_ppid(const struct process *p)
{
	return stat_field(p, 4);
}

static char *get_state(const struct process *p)
{
	return stat_field(p, 3);
}

static char *get_nice(const struct process *p)
{
	return stat_field(p, 19);
}

static char *get_rss(const struct process *p)
{
	return xasprintf("%lld", stat_number(p, 24) * sysconf(_SC_PAGESIZE) / 1024);
}

static char *get_vsz(const struct process *p)
{
	return xasprintf("%lld", stat_number(p, 23) / 1024);
}

static double elapsed(const struct process *p)
{
	double start = (double)stat_number(p, 22) / (double)sysconf(_SC_CLK_TCK);

	return p->uptime > start ? p->uptime - start : 0;
}

static double cpu_seconds(const struct process *p)
{
	return (double)(stat_number(p, 14) + stat_number(p, 15)) / (double)sysconf(_SC_CLK_TCK);
}

/* As Go prints a duration rounded to milliseconds: what podman shows. */
static char *duration(double s)
{
	long h = (long)s / 3600, m = (long)s / 60 % 60;
	double rest = s - (double)(h * 3600 + m * 60);

	if (h)
		return xasprintf("%ldh%ldm%.9gs", h, m, (double)(long)rest);
	if (m)
		return xasprintf("%ldm%.9gs", m, (double)(long)rest);
	return xasprintf("%.9gs", (double)(long)(rest * 1000) / 1000);
}

static char *get_etime(const struct process *p)
{
	return duration(elapsed(p));
}

static char *get_time(const struct process *p)
{
	return duration(cpu_seconds(p));
}

static char *get_pcpu(const struct process *p)
{
	double e = elapsed(p);

	return xasprintf("%.3f", e > 0 ? 100 * cpu_seconds(p) / e : 0);
}

static char *get_tty(const struct process *p)
{
	unsigned dev = (unsigned)stat_number(p, 7);

	if (!dev)
		return xstrdup("?");
	if (major(dev) >= 136 && major(dev) <= 143)
		return xasprintf("pts/%u", (major(dev) - 136) * 256 + minor(dev));
	return xasprintf("%u,%u", major(dev), minor(dev));
}

static char *get_comm(const struct process *p)
{
	return xstrndup(p->comm.buf, strcspn(p->comm.buf, "\n"));
}

static char *get_args(const struct process *p)
{
	char *s;

	if (!p->cmdline.len) {
		auto_free char *comm = get_comm(p);

		return xasprintf("[%s]", comm);
	}
	s = alloc_bytes(p->cmdline.len + 1);
	memcpy(s, p->cmdline.buf, p->cmdline.len);
	s[p->cmdline.len] = '\0';
	for (size_t i = 0; i + 1 < p->cmdline.len; i++)
		if (!s[i])
			s[i] = ' ';
	return s;
}

static char *caps(const struct process *p, const char *name)
{
	auto_free char *hex = status_value(p, name, 0);
	unsigned long long set = strtoull(hex, NULL, 16);

	auto_svec struct svec names = SVEC_INIT;

	if (!set)
		return xstrdup("none");
	if (set >= 0x1ffffffffffull)
		return xstrdup("full");
	for (unsigned bit = 0; create_caps_name(bit); bit++)
		if (set >> bit & 1)
			svec_add(&names, create_caps_name(bit));
	return svec_join(&names, ",");
}

static char *get_capbnd(const struct process *p)
{
	return caps(p, "CapBnd");
}

static char *get_capeff(const struct process *p)
{
	return caps(p, "CapEff");
}

static char *get_capprm(const struct process *p)
{
	return caps(p, "CapPrm");
}

static char *get_capinh(const struct process *p)
{
	return caps(p, "CapInh");
}

static char *get_capamb(const struct process *p)
{
	return caps(p, "CapAmb");
}

static char *get_seccomp(const struct process *p)
{
	auto_free char *mode = status_value(p, "Seccomp", 0);

	return xstrdup(!strcmp(mode, "2") ? "filter" : !strcmp(mode, "1") ? "strict" : "disabled");
}

static char *get_uid(const struct process *p)
{
	return status_value(p, "Uid", 1);
}

static char *get_stime(const struct process *p)
{
	time_t start = (time_t)(time(NULL) - (time_t)elapsed(p));
	struct tm tm;
	char text[64];

	gmtime_r(&start, &tm);
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S +0000 UTC", &tm);
	return xstrdup(text);
}

static char *get_label(const struct process *p)
{
	return xstrdup(p->label.len && p->label.buf[0] ? p->label.buf : "?");
}

/* ---- as the host sees it ---- */

/* The shared namespace's numbers, which /proc shows us, as the host's. */
static uint32_t host_id(const struct userns_range *r, size_t n, uint32_t id)
{
	for (size_t i = 0; i < n; i++)
		if (id >= r[i].inside && id - r[i].inside < r[i].count)
			return r[i].outside + (id - r[i].inside);
	return id;
}

static uint32_t host_uid(const struct process *p)
{
	auto_free char *id = status_value(p, "Uid", 1);

	return host_id(p->map->uid, p->map->nuid, (uint32_t)strtoul(id, NULL, 10));
}

static char *get_huid(const struct process *p)
{
	return xasprintf("%u", host_uid(p));
}

static char *get_huser(const struct process *p)
{
	struct account a;
	char *name;

	if (!account_find(host_uid(p), &a))
		return get_huid(p);
	name = take_ptr(a.name);
	account_done(&a);
	return name;
}

static char *get_hgroup(const struct process *p)
{
	auto_free char *id = status_value(p, "Gid", 1);
	auto_free char *host = xasprintf("%u", host_id(p->map->gid, p->map->ngid, (uint32_t)strtoul(id, NULL, 10)));

	return id_name(p->host_group, host);
}

/* Supplementary groups, by name. */
static char *groups_of(const struct process *p, bool host)
{
	auto_svec struct svec ids = SVEC_INIT, names = SVEC_INIT;
	auto_free char *list = status_value(p, "Groups", 0);

	svec_add_split(&ids, list, ' ');
	for (size_t i = 0; i < ids.n; i++) {
		auto_free char *id = NULL;

		if (!ids.v[i][0] || !strcmp(ids.v[i], "?"))
			continue;
		id = xasprintf("%u", host ? host_id(p->map->gid, p->map->ngid, (uint32_t)strtoul(ids.v[i], NULL, 10))
					  : (uint32_t)strtoul(ids.v[i], NULL, 10));
		svec_take(&names, id_name(host ? p->host_group : p->group, id));
	}
	return svec_join(&names, ",");
}

static char *get_groups(const struct process *p)
{
	return groups_of(p, false);
}

static char *get_hgroups(const struct process *p)
{
	return groups_of(p, true);
}

/* The container's procfs knows its own numbers only: look for the process in the host's, by its pid
 * namespace and its number there. */
static bool is_same(const char *pid, const char *ns, const char *inner)
{
	auto_free char *link = xasprintf("/proc/%s/ns/pid", pid), *path = xasprintf("/proc/%s/status", pid), *own = NULL;
	auto_free char *number = NULL;
	struct process other = {.status = SBUF_INIT};
	auto_fd int fd = -1;
	bool same = false;

	own = fs_readlink(AT_FDCWD, link);
	if (!own || strcmp(own, ns))
		return false;
	fd = fd_open(AT_FDCWD, path, O_RDONLY, 0);
	if (fd >= 0 && fd_read_all(fd, 1 << 20, &other.status) == 0) {
		number = innermost(&other, "NSpid");
		same = !strcmp(number, inner);
	}
	sbuf_done(&other.status);
	return same;
}

static char *get_hpid(const struct process *p)
{
	auto_free char *first = xasprintf("/proc/%d/ns/pid", (int)p->pid1), *ns = fs_readlink(AT_FDCWD, first);
	auto_free char *inner = innermost(p, "NSpid");
	auto_dir DIR *d = fs_dir(fd_open(AT_FDCWD, "/proc", O_RDONLY | O_DIRECTORY, 0));
	const char *name;

	while (ns && (name = fs_dir_next(d)))
		if (name[0] >= '1' && name[0] <= '9' && is_same(name, ns, inner))
			return xstrdup(name);
	return xstrdup("?");
}

static const struct {
	const char *name, *header;
	char *(*get)(const struct process *p);
} descriptors[] = {
	{"args", "COMMAND", get_args}, {"capamb", "AMBIENT CAPS", get_capamb},
	{"capbnd", "BOUNDING CAPS", get_capbnd}, {"capeff", "EFFECTIVE CAPS", get_capeff},
	{"capinh", "INHERITED CAPS", get_capinh}, {"capprm", "PERMITTED CAPS", get_capprm},
	{"comm", "COMMAND", get_comm}, {"etime", "ELAPSED", get_etime}, {"group", "GROUP", get_egroup},
	{"groups", "GROUPS", get_groups}, {"hgroup", "HGROUP", get_hgroup}, {"hgroups", "HGROUPS", get_hgroups},
	{"hpid", "HPID", get_hpid}, {"huid", "HUID", get_huid}, {"huser", "HUSER", get_huser}, {"label", "LABEL", get_label},
	{"nice", "NI", get_nice}, {"pcpu", "%CPU", get_pcpu}, {"pgid", "PGID", get_pgid},
	{"pid", "PID", get_pid}, {"ppid", "PPID", get_ppid}, {"rgroup", "RGROUP", get_rgroup},
	{"rss", "RSS", get_rss}, {"ruser", "RUSER", get_ruser}, {"seccomp", "SECCOMP", get_seccomp},
	{"state", "STATE", get_state}, {"stime", "STIME", get_stime}, {"uid", "UID", get_uid}, {"time", "TIME", get_time}, {"tty", "TTY", get_tty},
	{"user", "USER", get_euser}, {"vsz", "VSZ", get_vsz},
};

void ctr_top_descriptors(struct svec *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(descriptors); i++)
		svec_add(ret, descriptors[i].name);
}

/* The container's /proc, which it could have replaced: only a real procfs is read. */
static int open_proc(const struct ctr_root *root, struct err *err)
{
	int fd = rootfd_open(root->fd, "proc", O_RDONLY | O_DIRECTORY, 0);
	struct statfs fs;

	if (fd < 0)
		return err_neg(err, fd, "open the container's /proc");
	if (fstatfs(fd, &fs) < 0 || fs.f_type != PROC_SUPER_MAGIC) {
		fd_close(fd);
		return err_set(err, EK_INVALID, "the container's /proc is not a procfs");
	}
	return fd;
}

static double uptime(void)
{
	auto_sbuf struct sbuf b = SBUF_INIT;
	auto_fd int fd = fd_open(AT_FDCWD, "/proc/uptime", O_RDONLY, 0);

	return fd >= 0 && fd_read_all(fd, 256, &b) == 0 ? strtod(b.buf, NULL) : 0;
}

static int read_proc(int dir, const char *name, struct sbuf *ret)
{
	auto_fd int fd = fd_open(dir, name, O_RDONLY | O_NOFOLLOW, 0);

	return fd < 0 ? fd : fd_read_all(fd, 1 << 20, ret);
}

static bool read_process(int proc, const char *pid, struct process *p)
{
	auto_fd int dir = fd_open_dir(proc, pid);
	auto_sbuf struct sbuf stat = SBUF_INIT;
	const char *rest;

	if (dir < 0 || read_proc(dir, "stat", &stat) < 0 || read_proc(dir, "status", &p->status) < 0 ||
		read_proc(dir, "cmdline", &p->cmdline) < 0 || read_proc(dir, "comm", &p->comm) < 0)
		return false; /* it ended meanwhile */
	rest = strrchr(stat.buf, ')');
	if (!rest || rest[1] != ' ')
		return false;
	svec_add_split(&p->stat, rest + 2, ' ');
	/* kernels without such a module have no such file */
	if (read_proc(dir, "attr/current", &p->label) < 0)
		sbuf_reset(&p->label);
	p->label.buf[strcspn(p->label.buf, "\n")] = '\0';
	return true;
}

static void process_done(struct process *p)
{
	svec_done(&p->stat);
	sbuf_done(&p->status);
	sbuf_done(&p->cmdline);
	sbuf_done(&p->comm);
	sbuf_done(&p->label);
}

static int choose(const struct svec *names, size_t *ret, struct svec *headers, struct err *err)
{
	for (size_t i = 0; i < names->n; i++) {
		size_t k = 0;

		while (k < ARRAY_SIZE(descriptors) && strcmp(descriptors[k].name, names->v[i]))
			k++;
		if (k == ARRAY_SIZE(descriptors))
			return err_set(err, EK_USAGE, "unknown descriptor \"%s\"; see: podlite top --list-descriptors", names->v[i]);
		ret[i] = k;
		svec_add(headers, descriptors[k].header);
	}
	return 0;
}

static void add_row(struct jval *rows, const struct process *p, const size_t *chosen, size_t n)
{
	struct jval *o = jval_new_object();

	for (size_t i = 0; i < n; i++) {
		auto_free char *v = descriptors[chosen[i]].get(p);

		jval_set_str(o, descriptors[chosen[i]].name, v);
	}
	jval_add(rows, o);
}

static int by_number(const struct dirent **a, const struct dirent **b)
{
	long x = strtol((*a)->d_name, NULL, 10), y = strtol((*b)->d_name, NULL, 10);

	return (x > y) - (x < y);
}

static int is_pid(const struct dirent *d)
{
	return d->d_name[0] >= '1' && d->d_name[0] <= '9';
}

int ctr_top(struct context *c, const struct ctr *ctr, const struct svec *names, struct svec *ret_headers,
	struct jval **ret_rows, struct err *err)
{
	auto_free size_t *chosen = xcalloc(names->n, sizeof(*chosen));
	auto_sbuf struct sbuf passwd = SBUF_INIT, group = SBUF_INIT, host_group = SBUF_INIT;
	struct userns_map map;
	struct dirent **pids = NULL;
	struct ctr_root root;
	auto_fd int proc = -1;
	int n;

	if (choose(names, chosen, ret_headers, err) < 0)
		return -1;
	if (!ctr_is_live(ctr))
		return err_set(err, EK_INVALID, "top can only be used on running containers: %s is in state %s",
			ctr->rec.name, ctr_status_text(ctr->status));
	/* before we enter the namespace that it is about */
	if (userns_plan(&map, err) < 0 || ctr_open_root(c, ctr, &root, err) < 0)
		return -1;
	if (fs_read_file(AT_FDCWD, "/etc/group", 1 << 20, &host_group) < 0)
		sbuf_reset(&host_group);
	proc = open_proc(&root, err);
	/* missing or strange files only mean that ids are shown as numbers */
	if (rootfd_read_file(root.fd, "etc/passwd", 1 << 20, &passwd) < 0)
		sbuf_reset(&passwd);
	if (rootfd_read_file(root.fd, "etc/group", 1 << 20, &group) < 0)
		sbuf_reset(&group);
	ctr_close_root(&root);
	if (proc < 0)
		return -1;
	*ret_rows = jval_new_array();
	n = scandirat(proc, ".", &pids, is_pid, by_number);
	for (int i = 0; i < n; i++) {
		struct process p = {.status = SBUF_INIT, .cmdline = SBUF_INIT, .comm = SBUF_INIT,
			.label = SBUF_INIT, .uptime = uptime(), .passwd = &passwd, .group = &group, .host_group = &host_group,
			.map = &map, .pid1 = ctr->state.pid};

		if (read_process(proc, pids[i]->d_name, &p))
			add_row(*ret_rows, &p, chosen, names->n);
		process_done(&p);
		free(pids[i]);
	}
	free(pids);
	return 0;
}
