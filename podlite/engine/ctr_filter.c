#include "podlite/engine/ctr_filter.h"

#include <regex.h>
#include <stdlib.h>

#include "common/id.h"
#include "common/units.h"
#include "net/network.h"
#include "podlite/engine/ctr_view.h"

struct term {
	char *key, *value;
	regex_t re;          /* name, id, network */
	bool has_re;
	int64_t number;      /* exited, before, since, until */
};

struct ctr_filter {
	struct term *v;
	size_t n;
};

static bool match_name(const struct term *t, const struct ctr *c)
{
	return !regexec(&t->re, c->rec.name, 0, NULL, 0);
}

static bool match_id(const struct term *t, const struct ctr *c)
{
	return !strncmp(c->rec.id, t->value, strlen(t->value)) || !regexec(&t->re, c->rec.id, 0, NULL, 0);
}

/* "key" or "key=value" in a KEY=VALUE list */
static bool list_matches(const struct svec *list, const char *want)
{
	const char *eq = strchr(want, '=');
	const char *have;

	if (eq)
		return svec_has(list, want);
	have = svec_env_get(list, want);
	return have != NULL;
}

static bool match_label(const struct term *t, const struct ctr *c)
{
	return list_matches(&c->rec.labels, t->value);
}

static bool match_not_label(const struct term *t, const struct ctr *c)
{
	return !list_matches(&c->rec.labels, t->value);
}

static bool match_status(const struct term *t, const struct ctr *c)
{
	const char *want = !strcmp(t->value, "stopped") ? "exited" : t->value;

	return !strcmp(ctr_status_text(c->status), want);
}

static bool match_exited(const struct term *t, const struct ctr *c)
{
	return c->status == CTR_EXITED && c->exit.code == t->number;
}

static bool match_ancestor(const struct term *t, const struct ctr *c)
{
	const char *name = c->rec.image_name, *id = c->rec.image_id;
	size_t len = strlen(t->value);

	if (id && len >= 3 && !strncmp(id, t->value, len))
		return true;
	if (!name)
		return false;
	if (!strcmp(name, t->value))
		return true;
	/* without its tag, and without the registry in front */
	for (const char *p = name; p; p = strchr(p, '/') ? strchr(p, '/') + 1 : NULL)
		if (!strncmp(p, t->value, len) && (!p[len] || p[len] == ':' || p[len] == '@'))
			return true;
	return false;
}

static bool match_before(const struct term *t, const struct ctr *c)
{
	return c->rec.created_ns < t->number;
}

static bool match_since(const struct term *t, const struct ctr *c)
{
	return c->rec.created_ns > t->number;
}

static bool match_volume(const struct term *t, const struct ctr *c)
{
	for (size_t i = 0; i < c->rec.mounts.n; i++) {
		const struct ctr_mount *m = &c->rec.mounts.v[i];

		if ((m->name && !strcmp(m->name, t->value)) || (m->source && !strcmp(m->source, t->value)) ||
			!strcmp(m->destination, t->value))
			return true;
	}
	return false;
}

static bool match_health(const struct term *t, const struct ctr *c)
{
	return !strcmp(ctr_view_health(c), t->value);
}

static bool match_network(const struct term *t, const struct ctr *c)
{
	for (size_t i = 0; i < c->rec.networks.n; i++)
		if (!regexec(&t->re, c->rec.networks.v[i].name, 0, NULL, 0))
			return true;
	return c->rec.network && !regexec(&t->re, c->rec.network, 0, NULL, 0);
}

static bool match_restart(const struct term *t, const struct ctr *c)
{
	return !strcmp(c->rec.restart ? c->rec.restart : "no", t->value);
}

/* Would it come back after the machine's next start? */
static bool match_boot(const struct term *t, const struct ctr *c)
{
	const char *policy = c->rec.restart ? c->rec.restart : "no";
	bool back = !strcmp(policy, "always") || (!strcmp(policy, "unless-stopped") && !c->exit.stopped);

	return back == (t->number != 0);
}

static int parse_bool(struct context *c, struct term *t, struct err *err)
{
	(void)c;
	t->number = !strcmp(t->value, "true") || !strcmp(t->value, "1");
	if (t->number || !strcmp(t->value, "false") || !strcmp(t->value, "0"))
		return 0;
	return err_set(err, EK_USAGE, "filter %s: \"%s\" is neither true nor false", t->key, t->value);
}

static bool match_pod(const struct term *t, const struct ctr *c)
{
	return c->rec.pod && !strcmp(c->rec.pod, t->value);
}

/* The command's first word, as podman compares it. */
static bool match_command(const struct term *t, const struct ctr *c)
{
	return c->rec.command.n && !regexec(&t->re, c->rec.command.v[0], 0, NULL, 0);
}

static int parse_exited(struct context *c, struct term *t, struct err *err)
{
	uint64_t n;

	(void)c;
	if (!units_parse_u64(t->value, &n) || n > 255)
		return err_set(err, EK_USAGE, "filter exited: \"%s\" is not an exit status", t->value);
	t->number = (int64_t)n;
	return 0;
}

static int parse_container_time(struct context *c, struct term *t, struct err *err)
{
	struct ctr other;

	if (ctr_find(c, t->value, &other, err) < 0)
		return -1;
	t->number = other.rec.created_ns;
	ctr_done(&other);
	return 0;
}

