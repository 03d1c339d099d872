/* network_dir.c - the records: networks/NAME.json, found, listed, written, removed. */
#include <arpa/inet.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/id.h"
#include "common/units.h"
#include "net/network.h"

#define DIR_NAME   "networks"
#define LOCK_NAME  ".lock"
#define SUFFIX     ".json"
#define RECORD_MAX (1u << 20)
#define BRIDGE     "br0"

static int open_dir(int store, struct err *err)
{
	int fd = fs_open_dir_p(store, DIR_NAME);

	return fd < 0 ? err_neg(err, fd, "open the store's " DIR_NAME) : fd;
}

int network_lock(int store, enum lock_mode mode, struct err *err)
{
	auto_fd int dir = open_dir(store, err);
	int fd = dir < 0 ? -1 : lock_open(dir, LOCK_NAME, mode, true);

	return dir < 0 ? -1 : fd < 0 ? err_neg(err, fd, "lock the store's " DIR_NAME) : fd;
}

/* The network's name of a file; NULL: it is no record. */
static char *name_of(const char *file)
{
	size_t n = strlen(file), suffix = strlen(SUFFIX);

	if (*file == '.' || n <= suffix || strcmp(file + n - suffix, SUFFIX))
		return NULL;
	return xstrndup(file, n - suffix);
}

static int no_such(const char *text, struct err *err)
{
	return err_set(err, EK_NOT_FOUND, "unable to find network with name or ID %.128s: network not found", text);
}

static int load(int store, const char *name, struct network *ret, struct err *err)
{
	auto_free char *path = xasprintf(DIR_NAME "/%s" SUFFIX, name);
	auto_sbuf struct sbuf text = SBUF_INIT;
	struct network n = {.name = NULL};
	int r = fs_read_file(store, path, RECORD_MAX, &text);

	if (r == -ENOENT)
		return no_such(name, err);
	if (r == -EINVAL || r == -EISDIR || r == -ELOOP || r == -EFBIG)
		return err_set(err, EK_INVALID, "network %s: its record is damaged: no file, or none of at most %u bytes", name, RECORD_MAX);
	if (r < 0)
		return err_neg(err, r, "network %s: read its record", name);
	if (network_parse(text.buf ? text.buf : "", text.len, &n, err) < 0)
		return err_wrap(err, "network %s: its record is damaged", name);
	if (strcmp(n.name, name)) {
		err_set(err, EK_INVALID, "network %s: its record is damaged: it is that of %s", name, n.name);
		network_done(&n);
		return -1;
	}
	*ret = n;
	return 0;
}

int network_read(int store, const char *name, struct network *ret, struct err *err)
{
	return network_name_ok(name) ? load(store, name, ret, err) : no_such(name, err);
}

void network_list_done(struct network_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		network_done(&l->v[i]);
	free(l->v);
	*l = (struct network_list){NULL, 0};
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct network *)a)->name, ((const struct network *)b)->name);
}

int network_list(int store, struct network_list *ret, struct svec *ret_damaged, struct err *err)
{
	auto_dir DIR *dir = fs_dir(fd_open_dir(store, DIR_NAME));
	struct network_list l = {NULL, 0};
	const char *file;

	if (!dir && errno != ENOENT)
		return err_sys(err, "open the store's " DIR_NAME);
	while ((file = fs_dir_next(dir))) {
		auto_free char *name = name_of(file);
		struct err why = ERR_INIT;
		struct network n;

		if (!name)
			continue;
		if (load(store, name, &n, &why) < 0) {
			if (ret_damaged && why.kind != EK_NOT_FOUND) /* else removed meanwhile */
				svec_add(ret_damaged, name);
			continue;
		}
		l.v = xrealloc(l.v, l.n + 1, sizeof(*l.v));
		l.v[l.n++] = n;
	}
	if (l.n)
		qsort(l.v, l.n, sizeof(*l.v), by_name);
	*ret = l;
	return 0;
}

int network_find(int store, const char *text, struct network *ret, struct err *err)
{
	auto_cleanup(network_list_done) struct network_list l = {NULL, 0};
	auto_free char *path = xasprintf(DIR_NAME "/%.128s" SUFFIX, text);
	size_t found = 0, at = 0;

	if (network_name_ok(text) && fs_exists(store, path))
		return load(store, text, ret, err);
	if (!id_is_prefix(text))
		return no_such(text, err);
	if (network_list(store, &l, NULL, err) < 0)
		return -1;
	for (size_t i = 0; i < l.n; i++)
		if (!strncmp(l.v[i].id, text, strlen(text))) {
			found++;
			at = i;
		}
	if (found > 1)
		return err_set(err, EK_INVALID, "%s: more than one network has an id that begins like that", text);
	if (!found)
		return no_such(text, err);
	*ret = l.v[at];
	memset(&l.v[at], 0, sizeof(l.v[at]));
	return 0;
}

static int put(int store, const struct network *n, unsigned flags, struct err *err)
{
	auto_free char *file = xasprintf("%s" SUFFIX, n->name);
	auto_jval struct jval *v = network_json(n);
	auto_sbuf struct sbuf text = SBUF_INIT;
	auto_fd int dir = -1;
	int r;

	if (network_check(n, err) < 0)
		return -1;
	jval_print(v, true, &text);
	if (text.len > RECORD_MAX) /* it could not be read again */
		return err_set(err, EK_INVALID, "network %s: its record would have more than %u bytes", n->name, RECORD_MAX);
	dir = open_dir(store, err);
	if (dir < 0)
		return -1;
	r = fs_write_file(dir, file, text.buf, text.len, 0600, flags | FS_SYNC);
	return r < 0 ? err_neg(err, r, "network %s: write its record", n->name) : 0;
}

