#include "podlite/engine/create_mount.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/fs.h"
#include "common/sbuf.h"
#include "common/units.h"
#include "storage/volume.h"

enum {
	FOR_BIND = 1 << CREATE_MOUNT_BIND | 1 << CREATE_MOUNT_GLOB,
	FOR_VOLUME = 1 << CREATE_MOUNT_VOLUME,
	FOR_TMPFS = 1 << CREATE_MOUNT_TMPFS,
	FOR_IMAGE = 1 << CREATE_MOUNT_IMAGE,
	FOR_RAMFS = 1 << CREATE_MOUNT_RAMFS,
	FOR_DEVPTS = 1 << CREATE_MOUNT_DEVPTS,
	FOR_DIRS = FOR_BIND | FOR_VOLUME | FOR_TMPFS | FOR_RAMFS,
	FOR_ALL = FOR_DIRS | FOR_IMAGE | FOR_DEVPTS,
};
enum { PROPAGATION = 6 };

/* Options of one group contradict each other; group 0 has no such partners. */
static const struct known_option {
	const char *name; /* a trailing "=" takes a value */
	unsigned kinds;
	int group;
} known_options[] = {
	{"ro", FOR_ALL, 1}, {"rw", FOR_ALL, 1},
	{"nosuid", FOR_DIRS, 2}, {"suid", FOR_DIRS, 2},
	{"nodev", FOR_DIRS, 3}, {"dev", FOR_DIRS, 3},
	{"noexec", FOR_DIRS, 4}, {"exec", FOR_DIRS, 4},
	{"bind", FOR_BIND, 5}, {"rbind", FOR_BIND | FOR_VOLUME, 5},
	{"shared", FOR_DIRS, PROPAGATION}, {"rshared", FOR_DIRS, PROPAGATION},
	{"slave", FOR_DIRS, PROPAGATION}, {"rslave", FOR_DIRS, PROPAGATION},
	{"private", FOR_DIRS, PROPAGATION}, {"rprivate", FOR_DIRS, PROPAGATION},
	{"unbindable", FOR_DIRS, PROPAGATION}, {"runbindable", FOR_DIRS, PROPAGATION},
	{"noatime", FOR_TMPFS, 7}, {"relatime", FOR_TMPFS, 7}, {"strictatime", FOR_TMPFS, 7},
	{"tmpcopyup", FOR_TMPFS, 8}, {"notmpcopyup", FOR_TMPFS, 8},
	{"nodiratime", FOR_TMPFS, 0}, {"sync", FOR_TMPFS, 0},
	{"size=", FOR_TMPFS, 9}, {"mode=", FOR_TMPFS | FOR_RAMFS | FOR_DEVPTS, 10}, {"nr_inodes=", FOR_TMPFS, 11},
	{"uid=", FOR_TMPFS | FOR_DEVPTS, 12}, {"gid=", FOR_TMPFS | FOR_DEVPTS, 13}, {"nr_blocks=", FOR_TMPFS, 9},
	{"max=", FOR_DEVPTS, 14},
};

#define IDMAP_REFUSED                                                                                        \
	"the kernel allows it to who has CAP_SYS_ADMIN in the user namespace that mounted the file system, which for one of the " \
	"host is the host's root alone; U changes the owners instead, --userns keep-id:uid=N,gid=N maps your own"

static const struct refused_option {
	const char *name, *why;
} refused_options[] = {
	{"idmap", IDMAP_REFUSED},
	{"idmap=", IDMAP_REFUSED},
	{"upperdir=", "the upper layer of an overlay volume is always the container's own"},
	{"workdir=", "the upper layer of an overlay volume is always the container's own"},
};

static const char *const kind_names[] = {
	[CREATE_MOUNT_BIND] = "bind",
	[CREATE_MOUNT_VOLUME] = "volume",
	[CREATE_MOUNT_TMPFS] = "tmpfs",
	[CREATE_MOUNT_IMAGE] = "image",
	[CREATE_MOUNT_RAMFS] = "ramfs",
	[CREATE_MOUNT_DEVPTS] = "devpts",
	[CREATE_MOUNT_GLOB] = "glob",
};

