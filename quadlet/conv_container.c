/* conv_container.c - [Container]: podlite run, and the service around it. */
#include <fcntl.h>
#include <string.h>

#include "common/alloc.h"
#include "common/fs.h"
#include "quadlet/conv.h"
#include "quadlet/word.h"

#define SECTION    "Container"
#define CID        "--cidfile=%t/%N.cid"
#define NO_POD     "pods are not built yet; share a network by Network=NAME.container"
#define NO_LABELS  "SELinux labels are not built"

/* ---- keys that name other files, or paths ---- */

/* What a mount needs: the file it comes from by its name, or the host's directory; NULL after an error. */
static char *mount_source(struct conv *c, const struct unit_entry *e, const char *source)
{
	auto_free char *path = NULL;

	if (ends_with(source, ".volume"))
		return conv_reference(c, e, source);
	path = *source == '.' ? conv_path(c, source) : xstrdup(source);
	if (*path == '/') {
		auto_sbuf struct sbuf quoted = SBUF_INIT;

		word_quote(path, &quoted);
		unit_add(&c->out, "Unit", "RequiresMountsFor", quoted.buf);
	}
	return take_ptr(path);
}

static void key_volume(struct conv *c, const struct unit_entry *e)
{
	const char *colon = strchr(e->value, ':');
	auto_free char *first = colon ? xstrndup(e->value, (size_t)(colon - e->value)) : NULL, *source = NULL;

	svec_add(&c->cmd, "-v");
	if (!colon) { /* an anonymous volume */
		svec_add(&c->cmd, e->value);
		return;
	}
	source = mount_source(c, e, first);
	svec_addf(&c->cmd, "%s%s", source ? source : "", colon);
}

/* type=TYPE,source=X,...: the source of a bind, volume or image may be a path or a file of ours. */
static void one_mount(struct conv *c, const struct unit_entry *e, const char *text)
{
	auto_svec struct svec parts = SVEC_INIT;
	const char *type = "";

	if (!svec_add_csv(&parts, text))
		conv_error(c, e, "a quote is not closed in %s", text);
	SVEC_EACH(p, &parts)
		if (!strncmp(p, "type=", 5))
			type = p + 5;
	if (!*type)
		conv_error(c, e, "\"%s\" has no type=; if it belongs to what is before it, put all of it in quotes", text);
	for (size_t i = 0; i < parts.n; i++) {
		char *p = parts.v[i];
		size_t key = strcspn(p, "=");
		bool source = p[key] && ((key == 6 && !strncmp(p, "source", 6)) || (key == 3 && !strncmp(p, "src", 3)));
		auto_free char *now = NULL;

		if (!source || (strcmp(type, "bind") && strcmp(type, "volume") && strcmp(type, "image")))
			continue;
		now = !strcmp(type, "image") && !ends_with(p, ".image") ? xstrdup(p + key + 1)
			: !strcmp(type, "image") ? conv_reference(c, e, p + key + 1) : mount_source(c, e, p + key + 1);
		parts.v[i] = xasprintf("%.*s=%s", (int)key, p, now ? now : "");
		free(p);
	}
	svec_add(&c->cmd, "--mount");
	svec_take(&c->cmd, svec_join_csv(&parts));
}

static void key_mount(struct conv *c, const struct unit_entry *e)
{
	auto_svec struct svec words = SVEC_INIT;

	conv_split(c, e, &words);
	SVEC_EACH(w, &words)
		one_mount(c, e, w);
}

/* What another file makes, by its name; options behind a colon stay. */
static void network_of_file(struct conv *c, const struct unit_entry *e, const char *file, const char *options)
{
	bool container = ends_with(file, ".container");
	auto_free char *name = conv_reference(c, e, file);

	if (container && name && strchr(name, '%'))
		conv_error(c, e, "%s gives its container no fixed name; set ContainerName= in it", file);
	svec_add(&c->cmd, "--network");
	svec_addf(&c->cmd, "%s%s%s", container ? "container:" : "", name ? name : "", options);
}

/* All else is what run's --network is; which networks there are shows when the service starts. */
static void key_network(struct conv *c, const struct unit_entry *e)
{
	size_t n = strcspn(e->value, ":");
	auto_free char *mode = xstrndup(e->value, n);

	if (ends_with(mode, ".container") || ends_with(mode, ".network")) {
		network_of_file(c, e, mode, e->value + n);
		return;
	}
	if (ends_with(mode, ".pod"))
		conv_error(c, e, NO_POD);
	svec_add(&c->cmd, "--network");
	svec_add(&c->cmd, e->value);
}

