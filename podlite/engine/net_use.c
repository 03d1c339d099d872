#include "podlite/engine/net_use.h"

#include <string.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "podlite/engine/engine.h"
#include "podlite/engine/events.h"
#include "podlite/engine/filters.h"

bool net_use_is_member(const struct ctr_record *rec, const char *network)
{
	for (size_t i = 0; i < rec->networks.n; i++)
		if (!strcmp(rec->networks.v[i].name, network))
			return true;
	return false;
}

static size_t count_members(const struct ctr_list *ctrs, const char *network)
{
	size_t n = 0;

	for (size_t i = 0; i < ctrs->n; i++)
		n += net_use_is_member(&ctrs->v[i].rec, network);
	return n;
}

/* ---- removal ---- */

/* Name and id, for who removes it. One that is damaged has a name only: that of its file. */
static int identify(struct context *c, const char *text, char **ret_name, char **ret_id, struct err *err)
{
	struct network n = {.name = NULL};

	if (network_find(c->store.fd, text, &n, err) == 0) {
		*ret_name = xstrdup(n.name);
		*ret_id = xstrdup(n.id);
		network_done(&n);
		return 0;
	}
	if ((err->kind != EK_INVALID && err->kind != EK_UNSUPPORTED) || !network_name_ok(text))
		return -1;
	err_clear(err);
	*ret_name = xstrdup(text);
	return 0;
}

/* While nobody can make a container that would be a member. */
static int remove_unused(struct context *c, const char *what, const char *name, struct err *err)
{
	auto_fd int lock = network_lock(c->store.fd, LOCK_EXCLUSIVE_, err);

	if (lock < 0 || ctr_remove_users(c, what, net_use_is_member, name, false, -1, err) < 0)
		return -1;
	return network_remove(c->store.fd, name, err);
}

int net_use_remove(struct context *c, const char *text, bool force, int64_t timeout, char **ret_name, struct err *err)
{
	auto_free char *name = NULL, *id = NULL, *what = NULL;

	if (identify(c, text, &name, &id, err) < 0)
		return -1;
	what = xasprintf("network %s is being used", name);
	if (force && ctr_remove_users(c, what, net_use_is_member, name, true, timeout, err) < 0)
		return -1;
	if (remove_unused(c, what, name, err) < 0)
		return -1;
	events_network(c, id, name, "remove");
	*ret_name = take_ptr(name);
	return 0;
}

/* ---- filters ---- */

struct subject {
	const struct network *n;
	const struct ctr_list *ctrs;
};

static int match_name(const char *value, const void *subject, struct err *err)
{
	const struct subject *s = subject;

	return filters_regex("name", value, s->n->name, err);
}

static int match_id(const char *value, const void *subject, struct err *err)
{
	const struct subject *s = subject;

	return !strncmp(s->n->id, value, strlen(value)) ? 1 : filters_regex("id", value, s->n->id, err);
}

static int match_driver(const char *value, const void *subject, struct err *err)
{
	const struct subject *s = subject;

	(void)err;
	return !strcmp(s->n->driver, value);
}

static int match_label(const char *value, const void *subject, struct err *err)
{
	const struct subject *s = subject;

	(void)err;
	return filters_list(&s->n->labels, value);
}

static int match_not_label(const char *value, const void *subject, struct err *err)
{
	return !match_label(value, subject, err);
}

static int match_dangling(const char *value, const void *subject, struct err *err)
{
	const struct subject *s = subject;

	return filters_bool("dangling", value, !count_members(s->ctrs, s->n->name), err);
}

static int match_until(const char *value, const void *subject, struct err *err)
{
	const struct subject *s = subject;

	return filters_until(value, s->n->created_ns, err);
}

static const struct filters_key keys[] = {
	{"dangling", match_dangling, true}, {"driver", match_driver, false}, {"id", match_id, false},
	{"label", match_label, true}, {"label!", match_not_label, true}, {"name", match_name, false},
	{"until", match_until, true}, {NULL, NULL, false},
};

int net_use_find(struct context *c, const struct svec *filters, struct network_list *ret, struct err *err)
{
	auto_cleanup(network_list_done) struct network_list list = {NULL, 0};
	struct network none = {.name = (char[]){""}, .id = (char[]){""}, .driver = (char[]){""}};
	struct ctr_list ctrs = {NULL, 0};
	struct subject s = {&none, &ctrs};
	size_t kept = 0;
	int r = network_list(c->store.fd, &list, NULL, err);

	if (!r)
		r = ctr_list_all(c, &ctrs, err);
	/* a filter that is none is an error also where there is nothing to filter */
	if (!r)
		r = filters_match(keys, "network", filters, &s, err);
	for (size_t i = 0; i < list.n && r >= 0; i++) {
		struct network matching = list.v[i];

		s.n = &list.v[i];
		r = filters_match(keys, "network", filters, &s, err);
		if (r <= 0)
			continue;
		list.v[i] = list.v[kept];
		list.v[kept++] = matching;
	}
	ctr_list_done(&ctrs);
	if (r < 0)
		return -1;
	while (list.n > kept)
		network_done(&list.v[--list.n]);
	*ret = list;
	list = (struct network_list){NULL, 0};
	return 0;
}

int net_use_unused(struct context *c, const struct svec *filters, struct svec *ret, struct err *err)
{
	auto_cleanup(network_list_done) struct network_list list = {NULL, 0};
	auto_svec struct svec all = SVEC_INIT;

	svec_add_all(&all, filters);
	svec_add(&all, "dangling=true");
	if (net_use_find(c, &all, &list, err) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++)
		svec_add(ret, list.v[i].name);
	return 0;
}