void create_mount_done(struct create_mount *m)
{
	free(m->source);
	free(m->dest);
	free(m->subpath);
	svec_done(&m->options);
	memset(m, 0, sizeof(*m));
}

const char *create_mount_kind_name(enum create_mount_kind kind)
{
	return kind_names[kind];
}

static bool same_option(const char *name, const char *option)
{
	size_t n = strlen(name);

	return n && name[n - 1] == '=' ? !strncmp(name, option, n) : !strcmp(name, option);
}

static const struct known_option *find_option(const char *option)
{
	for (size_t i = 0; i < ARRAY_SIZE(known_options); i++)
		if (same_option(known_options[i].name, option))
			return &known_options[i];
	return NULL;
}

static bool octal(const char *s)
{
	size_t n = strspn(s, "01234567");

	return n && n <= 5 && !s[n];
}

/* Values are checked, not passed on trust: a mount helper or the kernel would parse them. */
static bool good_value(const char *option)
{
	const char *value = strchr(option, '=');
	uint64_t n;

	if (!value)
		return true;
	value++;
	if (!strncmp(option, "mode=", 5))
		return octal(value);
	if (!strncmp(option, "uid=", 4) || !strncmp(option, "gid=", 4))
		return units_parse_u64(value, &n) && n < UINT32_MAX;
	if (!strncmp(option, "max=", 4))
		return units_parse_u64(value, &n) && n <= 1 << 20;
	if (!strncmp(option, "size=", 5) && *value && value[strlen(value) - 1] == '%') {
		auto_free char *number = xstrndup(value, strlen(value) - 1);

		return units_parse_u64(number, &n) && n <= 100;
	}
	return *value != '.' && units_parse_size(value, &n);
}

static int refuse_option(const char *option, struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(refused_options); i++)
		if (same_option(refused_options[i].name, option))
			return err_set(err, EK_UNSUPPORTED, "mount option \"%s\" is not supported: %s",
				option, refused_options[i].why);
	return err_set(err, EK_USAGE, "invalid mount option \"%s\"", option);
}

static int check_partners(const struct create_mount *m, const struct known_option *k,
	const char *option, struct err *err)
{
	for (size_t i = 0; k->group && i < m->options.n; i++) {
		const struct known_option *other = find_option(m->options.v[i]);

		if (other && other->group == k->group && strcmp(m->options.v[i], option))
			return err_set(err, EK_USAGE, "mount options \"%s\" and \"%s\" cannot be used together",
				m->options.v[i], option);
	}
	return 0;
}

int create_mount_option(struct create_mount *m, const char *option, struct err *err)
{
	const struct known_option *k;

	if (!strcmp(option, "z") || !strcmp(option, "Z")) {
		m->relabel = true;
		return 0;
	}
	if (m->kind == CREATE_MOUNT_VOLUME && (!strcmp(option, "nocopy") || !strcmp(option, "copy"))) {
		m->nocopy = option[0] == 'n';
		return 0;
	}
	if (m->kind == CREATE_MOUNT_BIND || m->kind == CREATE_MOUNT_VOLUME) {
		if (!strcmp(option, "O"))
			return m->overlay = true, 0;
		if (!strcmp(option, "U"))
			return m->chown = true, 0;
	}
	k = find_option(option);
	if (!k)
		return refuse_option(option, err);
	if (!(k->kinds & (1u << m->kind)))
		return err_set(err, EK_USAGE, "mount option \"%s\" does not apply to a %s mount", option,
			kind_names[m->kind]);
	if (!good_value(option))
		return err_set(err, EK_USAGE, "invalid value in mount option \"%s\"", option);
	if (check_partners(m, k, option, err) < 0)
		return -1;
	if (!svec_has(&m->options, option))
		svec_add(&m->options, option);
	return 0;
}