static void key_env_file(struct conv *c, const struct unit_entry *e)
{
	auto_svec struct svec words = SVEC_INIT;

	conv_split(c, e, &words);
	SVEC_EACH(w, &words) {
		svec_add(&c->cmd, "--env-file");
		svec_take(&c->cmd, conv_path(c, w));
	}
}

/* "-/dev/x": only where it exists now */
static void key_device(struct conv *c, const struct unit_entry *e)
{
	auto_svec struct svec words = SVEC_INIT;

	conv_split(c, e, &words);
	SVEC_EACH(w, &words) {
		const char *device = w + (*w == '-');
		auto_free char *host = xstrndup(device, strcspn(device, ":"));

		if (device != w && !fs_exists(AT_FDCWD, host))
			continue;
		svec_add(&c->cmd, "--device");
		svec_add(&c->cmd, device);
	}
}

static void key_update(struct conv *c, const struct unit_entry *e)
{
	const char *image = unit_value(&c->src->unit, SECTION, "Image", "");

	if (strcmp(e->single, "registry") && strcmp(e->single, "local")) {
		conv_error(c, e, "\"%s\" is neither registry nor local", e->single);
		return;
	}
	if (!strcmp(e->single, "registry") && !ends_with(image, ".image") && !strpbrk(image, "/%"))
		conv_warn(c, e, "Image=%s is no full name: an update from the registry needs one, such as docker.io/library/%s", image, image);
	svec_add(&c->cmd, "--label");
	svec_addf(&c->cmd, "io.containers.autoupdate=%s", e->single);
}

static void key_user(struct conv *c, const struct unit_entry *e)
{
	const struct unit_entry *group = unit_last(&c->src->unit, SECTION, "Group");

	svec_add(&c->cmd, "--user");
	svec_addf(&c->cmd, "%s%s%s", e->single, group ? ":" : "", group ? group->single : "");
}

static void key_group(struct conv *c, const struct unit_entry *e)
{
	if (!unit_last(&c->src->unit, SECTION, "User"))
		conv_error(c, e, "needs User=");
}

