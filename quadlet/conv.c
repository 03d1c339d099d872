#include "quadlet/conv.h"

#include <string.h>
#include <strings.h>

#include "common/alloc.h"
#include "common/fs.h"
#include "quadlet/word.h"

#define NETWORK_ONLINE "podlite-user-wait-network-online.service"

/* ---- errors ---- */

static void tell(struct conv *c, struct svec *to, const struct unit_entry *e, const char *fmt, va_list ap)
{
	auto_free char *text = alloc_vfmt(fmt, ap);

	if (e && e->path)
		svec_addf(to, "%s:%u: %s=: %s", e->path, e->line, e->key, text);
	else
		svec_addf(to, "%s: %s", c->src->path, text);
}

void conv_error(struct conv *c, const struct unit_entry *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tell(c, &c->src->errors, e, fmt, ap);
	va_end(ap);
}

void conv_warn(struct conv *c, const struct unit_entry *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tell(c, &c->src->warnings, e, fmt, ap);
	va_end(ap);
}

/* ---- values ---- */

const char *conv_own_section(const struct conv *c)
{
	return source_section(c->src->kind);
}

void conv_split(struct conv *c, const struct unit_entry *e, struct svec *ret)
{
	const char *why = "";

	if (!word_split(e->value, ret, &why))
		conv_error(c, e, "%s", why);
}

void conv_words(struct conv *c, const char *key, struct svec *ret)
{
	const struct unit *u = &c->src->unit;

	for (const struct unit_entry *e = unit_next(u, conv_own_section(c), key, NULL); e; e = unit_next(u, conv_own_section(c), key, e))
		conv_split(c, e, ret);
}

bool conv_bool(struct conv *c, const struct unit_entry *e, bool dflt)
{
	static const char *const words[] = {"0", "1", "no", "yes", "n", "y", "false", "true", "f", "t", "off", "on"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (!strcasecmp(e->single, words[i]))
			return i % 2;
	conv_error(c, e, "\"%s\" is neither yes nor no", e->single);
	return dflt;
}

char *conv_path(const struct conv *c, const char *path)
{
	const char *slash = strrchr(c->src->path, '/');
	auto_free char *joined = NULL;

	if (path[0] == '/' || path[0] == '%')
		return xstrdup(path);
	joined = xasprintf("%.*s/%s", (int)(slash - c->src->path), c->src->path, path);
	return fs_clean(joined);
}

void conv_program(struct conv *c, struct svec *ret)
{
	svec_add(ret, c->podlite);
	conv_words(c, "GlobalArgs", ret);
}

/* ---- keys ---- */

static const struct conv_key *key_find(const struct conv_key *table, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(table[i].name, name))
			return &table[i];
	return NULL;
}

static void check_keys(struct conv *c, const struct conv_key *table, size_t n)
{
	const struct unit_section *s = unit_section(&c->src->unit, conv_own_section(c));

	for (size_t i = 0; i < s->n; i++) {
		const struct conv_key *k = key_find(table, n, s->v[i].key);

		if (!k)
			conv_error(c, &s->v[i], "there is no such key in [%s]", s->name);
		else if (k->how == CONV_REFUSED && *s->v[i].value)
			conv_error(c, &s->v[i], "%s", k->option);
	}
}

static void add_option(struct conv *c, const struct conv_key *k, const char *value)
{
	svec_add(&c->cmd, k->option);
	svec_addf(&c->cmd, "%s%s", k->prefix ? k->prefix : "", value);
}

static void apply_switch(struct conv *c, const struct conv_key *k, const struct unit_entry *e)
{
	bool on = conv_bool(c, e, false);

	if (on || k->how == CONV_BOOL)
		svec_addf(&c->cmd, "%s%s", k->option, on ? "" : "=false");
	if (on && k->prefix)
		svec_add(&c->cmd, k->prefix);
}