int create_mount_dest(struct create_mount *m, const char *text, struct err *err)
{
	if (*text != '/')
		return err_set(err, EK_USAGE, "invalid container path \"%s\": it must be absolute", text);
	for (const char *p = text; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return err_set(err, EK_USAGE, "invalid container path: it has control characters");
	free(m->dest);
	m->dest = fs_clean(text);
	if (!strcmp(m->dest, "/"))
		return err_set(err, EK_USAGE, "invalid container path \"%s\": nothing can be mounted over the root", text);
	return 0;
}

static int parse_bool(const char *key, const char *value, bool *ret, struct err *err)
{
	if (!value || !strcmp(value, "true") || !strcmp(value, "1"))
		*ret = true;
	else if (!strcmp(value, "false") || !strcmp(value, "0"))
		*ret = false;
	else
		return err_set(err, EK_USAGE, "%s=%s: expected true or false", key, value);
	return 0;
}

/* Keys that stand for one mount option when true and for another when false. */
static const struct switch_key {
	const char *key, *yes, *no;
} switch_keys[] = {
	{"ro", "ro", "rw"}, {"readonly", "ro", "rw"}, {"rw", "rw", "ro"}, {"readwrite", "rw", "ro"},
	{"nosuid", "nosuid", "suid"}, {"suid", "suid", "nosuid"},
	{"nodev", "nodev", "dev"}, {"dev", "dev", "nodev"},
	{"noexec", "noexec", "exec"}, {"exec", "exec", "noexec"},
	{"bind-nonrecursive", "bind", "rbind"},
	{"tmpcopyup", "tmpcopyup", "notmpcopyup"}, {"notmpcopyup", "notmpcopyup", "tmpcopyup"},
	{"volume-nocopy", "nocopy", "copy"}, {"nocopy", "nocopy", "copy"},
	{"U", "U", NULL}, {"chown", "U", NULL},
	{"noatime", "noatime", "relatime"},
};

/* Keys whose value becomes part of an option. */
static const struct {
	const char *key, *prefix;
} value_keys[] = {
	{"tmpfs-size", "size="},
	{"tmpfs-mode", "mode="},
	{"mode", "mode="}, {"uid", "uid="}, {"gid", "gid="}, {"max", "max="}, /* of devpts */
};

static const struct refused_option refused_keys[] = {
	{"idmap", IDMAP_REFUSED},
	{"volume-driver", "volume plug-ins are not built"},
	{"volume-opt", "options of volumes are given to podlite volume create"},
	{"volume-label", "labels of volumes are given to podlite volume create"},
};

static int relabel_key(struct create_mount *m, const char *value, struct err *err)
{
	if (!value || (strcmp(value, "shared") && strcmp(value, "private")))
		return err_set(err, EK_USAGE, "relabel=%s: expected shared or private", value ? value : "");
	m->relabel = true;
	return 0;
}

static int propagation_key(struct create_mount *m, const char *value, struct err *err)
{
	const struct known_option *k = value ? find_option(value) : NULL;

	if (!k || k->group != PROPAGATION)
		return err_set(err, EK_USAGE, "invalid mount propagation \"%s\"", value ? value : "");
	return create_mount_option(m, value, err);
}

static int set_subpath(struct create_mount *m, const char *value, struct err *err)
{
	auto_free char *absolute = xasprintf("/%s", value ? value : "");

	if (m->kind != CREATE_MOUNT_VOLUME && m->kind != CREATE_MOUNT_IMAGE)
		return err_set(err, EK_USAGE, "a %s mount has no subpath", kind_names[m->kind]);
	free(m->subpath);
	m->subpath = fs_clean(absolute);
	if (strcmp(m->subpath, "/"))
		return 0;
	free(m->subpath); /* all of it */
	m->subpath = NULL;
	return 0;
}

static int set_source(struct create_mount *m, const char *value, struct err *err)
{
	if (m->kind == CREATE_MOUNT_VOLUME && value && !volume_name_ok(value))
		return err_set(err, EK_USAGE,
			"invalid volume name \"%s\": names must match [a-zA-Z0-9][a-zA-Z0-9_.-]*", value);
	if (m->kind == CREATE_MOUNT_TMPFS || m->kind == CREATE_MOUNT_RAMFS || m->kind == CREATE_MOUNT_DEVPTS)
		return err_set(err, EK_USAGE, "a %s mount has no source", kind_names[m->kind]);
	if (!value || !*value)
		return err_set(err, EK_USAGE, "the source is empty");
	free(m->source);
	m->source = xstrdup(value);
	return 0;
}

static int other_key(struct create_mount *m, const char *key, const char *value, struct err *err)
{
	bool on = true;

	for (size_t i = 0; i < ARRAY_SIZE(switch_keys); i++) {
		if (strcmp(key, switch_keys[i].key))
			continue;
		if (parse_bool(key, value, &on, err) < 0)
			return -1;
		if (!on && !switch_keys[i].no)
			return 0;
		return create_mount_option(m, on ? switch_keys[i].yes : switch_keys[i].no, err);
	}
	for (size_t i = 0; i < ARRAY_SIZE(value_keys); i++) {
		auto_free char *option = NULL;

		if (strcmp(key, value_keys[i].key))
			continue;
		option = xasprintf("%s%s", value_keys[i].prefix, value ? value : "");
		return create_mount_option(m, option, err);
	}
	for (size_t i = 0; i < ARRAY_SIZE(refused_keys); i++)
		if (!strcmp(key, refused_keys[i].name))
			return err_set(err, EK_UNSUPPORTED, "mount key \"%s\" is not supported: %s", key,
				refused_keys[i].why);
	return err_set(err, EK_USAGE, "\"%s\": invalid mount option", key);
}

static int one_key(struct create_mount *m, const char *field, struct err *err)
{
	const char *eq = strchr(field, '=');
	auto_free char *key = eq ? xstrndup(field, (size_t)(eq - field)) : xstrdup(field);
	const char *value = eq ? eq + 1 : NULL;

	if (!strcmp(key, "type"))
		return 0;
	if (!strcmp(key, "src") || !strcmp(key, "source"))
		return set_source(m, value, err);
	if (!strcmp(key, "dst") || !strcmp(key, "destination") || !strcmp(key, "target"))
		return create_mount_dest(m, value ? value : "", err);
	if (!strcmp(key, "bind-propagation"))
		return propagation_key(m, value, err);
	if (!strcmp(key, "relabel"))
		return relabel_key(m, value, err);
	if (!strcmp(key, "subpath") || !strcmp(key, "volume-subpath"))
		return set_subpath(m, value, err);
	/* docker's hint for macOS: says nothing about the mount's content */
	if (!strcmp(key, "consistency"))
		return 0;
	return other_key(m, key, value, err);
}

static int find_type(const struct svec *fields, enum create_mount_kind *ret, struct err *err)
{
	const char *type = "volume";

	for (size_t i = 0; i < fields->n; i++)
		if (!strncmp(fields->v[i], "type=", 5))
			type = fields->v[i] + 5;
	for (size_t k = 0; k < ARRAY_SIZE(kind_names); k++) {
		if (strcmp(type, kind_names[k]))
			continue;
		*ret = (enum create_mount_kind)k;
		return 0;
	}
	if (!strcmp(type, "artifact"))
		return err_set(err, EK_UNSUPPORTED, "mounts of type %s are not built yet", type);
	return err_set(err, EK_USAGE, "invalid filesystem type \"%s\"", type);
}

int create_mount_parse(const char *text, struct create_mount *ret, struct err *err)
{
	auto_svec struct svec fields = SVEC_INIT;
	auto_cleanup(create_mount_done) struct create_mount m = {.kind = CREATE_MOUNT_VOLUME};

	if (!svec_add_csv(&fields, text))
		return err_set(err, EK_USAGE, "--mount %s: a quote is not closed", text);
	if (find_type(&fields, &m.kind, err) < 0)
		return err_wrap(err, "--mount %s", text);
	for (size_t i = 0; i < fields.n; i++)
		if (one_key(&m, fields.v[i], err) < 0)
			return err_wrap(err, "--mount %s", text);
	if (!m.dest && m.kind != CREATE_MOUNT_GLOB)
		return err_set(err, EK_USAGE, "--mount %s: must set volume destination", text);
	/* as podman: the same place on the host */
	if (m.kind == CREATE_MOUNT_BIND && !m.source)
		m.source = xstrdup(m.dest);
	if ((m.kind == CREATE_MOUNT_IMAGE || m.kind == CREATE_MOUNT_GLOB) && !m.source)
		return err_set(err, EK_USAGE, "--mount %s: a%s %s mount needs a source", text,
			m.kind == CREATE_MOUNT_IMAGE ? "n" : "", kind_names[m.kind]);
	*ret = m;
	memset(&m, 0, sizeof(m));
	return 0;
}