static const struct conv_key keys[] = {
	{"AddCapability", CONV_WORDS, "--cap-add", NULL, NULL},
	{"AddDevice", CONV_CALL, NULL, NULL, key_device},
	{"AddHost", CONV_EACH, "--add-host", NULL, NULL},
	{"Annotation", CONV_PAIRS, "--annotation", NULL, NULL},
	{"AutoUpdate", CONV_ONCE, NULL, NULL, key_update},
	{"CgroupsMode", CONV_LAST, "--cgroups", NULL, NULL},
	{"ContainerName", CONV_ELSE, NULL, NULL, NULL},
	{"ContainersConfModule", CONV_REFUSED, CONV_NO_MODULES, NULL, NULL},
	{"DNS", CONV_EACH, "--dns", NULL, NULL},
	{"DNSOption", CONV_EACH, "--dns-option", NULL, NULL},
	{"DNSSearch", CONV_EACH, "--dns-search", NULL, NULL},
	{"DropCapability", CONV_WORDS, "--cap-drop", NULL, NULL},
	{"Entrypoint", CONV_LAST, "--entrypoint", NULL, NULL},
	{"EnvironmentHost", CONV_BOOL, "--env-host", NULL, NULL},
	{"EnvironmentFile", CONV_CALL, NULL, NULL, key_env_file},
	{"Environment", CONV_PAIRS, "--env", NULL, NULL},
	{"Exec", CONV_ELSE, NULL, NULL, NULL},
	{"ExposeHostPort", CONV_EACH, "--expose", NULL, NULL},
	{"GIDMap", CONV_WORDS, "--gidmap", NULL, NULL},
	{"GlobalArgs", CONV_ELSE, NULL, NULL, NULL},
	{"Group", CONV_ONCE, NULL, NULL, key_group},
	{"GroupAdd", CONV_EACH, "--group-add", NULL, NULL},
	{"HealthCmd", CONV_LAST, "--health-cmd", NULL, NULL},
	{"HealthInterval", CONV_LAST, "--health-interval", NULL, NULL},
	{"HealthLogDestination", CONV_LAST, "--health-log-destination", NULL, NULL},
	{"HealthMaxLogCount", CONV_LAST, "--health-max-log-count", NULL, NULL},
	{"HealthMaxLogSize", CONV_LAST, "--health-max-log-size", NULL, NULL},
	{"HealthOnFailure", CONV_LAST, "--health-on-failure", NULL, NULL},
	{"HealthRetries", CONV_LAST, "--health-retries", NULL, NULL},
	{"HealthStartPeriod", CONV_LAST, "--health-start-period", NULL, NULL},
	{"HealthStartupCmd", CONV_LAST, "--health-startup-cmd", NULL, NULL},
	{"HealthStartupInterval", CONV_LAST, "--health-startup-interval", NULL, NULL},
	{"HealthStartupRetries", CONV_LAST, "--health-startup-retries", NULL, NULL},
	{"HealthStartupSuccess", CONV_LAST, "--health-startup-success", NULL, NULL},
	{"HealthStartupTimeout", CONV_LAST, "--health-startup-timeout", NULL, NULL},
	{"HealthTimeout", CONV_LAST, "--health-timeout", NULL, NULL},
	{"HostName", CONV_LAST, "--hostname", NULL, NULL},
	{"IP", CONV_LAST, "--ip", NULL, NULL},
	{"IP6", CONV_LAST, "--ip6", NULL, NULL},
	{"Image", CONV_ELSE, NULL, NULL, NULL},
	{"Label", CONV_PAIRS, "--label", NULL, NULL},
	{"LogDriver", CONV_ELSE, NULL, NULL, NULL},
	{"LogOpt", CONV_WORDS, "--log-opt", NULL, NULL},
	{"Mask", CONV_WORDS, "--security-opt", "mask=", NULL},
	{"Mount", CONV_CALL, NULL, NULL, key_mount},
	{"Network", CONV_CALL, NULL, NULL, key_network},
	{"NetworkAlias", CONV_EACH, "--network-alias", NULL, NULL},
	{"NoNewPrivileges", CONV_FLAG, "--security-opt", "no-new-privileges", NULL},
	{"Notify", CONV_ELSE, NULL, NULL, NULL},
	{"PidsLimit", CONV_LAST, "--pids-limit", NULL, NULL},
	{"Pod", CONV_REFUSED, NO_POD, NULL, NULL},
	{"PublishPort", CONV_EACH, "--publish", NULL, NULL},
	{"Pull", CONV_LAST, "--pull", NULL, NULL},
	{"ReadOnly", CONV_BOOL, "--read-only", NULL, NULL},
	{"ReadOnlyTmpfs", CONV_BOOL, "--read-only-tmpfs", NULL, NULL},
	{"Rootfs", CONV_ELSE, NULL, NULL, NULL},
	{"RunInit", CONV_BOOL, "--init", NULL, NULL},
	{"SeccompProfile", CONV_LAST, "--security-opt", "seccomp=", NULL},
	{"Secret", CONV_WORDS, "--secret", NULL, NULL},
	{"SecurityLabelDisable", CONV_FLAG, "--security-opt", "label=disable", NULL},
	{"SecurityLabelFileType", CONV_REFUSED, NO_LABELS, NULL, NULL},
	{"SecurityLabelLevel", CONV_REFUSED, NO_LABELS, NULL, NULL},
	{"SecurityLabelNested", CONV_REFUSED, NO_LABELS, NULL, NULL},
	{"SecurityLabelType", CONV_REFUSED, NO_LABELS, NULL, NULL},
	{"ServiceName", CONV_ELSE, NULL, NULL, NULL},
	{"ShmSize", CONV_LAST, "--shm-size", NULL, NULL},
	{"StartWithPod", CONV_REFUSED, NO_POD, NULL, NULL},
	{"StopSignal", CONV_LAST, "--stop-signal", NULL, NULL},
	{"StopTimeout", CONV_LAST, "--stop-timeout", NULL, NULL},
	{"SubGIDMap", CONV_LAST, "--subgidname", NULL, NULL},
	{"SubUIDMap", CONV_LAST, "--subuidname", NULL, NULL},
	{"Sysctl", CONV_WORDS, "--sysctl", NULL, NULL},
	{"Timezone", CONV_LAST, "--tz", NULL, NULL},
	{"Tmpfs", CONV_EACH, "--tmpfs", NULL, NULL},
	{"UIDMap", CONV_WORDS, "--uidmap", NULL, NULL},
	{"Ulimit", CONV_EACH, "--ulimit", NULL, NULL},
	{"Unmask", CONV_WORDS, "--security-opt", "unmask=", NULL},
	{"User", CONV_ONCE, NULL, NULL, key_user},
	{"UserNS", CONV_LAST, "--userns", NULL, NULL},
	{"Volume", CONV_CALL, NULL, NULL, key_volume},
	{"WorkingDir", CONV_LAST, "--workdir", NULL, NULL},
	{"PodmanArgs", CONV_ARGS, NULL, NULL, NULL},
};

