/*
 * rt_scope_bus.c - the conversation with systemd, for podlite-runtime alone: a program of its own, since
 * the monitor is linked statically and cannot load a library, and nobody shall keep one of this size.
 */
#include "oci/rt_scope.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/userns.h"

#define LIBRARY   "libsystemd.so.0"
#define DEST      "org.freedesktop.systemd1"
#define OBJECT    "/org/freedesktop/systemd1"
#define MANAGER   "org.freedesktop.systemd1.Manager"
#define CALL_USEC (20 * UINT64_C(1000000))
#define NAMES     8                     /* scopes of one name that may be ending at a time */

/* The stable interface of sd-bus, as far as it is used here (sd_bus_new(3) and so on). */
struct bus_error {
	const char *name, *message;
	int need_free;
};
struct bus_api {
	int (*create)(void **ret);
	int (*set_address)(void *bus, const char *address);
	int (*set_bus_client)(void *bus, int on);
	int (*start)(void *bus);
	int (*new_call)(void *bus, void **ret, const char *dest, const char *path, const char *iface, const char *member);
	int (*append)(void *msg, const char *types, ...);
	int (*call)(void *bus, void *msg, uint64_t usec, struct bus_error *e, void **ret);
	int (*read)(void *msg, const char *types, ...);
	int (*match_signal)(void *bus, void **slot, const char *sender, const char *path, const char *iface,
		const char *member, void *callback, void *arg);
	int (*process)(void *bus, void **ret);
	int (*wait)(void *bus, uint64_t usec);
	int (*is_signal)(void *msg, const char *iface, const char *member);
};

#define SYM(field, name) {name, offsetof(struct bus_api, field)}
static const struct {
	const char *name;
	size_t offset;
} symbols[] = {
	SYM(create, "sd_bus_new"),
	SYM(set_address, "sd_bus_set_address"),
	SYM(set_bus_client, "sd_bus_set_bus_client"),
	SYM(start, "sd_bus_start"),
	SYM(new_call, "sd_bus_message_new_method_call"),
	SYM(append, "sd_bus_message_append"),
	SYM(call, "sd_bus_call"),
	SYM(read, "sd_bus_message_read"),
	SYM(match_signal, "sd_bus_match_signal"),
	SYM(process, "sd_bus_process"),
	SYM(wait, "sd_bus_wait"),
	SYM(is_signal, "sd_bus_message_is_signal"),
};

/* What is to be done; filled by the caller, read by the child. */
struct request {
	const char *name, *slice, *below; /* below: attach to the unit `name` */
	pid_t pid;
};

static int load(struct bus_api *api, struct err *err)
{
	void *lib = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

	if (!lib) {
		err_set(err, EK_UNSUPPORTED, "a cgroup from systemd needs " LIBRARY ", which cannot be loaded");
		return err_advise(err, "install it (Debian: libsystemd0), or start podlite in a delegated cgroup");
	}
	for (size_t i = 0; i < ARRAY_SIZE(symbols); i++) {
		void *p = dlsym(lib, symbols[i].name);

		if (!p)
			return err_set(err, EK_UNSUPPORTED, LIBRARY " has no %s", symbols[i].name);
		memcpy((char *)api + symbols[i].offset, &p, sizeof(p));
	}
	return 0;
}

static void *open_bus(const struct bus_api *api, struct err *err)
{
	char path[64];
	bool daemon;
	void *bus = NULL;
	auto_free char *address = NULL;
	int r;

	if (!rt_scope_find(path, sizeof(path), &daemon)) {
		err_set(err, EK_NOT_FOUND, userns_outer_uid() ? "no systemd of this user runs: nobody answers at %s" : "systemd does not run: nobody answers at %s", path);
		if (userns_outer_uid())
			err_advise(err, "for one without a login, run: loginctl enable-linger");
		return NULL;
	}
	address = xasprintf("unix:path=%s", path);
	r = api->create(&bus);
	if (r >= 0)
		r = api->set_address(bus, address);
	if (r >= 0 && daemon)
		r = api->set_bus_client(bus, 1);
	if (r >= 0)
		r = api->start(bus);
	/* told to us alone, so the daemon must be asked for it; on systemd's own socket this is local */
	if (r >= 0)
		r = api->match_signal(bus, NULL, DEST, OBJECT, MANAGER, "JobRemoved", NULL, NULL);
	if (r < 0) {
		err_neg(err, r, "connect to systemd at %s", path);
		return NULL;
	}
	return bus;
}

/* ---- in the child ---- */

