#include "podlite/engine/ctr_view.h"

#include <stdio.h>
#include <unistd.h>

#include "common/id.h"
#include "common/units.h"

#define NS_PER_S 1000000000

static void age_since(int64_t ns, char *ret, size_t size)
{
	units_print_age((units_now_ns() - ns) / NS_PER_S, ret, size);
}

const char *ctr_view_health(const struct ctr *ctr)
{
	return ctr->health;
}

char *ctr_view_status(const struct ctr *c)
{
	const char *health = ctr_view_health(c);
	char age[64];

	switch (c->status) {
	case CTR_CREATED:
		return xstrdup("Created");
	case CTR_INITIALIZED:
		return xstrdup("Initialized");
	case CTR_EXITED:
		age_since(c->exit.finished_ns, age, sizeof(age));
		return xasprintf("Exited (%d) %s ago", (int)c->exit.code, age);
	case CTR_RESTARTING:
		return xstrdup("Restarting");
	default:
		age_since(c->state.started_ns, age, sizeof(age));
	}
	if (c->status == CTR_PAUSED)
		return xasprintf("Up %s (Paused)", age);
	if (c->status == CTR_STOPPING)
		return xasprintf("Stopping");
	return *health ? xasprintf("Up %s (%s)", age, health) : xasprintf("Up %s", age);
}

/* "100/tcp", "101/tcp", ... follow each other as "100-102/tcp"; published ones are left out. */
static unsigned exposed_port(const char *text, const char *proto)
{
	char *slash;
	unsigned long port = strtoul(text, &slash, 10);

	return port < 65536 && *slash == '/' && !strcmp(slash + 1, proto) ? (unsigned)port : 0;
}

static bool published(const struct ctr_record *r, unsigned port, const char *proto)
{
	for (size_t i = 0; i < r->ports.n; i++) {
		const struct mon_port *p = &r->ports.v[i];

		if (port >= p->container_port && port < p->container_port + MAX_OF(p->range, 1) &&
			!strcmp(p->proto ? p->proto : "tcp", proto))
			return true;
	}
	return false;
}

static void add_ports(struct svec *parts, unsigned first, unsigned last, const char *proto)
{
	if (last > first)
		svec_addf(parts, "%u-%u/%s", first, last, proto);
	else
		svec_addf(parts, "%u/%s", first, proto);
}

static void exposed_ports(const struct ctr_record *r, const char *proto, struct svec *parts)
{
	unsigned first = 0, last = 0;

	for (size_t i = 0; i <= r->exposed.n; i++) {
		unsigned port = i < r->exposed.n ? exposed_port(r->exposed.v[i], proto) : 0;

		if (i < r->exposed.n && (!port || published(r, port, proto)))
			continue;
		if (first && port == last + 1) {
			last = port;
			continue;
		}
		if (first)
			add_ports(parts, first, last, proto);
		first = last = port;
	}
}

char *ctr_view_ports(const struct ctr_record *r)
{
	static const char *const protos[] = {"tcp", "udp", "sctp"};
	auto_svec struct svec parts = SVEC_INIT;

	for (size_t i = 0; i < r->ports.n; i++) {
		const struct mon_port *p = &r->ports.v[i];
		const char *ip = p->host_ip && *p->host_ip ? p->host_ip : "0.0.0.0";
		bool v6 = strchr(ip, ':') != NULL;
		const char *open = v6 ? "[" : "", *close = v6 ? "]" : "";

		if (p->range > 1)
			svec_addf(&parts, "%s%s%s:%d-%d->%d-%d/%s", open, ip, close, (int)p->host_port,
				(int)(p->host_port + p->range - 1), (int)p->container_port,
				(int)(p->container_port + p->range - 1), p->proto ? p->proto : "tcp");
		else
			svec_addf(&parts, "%s%s%s:%d->%d/%s", open, ip, close, (int)p->host_port,
				(int)p->container_port, p->proto ? p->proto : "tcp");
	}
	for (size_t i = 0; r->exposed.n && i < ARRAY_SIZE(protos); i++)
		exposed_ports(r, protos[i], &parts);
	return svec_join(&parts, ", ");
}