int network_write(int store, const struct network *n, struct err *err)
{
	return put(store, n, 0, err);
}

int network_remove(int store, const char *name, struct err *err)
{
	auto_free char *path = xasprintf(DIR_NAME "/%s" SUFFIX, name);

	if (unlinkat(store, path, 0) == 0)
		return 0;
	return errno == ENOENT ? no_such(name, err) : err_sys(err, "remove network %s", name);
}

/* ---- create ---- */

static int take_others(int store, struct network_taken *t, struct err *err)
{
	auto_cleanup(network_list_done) struct network_list l = {NULL, 0};

	if (network_list(store, &l, NULL, err) < 0)
		return -1;
	for (size_t i = 0; i < l.n; i++)
		for (size_t k = 0; k < l.v[i].subnets.n; k++) {
			struct cidr c;

			if (cidr_parse(l.v[i].subnets.v[k].subnet, &c))
				network_taken_add(t, &c);
		}
	return 0;
}

/* IPv4 comes first. */
static void add_subnet(struct network *n, const struct cidr *c)
{
	struct network_subnet s = {.subnet = xcalloc(1, CIDR_TEXT)};
	size_t at = c->addr.family == AF_INET ? 0 : n->subnets.n;

	cidr_print(c, s.subnet);
	n->subnets.v = xrealloc(n->subnets.v, n->subnets.n + 1, sizeof(s));
	memmove(n->subnets.v + at + 1, n->subnets.v + at, (n->subnets.n - at) * sizeof(s));
	n->subnets.v[at] = s;
	n->subnets.n++;
}

static bool has_family(const struct network *n, int family)
{
	struct cidr c;

	for (size_t i = 0; i < n->subnets.n; i++)
		if (cidr_parse(n->subnets.v[i].subnet, &c) && c.addr.family == family)
			return true;
	return false;
}

static int choose_subnet(struct network *n, int family, const struct network_taken *t, struct err *err)
{
	struct cidr c;

	if (has_family(n, family))
		return 0;
	if (!network_free_subnet(t, family, &c)) {
		err_set(err, EK_IN_USE, "no subnet is free for network %s", n->name);
		return err_advise(err, "give one with --subnet, or remove networks that nobody uses: podlite network prune");
	}
	add_subnet(n, &c);
	return 0;
}

/* Those that were asked for; before any is chosen. */
static int check_taken(const struct network *n, const struct network_taken *t, struct err *err)
{
	for (size_t i = 0; i < n->subnets.n; i++) {
		struct cidr c;

		if (cidr_parse(n->subnets.v[i].subnet, &c) && network_taken_has(t, &c))
			return err_set(err, EK_IN_USE, "subnet %s is already used on the host or by another config", n->subnets.v[i].subnet);
	}
	return 0;
}

/* As docker and podman have it: the first address. */
static void choose_gateways(struct network *n)
{
	for (size_t i = 0; i < n->subnets.n; i++) {
		struct network_subnet *s = &n->subnets.v[i];
		struct cidr_addr first, last;
		struct cidr c;

		if (s->gateway || !cidr_parse(s->subnet, &c))
			continue;
		cidr_hosts(&c, &first, &last);
		s->gateway = xcalloc(1, CIDR_TEXT);
		cidr_addr_print(&first, s->gateway);
	}
}

static void complete(struct network *n)
{
	n->id = xcalloc(1, ID_LEN + 1);
	id_random(n->id);
	if (!n->driver)
		n->driver = xstrdup("bridge");
	if (!n->interface)
		n->interface = xstrdup(BRIDGE);
	n->created_ns = units_now_ns();
	n->created = xcalloc(1, 40);
	units_print_time(n->created_ns, false, n->created);
	choose_gateways(n);
}

static int create(int store, struct network *n, struct network_taken *t, struct err *err)
{
	auto_free char *path = xasprintf(DIR_NAME "/%s" SUFFIX, n->name);

	if (fs_exists(store, path))
		return err_set(err, EK_EXISTS, "network name %s already used: network already exists", n->name);
	network_taken_host(t);
	if (take_others(store, t, err) < 0 || check_taken(n, t, err) < 0 || choose_subnet(n, AF_INET, t, err) < 0 ||
		(n->ipv6 && choose_subnet(n, AF_INET6, t, err) < 0))
		return -1;
	complete(n);
	return put(store, n, FS_EXCLUSIVE, err);
}

int network_create(int store, struct network *want, struct err *err)
{
	auto_cleanup(network_taken_done) struct network_taken taken = {NULL, 0};
	auto_fd int lock = -1;

	if (!network_name_ok(want->name))
		return err_set(err, EK_INVALID, "network name %.64s invalid: names must match [a-zA-Z0-9][a-zA-Z0-9_.-]*, and be no network mode",
			want->name);
	lock = network_lock(store, LOCK_EXCLUSIVE_, err);
	return lock < 0 ? -1 : create(store, want, &taken, err);
}