/* ---- the service ---- */

/* The container goes with the service, however either of them ends. */
static void stop_commands(struct conv *c)
{
	auto_svec struct svec words = SVEC_INIT;
	auto_free char *line = NULL;

	conv_program(c, &words);
	svec_add_split(&words, "rm,-v,-f,-i," CID, ',');
	line = word_join(&words);
	unit_add(&c->out, "Service", "ExecStop", line);
	unit_addf(&c->out, "Service", "ExecStopPost", "-%s", line);
}

static void service(struct conv *c)
{
	const struct unit_entry *mode = unit_last(&c->src->unit, "Service", "KillMode");
	const struct unit_entry *start = unit_last(&c->src->unit, "Service", "ExecStart");

	if (mode && strcmp(mode->value, "mixed") && strcmp(mode->value, "control-group"))
		conv_error(c, mode, "only mixed and control-group leave nothing of the container behind");
	if (start)
		conv_error(c, start, "is what podlite makes of [Container]; use ExecStartPre= or ExecStartPost=");
	unit_add(&c->out, "Service", "Environment", "PODMAN_SYSTEMD_UNIT=%n");
	conv_default(c, "KillMode", "mixed");
	stop_commands(c);
	/* the container's group is made inside the service's */
	conv_default(c, "Delegate", "yes");
	conv_default(c, "SyslogIdentifier", "%N");
}

/* Who says that it has started. */
static void notify(struct conv *c)
{
	const struct unit_entry *type = unit_last(&c->src->unit, "Service", "Type");
	const struct unit_entry *e = unit_last(&c->src->unit, SECTION, "Notify");
	bool healthy = e && !strcmp(e->single, "healthy");

	if (type && !strcmp(type->value, "oneshot"))
		return;
	if (type && strcmp(type->value, "notify"))
		conv_error(c, type, "\"%s\" cannot be used: notify (the default) or oneshot", type->value);
	conv_default(c, "Type", "notify");
	conv_default(c, "NotifyAccess", "all");
	svec_addf(&c->cmd, "--sdnotify=%s", healthy ? "healthy" : e && conv_bool(c, e, false) ? "container" : "conmon");
	svec_add(&c->cmd, "-d");
}

static void options(struct conv *c)
{
	const struct unit *u = &c->src->unit;

	conv_program(c, &c->cmd);
	svec_add_split(&c->cmd, "run,--name", ',');
	svec_take(&c->cmd, conv_resource(c->src));
	svec_add_split(&c->cmd, CID ",--replace,--rm", ',');
	if (!unit_last(u, SECTION, "CgroupsMode"))
		svec_add(&c->cmd, "--cgroups=split");
	svec_add(&c->cmd, "--log-driver");
	svec_add(&c->cmd, unit_value(u, SECTION, "LogDriver", "journald"));
	notify(c);
	conv_keys(c, keys, ARRAY_SIZE(keys));
}

static void image_and_command(struct conv *c)
{
	const struct unit_entry *image = unit_last(&c->src->unit, SECTION, "Image");
	const struct unit_entry *rootfs = unit_last(&c->src->unit, SECTION, "Rootfs");
	const struct unit_entry *exec = unit_last(&c->src->unit, SECTION, "Exec");

	if (!image == !rootfs) {
		conv_error(c, rootfs, image ? "Image= and Rootfs= cannot be used together" : "it has neither Image= nor Rootfs=");
		return;
	}
	if (rootfs) {
		svec_add(&c->cmd, "--rootfs");
		svec_take(&c->cmd, conv_path(c, rootfs->single));
	} else if (ends_with(image->single, ".image")) {
		char *name = conv_reference(c, image, image->single);

		svec_take(&c->cmd, name ? name : xstrdup(""));
	} else if (ends_with(image->single, ".build")) {
		conv_error(c, image, CONV_NO_BUILD);
	} else {
		svec_add(&c->cmd, image->single);
	}
	if (exec)
		conv_split(c, exec, &c->cmd);
}

void conv_container(struct conv *c)
{
	auto_free char *command = NULL;

	service(c);
	options(c);
	image_and_command(c);
	command = word_join(&c->cmd);
	unit_add(&c->out, "Service", "ExecStart", command);
}