static struct jval *ports_json(const struct ctr_record *r)
{
	struct jval *a;

	if (!r->ports.n)
		return jval_new_null();
	a = jval_new_array();
	for (size_t i = 0; i < r->ports.n; i++) {
		const struct mon_port *p = &r->ports.v[i];
		struct jval *o = jval_new_object();

		jval_set_str(o, "host_ip", p->host_ip ? p->host_ip : "");
		jval_set_int(o, "container_port", p->container_port);
		jval_set_int(o, "host_port", p->host_port);
		jval_set_int(o, "range", p->range ? p->range : 1);
		jval_set_str(o, "protocol", p->proto ? p->proto : "tcp");
		jval_add(a, o);
	}
	return a;
}

/* {"100":["tcp"]}, or null */
static struct jval *exposed_json(const struct ctr_record *r)
{
	struct jval *o = r->exposed.n ? jval_new_object() : NULL;

	for (size_t i = 0; i < r->exposed.n; i++) {
		const char *proto = strchrnul(r->exposed.v[i], '/');
		auto_free char *port = xstrndup(r->exposed.v[i], (size_t)(proto - r->exposed.v[i]));
		struct jval *list = jval_get(o, port);

		if (!list) {
			list = jval_new_array();
			jval_set(o, port, list);
		}
		jval_add(list, jval_new_str(*proto ? proto + 1 : "tcp"));
	}
	return o;
}

static struct jval *mounts_json(const struct ctr_record *r)
{
	struct jval *a = jval_new_array();

	for (size_t i = 0; i < r->mounts.n; i++)
		jval_add(a, jval_new_str(r->mounts.v[i].destination));
	return a;
}

static struct jval *one_string_array(const char *s)
{
	struct jval *a = jval_new_array();

	if (s)
		jval_add(a, jval_new_str(s));
	return a;
}

/* The named ones; modes are shown by inspect. */
static struct svec network_names(const struct ctr_record *r)
{
	struct svec names = SVEC_INIT;

	for (size_t i = 0; i < r->networks.n; i++)
		svec_add(&names, r->networks.v[i].name);
	return names;
}

static void add_times(struct jval *o, const struct ctr *c)
{
	int64_t started = ctr_is_live(c) ? c->state.started_ns : c->exit.started_ns;

	jval_set_int(o, "Created", c->rec.created_ns / NS_PER_S);
	jval_set_bool(o, "Exited", c->status == CTR_EXITED);
	/* what podman prints for "never" is the zero time of Go */
	jval_set_int(o, "ExitedAt", c->has_exit ? c->exit.finished_ns / NS_PER_S : -62135596800);
	jval_set_int(o, "ExitCode", c->has_exit ? c->exit.code : 0);
	jval_set_int(o, "StartedAt", started ? started / NS_PER_S : -62135596800);
	jval_set_int(o, "Restarts", ctr_is_live(c) ? c->state.restarts : c->exit.restarts);
	jval_set_int(o, "Pid", ctr_is_live(c) ? c->state.pid : 0);
}

struct jval *ctr_view_json(const struct ctr *c)
{
	const struct ctr_record *r = &c->rec;
	struct jval *o = jval_new_object();
	auto_free char *status = ctr_view_status(c);
	auto_svec struct svec networks = network_names(r);
	char age[64];

	age_since(r->created_ns, age, sizeof(age));
	auto_free char *ago = xasprintf("%s ago", age);

	jval_set_bool(o, "AutoRemove", r->auto_remove);
	jval_set(o, "Command", r->command.n ? jval_new_strings(&r->command) : NULL);
	jval_set_str(o, "CreatedAt", ago);
	jval_set_str(o, "CIDFile", r->cidfile ? r->cidfile : "");
	jval_set(o, "ExposedPorts", exposed_json(r));
	jval_set_str(o, "Id", r->id);
	jval_set_str(o, "Image", r->image_name ? r->image_name : "");
	jval_set_str(o, "ImageID", r->image_id ? r->image_id : "");
	jval_set_bool(o, "IsInfra", false);
	jval_set(o, "Labels", r->labels.n ? jval_new_dict(&r->labels) : NULL);
	jval_set(o, "Mounts", mounts_json(r));
	jval_set(o, "Names", one_string_array(r->name));
	jval_set(o, "Namespaces", jval_new_object());
	jval_set(o, "Networks", jval_new_strings(&networks));
	jval_set_str(o, "Pod", r->pod ? r->pod : "");
	jval_set_str(o, "PodName", "");
	jval_set(o, "Ports", ports_json(r));
	jval_set(o, "Size", NULL);
	jval_set_str(o, "State", ctr_status_text(c->status));
	jval_set_str(o, "Status", status);
	add_times(o, c);
	return o;
}