static void apply_words(struct conv *c, const struct conv_key *k)
{
	auto_svec struct svec words = SVEC_INIT, pairs = SVEC_INIT;

	conv_words(c, k->name, &words);
	if (k->how == CONV_ARGS) {
		svec_add_all(&c->cmd, &words);
		return;
	}
	SVEC_EACH(w, &words) {
		auto_free char *name = xstrndup(w, strcspn(w, "="));

		if (k->how == CONV_WORDS)
			add_option(c, k, w);
		else if (w[strlen(name)])
			svec_env_set(&pairs, name, w + strlen(name) + 1);
		else
			conv_error(c, unit_last(&c->src->unit, conv_own_section(c), k->name), "\"%s\" is not NAME=VALUE", w);
	}
	SVEC_EACH(p, &pairs)
		add_option(c, k, p);
}

static void apply_key(struct conv *c, const struct conv_key *k)
{
	const struct unit *u = &c->src->unit;
	const char *section = conv_own_section(c);
	const struct unit_entry *last = unit_last(u, section, k->name);

	switch (k->how) {
	case CONV_LAST:
		if (last)
			add_option(c, k, last->single);
		return;
	case CONV_ONCE:
		if (last)
			k->call(c, last);
		return;
	case CONV_BOOL:
	case CONV_FLAG:
		if (last)
			apply_switch(c, k, last);
		return;
	case CONV_WORDS:
	case CONV_PAIRS:
	case CONV_ARGS:
		apply_words(c, k);
		return;
	case CONV_EACH:
	case CONV_CALL:
		for (const struct unit_entry *e = unit_next(u, section, k->name, NULL); e; e = unit_next(u, section, k->name, e)) {
			if (k->how == CONV_CALL)
				k->call(c, e);
			else
				add_option(c, k, e->value);
		}
		return;
	case CONV_ELSE:
	case CONV_REFUSED:
		return;
	}
}

void conv_keys(struct conv *c, const struct conv_key *table, size_t n)
{
	check_keys(c, table, n);
	for (size_t i = 0; i < n; i++)
		apply_key(c, &table[i]);
}

/* ---- names and references ---- */

static const char *name_key(enum source_kind kind)
{
	return kind == SOURCE_CONTAINER ? "ContainerName" : kind == SOURCE_VOLUME ? "VolumeName" : kind == SOURCE_NETWORK ? "NetworkName" : "ImageTag";
}

/* foo@bar.volume -> foo SUFFIX @bar */
static char *with_suffix(const char *stem, const char *suffix)
{
	size_t base = strcspn(stem, "@");

	return xasprintf("%.*s%s%s", (int)base, stem, suffix, stem + base);
}

char *conv_service_name(const struct source *s)
{
	auto_free char *stem = source_stem(s), *base = NULL;
	const char *given = unit_value(&s->unit, source_section(s->kind), "ServiceName", NULL);
	auto_free char *suffix = s->kind == SOURCE_CONTAINER || s->kind == SOURCE_KUBE ? xstrdup("") : xasprintf("-%s", source_suffix(s->kind));

	base = given ? xstrdup(given) : with_suffix(stem, suffix);
	return xasprintf("%s.service", base);
}

char *conv_resource(const struct source *s)
{
	auto_free char *stem = source_stem(s);
	const char *given = unit_value(&s->unit, source_section(s->kind), name_key(s->kind), NULL);
	size_t base = strcspn(stem, "@");

	if (given)
		return xstrdup(given);
	if (s->kind == SOURCE_IMAGE)
		return xstrdup(unit_value(&s->unit, "Image", "Image", ""));
	if (s->kind == SOURCE_CONTAINER) /* of a template the file's own name says which instance */
		return xstrdup(stem[base] ? "systemd-%p_%i" : "systemd-%N");
	if (!stem[base])
		return xasprintf("systemd-%s", stem);
	return xasprintf("systemd-%.*s_%s", (int)base, stem, stem[base + 1] ? stem + base + 1 : "%i");
}

/* The file of that name, or the template it is an instance of; *ret_instance points into name. */
static const struct source *find(const struct conv *c, const char *name, const char **ret_instance, int *ret_len)
{
	const struct source *s = source_by_name(c->all, name);
	const char *at = strchr(name, '@'), *dot = strrchr(name, '.');
	auto_free char *template = NULL;

	*ret_instance = "";
	*ret_len = 0;
	if (s || !at || at > dot)
		return s;
	template = xasprintf("%.*s@%s", (int)(at - name), name, dot);
	*ret_instance = at + 1;
	*ret_len = (int)(dot - at) - 1;
	return source_by_name(c->all, template);
}