static int parse_until(struct context *c, struct term *t, struct err *err)
{
	(void)c;
	if (!units_parse_time(t->value, units_now_ns(), &t->number))
		return err_set(err, EK_USAGE, "filter until: \"%s\" is neither a time nor a duration", t->value);
	return 0;
}

static int parse_status(struct context *c, struct term *t, struct err *err)
{
	/* of podman's and docker's: some are never those of a container here */
	static const char *const others[] = {"stopped", "removing", "unknown", "dead"};

	(void)c;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (!strcmp(t->value, others[i]))
			return 0;
	for (enum ctr_status s = CTR_CREATED; s <= CTR_EXITED; s++)
		if (!strcmp(t->value, ctr_status_text(s)))
			return 0;
	return err_set(err, EK_USAGE, "filter status: \"%s\" is not a valid status", t->value);
}

static int parse_regex(struct context *c, struct term *t, struct err *err)
{
	(void)c;
	if (regcomp(&t->re, t->value, REG_EXTENDED | REG_NOSUB))
		return err_set(err, EK_USAGE, "filter %s: \"%s\" is not a regular expression", t->key, t->value);
	t->has_re = true;
	return 0;
}

/* A network by its whole id is one by its name. */
static int parse_network(struct context *c, struct term *t, struct err *err)
{
	auto_cleanup(network_done) struct network n = {.name = NULL};

	if (id_is_full(t->value) && network_find(c->store.fd, t->value, &n, NULL) == 0) {
		free(t->value);
		t->value = xasprintf("^%s$", n.name);
	}
	return parse_regex(c, t, err);
}

static const struct {
	const char *key;
	bool (*match)(const struct term *t, const struct ctr *c);
	int (*parse)(struct context *c, struct term *t, struct err *err);
	bool all; /* several values must all match */
} keys[] = {
	{"ancestor", match_ancestor, NULL, false},
	{"before", match_before, parse_container_time, false},
	{"command", match_command, parse_regex, false},
	{"exited", match_exited, parse_exited, false},
	{"health", match_health, NULL, false},
	{"id", match_id, parse_regex, false},
	{"label", match_label, NULL, true},
	{"label!", match_not_label, NULL, true},
	{"name", match_name, parse_regex, false},
	{"network", match_network, parse_network, false},
	{"pod", match_pod, NULL, false},
	{"restart-policy", match_restart, NULL, false},
	{"should-start-on-boot", match_boot, parse_bool, false},
	{"since", match_since, parse_container_time, false},
	{"status", match_status, parse_status, false},
	{"until", match_before, parse_until, false},
	{"volume", match_volume, NULL, false},
};

const char *const ctr_filter_words[] = {"ancestor=", "before=", "command=", "exited=", "health=healthy", "health=starting",
	"health=unhealthy", "id=", "label=", "label!=", "name=", "network=", "pod=", "restart-policy=always", "restart-policy=no",
	"restart-policy=on-failure", "restart-policy=unless-stopped", "should-start-on-boot=false", "should-start-on-boot=true",
	"since=", "status=created", "status=exited", "status=initialized", "status=paused", "status=restarting",
	"status=running", "status=stopping", "until=", "volume=", NULL};

static size_t key_index(const char *key)
{
	size_t i = 0;

	while (i < ARRAY_SIZE(keys) && strcmp(keys[i].key, key))
		i++;
	return i;
}

static int add_term(struct context *c, struct ctr_filter *f, const char *text, struct err *err)
{
	const char *eq = strchr(text, '=');
	struct term *t;
	size_t k;

	if (!eq || eq == text)
		return err_set(err, EK_USAGE, "filter \"%s\": must be KEY=VALUE", text);
	f->v = xrealloc(f->v, f->n + 1, sizeof(*f->v));
	t = &f->v[f->n++];
	memset(t, 0, sizeof(*t));
	t->key = xstrndup(text, (size_t)(eq - text));
	t->value = xstrdup(eq + 1);
	k = key_index(t->key);
	if (k == ARRAY_SIZE(keys))
		return err_set(err, EK_USAGE, "%s is an invalid filter", t->key);
	return keys[k].parse ? keys[k].parse(c, t, err) : 0;
}

struct ctr_filter *ctr_filter_parse(struct context *c, const struct svec *filters, struct err *err)
{
	struct ctr_filter *f = new0(struct ctr_filter);

	for (size_t i = 0; i < filters->n; i++)
		if (add_term(c, f, filters->v[i], err) < 0) {
			ctr_filter_free(f);
			return NULL;
		}
	return f;
}

void ctr_filter_free(struct ctr_filter *f)
{
	for (size_t i = 0; f && i < f->n; i++) {
		if (f->v[i].has_re)
			regfree(&f->v[i].re);
		free(f->v[i].key);
		free(f->v[i].value);
	}
	if (f)
		free(f->v);
	free(f);
}

bool ctr_filter_has(const struct ctr_filter *f, const char *key)
{
	for (size_t i = 0; i < f->n; i++)
		if (!strcmp(f->v[i].key, key))
			return true;
	return false;
}

bool ctr_filter_match(const struct ctr_filter *f, const struct ctr *ctr)
{
	for (size_t k = 0; k < ARRAY_SIZE(keys); k++) {
		size_t given = 0, matched = 0;

		for (size_t i = 0; i < f->n; i++) {
			if (strcmp(f->v[i].key, keys[k].key))
				continue;
			given++;
			matched += keys[k].match(&f->v[i], ctr);
		}
		if (given && (keys[k].all ? matched < given : !matched))
			return false;
	}
	return true;
}