static const struct {
	const char *key, *file;
} namespaces[] = {
	{"CGROUPNS", "cgroup"}, {"IPC", "ipc"}, {"MNT", "mnt"}, {"NET", "net"},
	{"PIDNS", "pid"}, {"USERNS", "user"}, {"UTS", "uts"},
};

void ctr_view_namespaces(const struct ctr *c, struct jval *row)
{
	struct jval *all = jval_new_object();

	jval_set(row, "Namespaces", all);
	for (size_t i = 0; i < ARRAY_SIZE(namespaces); i++) {
		char path[64], text[64];
		ssize_t n;

		snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)c->state.pid, namespaces[i].file);
		n = ctr_is_live(c) && c->state.pid ? readlink(path, text, sizeof(text) - 1) : -1;
		text[n > 0 ? n : 0] = 0;
		text[strcspn(text, "]")] = 0;
		jval_set_str(row, namespaces[i].key, strchr(text, '[') ? strchr(text, '[') + 1 : "");
		jval_set_str(all, namespaces[i].file, jval_get_str(row, namespaces[i].key, ""));
	}
}

struct jval *ctr_view_cells(const struct ctr *c, bool no_trunc)
{
	const struct ctr_record *r = &c->rec;
	struct jval *o = jval_new_object();
	auto_free char *command = svec_join(&r->command, " "), *ports = ctr_view_ports(r), *status = ctr_view_status(c);
	char age[64];

	if (!no_trunc && strlen(command) > 17)
		memcpy(command + 17, "...", 4);
	age_since(r->created_ns, age, sizeof(age));
	auto_free char *ago = xasprintf("%s ago", age);

	jval_set(o, "ID", jval_new_strn(r->id, no_trunc ? ID_LEN : ID_SHORT));
	jval_set_str(o, "Image", r->image_name ? r->image_name : "");
	jval_set_str(o, "Command", command);
	jval_set_str(o, "CreatedHuman", ago);
	jval_set_str(o, "Status", status);
	jval_set_str(o, "Ports", ports);
	jval_set_str(o, "Names", r->name);
	jval_set_str(o, "Pod", r->pod ? r->pod : "");
	jval_set_str(o, "PodName", "");
	return o;
}

struct jval *ctr_view_row(const struct ctr *c, bool no_trunc)
{
	const struct ctr_record *r = &c->rec;
	struct jval *o = ctr_view_cells(c, no_trunc);
	auto_svec struct svec networks = network_names(r);
	auto_free char *names = svec_join(&networks, ",");
	const char *image = r->image_id ? r->image_id : "";
	char at[64];

	units_print_time_go(r->created_ns, at);
	add_times(o, c);
	jval_set(o, "ImageID", jval_new_strn(image, no_trunc ? strlen(image) : strnlen(image, ID_SHORT)));
	jval_set_str(o, "CreatedAt", at);
	jval_set_str(o, "Created", at); /* a time, where the JSON has a number */
	jval_set_str(o, "RunningFor", jval_get_str(o, "CreatedHuman", ""));
	jval_set_str(o, "State", ctr_status_text(c->status));
	jval_set(o, "Mounts", mounts_json(r));
	jval_set_str(o, "Networks", names);
	jval_set(o, "Labels", jval_new_dict(&r->labels));
	jval_set(o, "ExposedPorts", exposed_json(r));
	jval_set_bool(o, "AutoRemove", r->auto_remove);
	jval_set_str(o, "CIDFile", r->cidfile ? r->cidfile : "");
	jval_set_bool(o, "IsInfra", false);
	jval_set_str(o, "Size", "");
	return o;
}