static const struct source *need(struct conv *c, const struct unit_entry *e, const char *name, const char **ret_instance, int *ret_len)
{
	const struct source *s = find(c, name, ret_instance, ret_len);

	if (!s)
		conv_error(c, e, "there is no file %s", name);
	return s;
}

static void require(struct conv *c, const char *service)
{
	unit_add(&c->out, "Unit", "Requires", service);
	unit_add(&c->out, "Unit", "After", service);
}

/* With the instance, where it is one of a template. */
static char *service_of(const struct source *s, const char *instance, int len)
{
	auto_free char *service = conv_service_name(s);
	char *at = strchr(service, '@');

	if (!len || !at)
		return take_ptr(service);
	return xasprintf("%.*s%.*s%s", (int)(at - service) + 1, service, len, instance, at + 1);
}

/* What systemd makes of a specifier in that service, "web@1"; those that are the same in every service of a
 * user stay. False: one that is not, and that only systemd can tell. */
static bool add_specifier(char letter, const char *service, struct sbuf *ret)
{
	const char *at = strchr(service, '@'), *instance = at ? at + 1 : "";

	switch (letter) {
	case 'N':
		sbuf_addstr(ret, service);
		return true;
	case 'p':
		sbuf_add(ret, service, strcspn(service, "@"));
		return true;
	case 'i':
		sbuf_addstr(ret, instance);
		return true;
	case 'I': /* where there is nothing to unescape, or it is that of this service */
		sbuf_addstr(ret, strcmp(instance, "%i") ? instance : "%I");
		return !strcmp(instance, "%i") || !strpbrk(instance, "-\\%");
	default:
		sbuf_addf(ret, "%%%c", letter);
		return !strchr("dfjJnPyY", letter);
	}
}

/* A name as it is in the other service, for use in this one; NULL with an error. */
static char *name_in_service(struct conv *c, const struct unit_entry *e, const char *name, const char *service)
{
	auto_free char *stem = xstrndup(service, strlen(service) - strlen(".service"));
	auto_sbuf struct sbuf b = SBUF_INIT;
	bool known = true;

	if (ends_with(stem, "@")) /* a template itself: there is no instance to ask */
		return xstrdup(name);
	for (; *name; name++)
		if (*name == '%' && name[1])
			known &= add_specifier(*++name, stem, &b);
		else
			sbuf_addch(&b, *name);
	if (known)
		return sbuf_take(&b);
	conv_error(c, e, "what it names has specifiers in its name that are another thing here; only %%i, %%p and %%N can be used");
	return NULL;
}

char *conv_reference(struct conv *c, const struct unit_entry *e, const char *name)
{
	const char *instance;
	int len;
	const struct source *s = need(c, e, name, &instance, &len);
	auto_free char *service = NULL, *resource = NULL;

	if (!s)
		return NULL;
	service = service_of(s, instance, len);
	require(c, service);
	resource = conv_resource(s);
	return name_in_service(c, e, resource, service);
}

/* ---- the service ---- */

/* Keys of [Unit] that name other units, which may be files of ours. */
static bool names_units(const char *key)
{
	static const char *const keys[] = {"After", "Before", "BindsTo", "Conflicts", "PartOf", "Requires", "Requisite", "Upholds",
		"Wants"};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (!strcmp(key, keys[i]))
			return true;
	return false;
}

/* "db.container x.service" -> "db.service x.service" */
static void add_units(struct conv *c, const char *section, const struct unit_entry *e)
{
	auto_svec struct svec words = SVEC_INIT, units = SVEC_INIT;
	auto_free char *list = NULL;

	svec_add_words(&words, e->value);
	SVEC_EACH(w, &words) {
		const char *instance;
		int len;
		const struct source *s = source_kind_of(w) < 0 ? NULL : need(c, e, w, &instance, &len);

		svec_take(&units, s ? service_of(s, instance, len) : xstrdup(w));
	}
	list = svec_join(&units, " ");
	unit_add(&c->out, section, e->key, list);
}