static int call(const struct bus_api *api, void *bus, void *msg, const char *what, void **ret, bool *ret_exists, struct err *err)
{
	struct bus_error e = {NULL, NULL, 0};
	int r = api->call(bus, msg, CALL_USEC, &e, ret);

	*ret_exists = r < 0 && e.name && strstr(e.name, ".UnitExists");
	if (r >= 0)
		return 0;
	if (e.message)
		return err_set(err, EK_SYSTEM, "%s: systemd says: %.300s", what, e.message);
	return err_neg(err, r, "%s: systemd", what);
}

/* The job is done when its end is announced; only then is the process in the scope. */
static int wait_job(const struct bus_api *api, void *bus, const char *job, const char *unit, struct err *err)
{
	for (;;) {
		void *msg = NULL;
		const char *path = NULL, *name = NULL, *result = NULL;
		uint32_t id;
		int r = api->process(bus, &msg);

		if (r >= 0 && msg && api->is_signal(msg, MANAGER, "JobRemoved") > 0 &&
			api->read(msg, "uoss", &id, &path, &name, &result) >= 0 && !strcmp(path, job))
			return strcmp(result, "done") ? err_set(err, EK_SYSTEM, "make %s: systemd's job ended as \"%s\"", unit, result) : 0;
		if (r == 0)
			r = api->wait(bus, CALL_USEC);
		if (r < 0)
			return err_neg(err, r, "make %s: wait for systemd", unit);
	}
}

static int start_one(const struct bus_api *api, void *bus, const struct request *q, const char *unit, bool *ret_exists, struct err *err)
{
	void *msg = NULL, *reply = NULL;
	const char *job = NULL, *slice = q->slice ? q->slice : userns_outer_uid() ? "app.slice" : "system.slice";
	auto_free char *what = xasprintf("make %s", unit);
	int r = api->new_call(bus, &msg, DEST, OBJECT, MANAGER, "StartTransientUnit");

	*ret_exists = false;
	if (r >= 0)
		r = api->append(msg, "ssa(sv)a(sa(sv))", unit, "fail", 5, "Description", "s", "podlite container", "Slice", "s",
			slice, "PIDs", "au", 1, (uint32_t)q->pid, "Delegate", "b", 1, "CollectMode", "s", "inactive-or-failed", 0);
	if (r < 0)
		return err_neg(err, r, "%s: compose the request", what);
	if (call(api, bus, msg, what, &reply, ret_exists, err) < 0)
		return -1;
	r = api->read(reply, "o", &job);
	return r < 0 ? err_neg(err, r, "%s: read systemd's answer", what) : wait_job(api, bus, job, unit, err);
}

static int start(const struct bus_api *api, void *bus, const struct request *q, struct err *err)
{
	bool exists = true;
	int r = -1;

	for (int i = 1; i <= NAMES && exists; i++) {
		auto_free char *unit = i > 1 ? xasprintf("%s-%d.scope", q->name, i) : xasprintf("%s.scope", q->name);

		err_clear(err);
		r = start_one(api, bus, q, unit, &exists, err);
	}
	return r;
}

static int attach(const struct bus_api *api, void *bus, const struct request *q, struct err *err)
{
	void *msg = NULL, *reply = NULL;
	auto_free char *what = xasprintf("join %s", q->name);
	bool exists;
	int r = api->new_call(bus, &msg, DEST, OBJECT, MANAGER, "AttachProcessesToUnit");

	if (r >= 0)
		r = api->append(msg, "ssau", q->name, q->below, 1, (uint32_t)q->pid);
	if (r < 0)
		return err_neg(err, r, "%s: compose the request", what);
	return call(api, bus, msg, what, &reply, &exists, err);
}

static int converse(const struct request *q, struct err *err)
{
	struct bus_api api;
	void *bus = load(&api, err) < 0 ? NULL : open_bus(&api, err);

	if (!bus)
		return -1;
	return q->below ? attach(&api, bus, q, err) : start(&api, bus, q, err);
}

static int request_of(int argc, char **argv, struct request *ret)
{
	if (argc != 4 || (strcmp(argv[0], "start") && strcmp(argv[0], "attach")))
		return -1;
	ret->name = argv[1];
	ret->pid = (pid_t)strtol(argv[3], NULL, 10);
	if (!strcmp(argv[0], "attach"))
		ret->below = argv[2];
	else if (*argv[2])
		ret->slice = argv[2];
	return ret->pid > 0 ? 0 : -1;
}

int rt_scope_stdio(int argc, char **argv)
{
	struct request q = {.pid = 0};
	struct err e = ERR_INIT;

	alarm(RT_SCOPE_PATIENCE);
	if (request_of(argc, argv, &q) < 0)
		err_set(&e, EK_USAGE, RT_SCOPE_FLAG ": this is for podlite's own programs");
	else if (!converse(&q, &e))
		err_clear(&e);
	return fd_write_all(1, &e, sizeof(e)) < 0;
}