/* Ours are kept for people to see, where systemd ignores them; the rest is its own. */
static void copy_input(struct conv *c)
{
	const struct unit *u = &c->src->unit;

	for (size_t i = 0; i < u->n; i++) {
		const struct unit_section *s = &u->v[i];
		bool ours = !strcmp(s->name, conv_own_section(c)) || !strcmp(s->name, "Quadlet");
		auto_free char *name = xasprintf("%s%s", ours ? "X-" : "", s->name);

		for (size_t k = 0; k < s->n; k++)
			if (!strcmp(name, "Unit") && names_units(s->v[k].key))
				add_units(c, name, &s->v[k]);
			else
				unit_add(&c->out, name, s->v[k].key, s->v[k].value);
	}
}

static void check_sections(struct conv *c)
{
	static const char *const known[] = {"Unit", "Service", "Install", "Quadlet"};
	const struct unit *u = &c->src->unit;

	for (size_t i = 0; i < u->n; i++) {
		const char *name = u->v[i].name;
		bool ok = !strncmp(name, "X-", 2) || !strcmp(name, conv_own_section(c));

		for (size_t k = 0; k < ARRAY_SIZE(known); k++)
			ok |= !strcmp(name, known[k]);
		if (!ok && u->v[i].n)
			svec_addf(&c->src->warnings, "%s:%u: systemd will ignore the section [%s]", u->v[i].v[0].path, u->v[i].v[0].line, name);
	}
}

static void quadlet_section(struct conv *c)
{
	const struct unit_section *s = unit_section(&c->src->unit, "Quadlet");
	const struct unit_entry *e = unit_last(&c->src->unit, "Quadlet", "DefaultDependencies");

	for (size_t i = 0; s && i < s->n; i++)
		if (strcmp(s->v[i].key, "DefaultDependencies"))
			conv_error(c, &s->v[i], "there is no such key in [Quadlet]");
	if (!e || !conv_bool(c, e, false))
		return;
	unit_add(&c->out, "Unit", "Wants", NETWORK_ONLINE);
	unit_add(&c->out, "Unit", "After", NETWORK_ONLINE);
}

void conv_default(struct conv *c, const char *key, const char *value)
{
	if (!unit_has(&c->src->unit, "Service", key))
		unit_add(&c->out, "Service", key, value);
}

void conv_oneshot(struct conv *c)
{
	auto_free char *command = word_join(&c->cmd);

	unit_add(&c->out, "Service", "ExecStart", command);
	conv_default(c, "SyslogIdentifier", "%N");
	conv_default(c, "Type", "oneshot");
	conv_default(c, "RemainAfterExit", "yes");
}

static void refuse(struct conv *c)
{
	switch (c->src->kind) {
	case SOURCE_BUILD:
		conv_error(c, NULL, CONV_NO_BUILD);
		return;
	case SOURCE_POD:
		conv_error(c, NULL, "pods are not built yet; use one .container file each, with Network=NAME.network, or NAME.container to share a network");
		return;
	default:
		conv_error(c, NULL, "Kubernetes YAML is not played by podlite; write one .container file for each container");
		return;
	}
}

static void check_service_name(struct conv *c)
{
	const struct unit_entry *e = unit_last(&c->src->unit, conv_own_section(c), "ServiceName");
	auto_free char *name = conv_service_name(c->src);

	if (!source_unit_name_ok(name))
		conv_error(c, e, "%s is not a name for a unit of systemd: letters, digits and :-_.@\\ only", name);
}

void conv_unit(struct conv *c)
{
	static void (*const make[])(struct conv *c) = {[SOURCE_CONTAINER] = conv_container, [SOURCE_VOLUME] = conv_volume,
		[SOURCE_NETWORK] = conv_network, [SOURCE_IMAGE] = conv_image};

	if ((size_t)c->src->kind >= ARRAY_SIZE(make)) {
		refuse(c);
		return;
	}
	if (!unit_section(&c->src->unit, conv_own_section(c))) {
		conv_error(c, NULL, "it has no section [%s]", conv_own_section(c));
		return;
	}
	check_service_name(c);
	check_sections(c);
	copy_input(c);
	quadlet_section(c);
	unit_add(&c->out, "Unit", "SourcePath", c->src->path);
	make[c->src->kind](c);
}

void conv_done(struct conv *c)
{
	unit_done(&c->out);
	svec_done(&c->cmd);
}
