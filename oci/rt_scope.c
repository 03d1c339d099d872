#include "oci/rt_scope.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/proc.h"
#include "common/userns.h"

/* A systemd that has ended leaves its socket. */
static bool answers(const char *path)
{
	auto_fd int fd = fd_unix_connect(AT_FDCWD, path, SOCK_STREAM);

	return fd >= 0;
}

/* systemd's own socket needs no D-Bus daemon; the bus is for versions that have it no more. */
bool rt_scope_find(char *ret, size_t size, bool *ret_bus)
{
	unsigned uid = (unsigned)userns_outer_uid();

	for (int bus = 0; bus < 2; bus++) {
		if (uid)
			snprintf(ret, size, "/run/user/%u/%s", uid, bus ? "bus" : "systemd/private");
		else
			snprintf(ret, size, "%s", bus ? "/run/dbus/system_bus_socket" : "/run/systemd/private");
		*ret_bus = bus;
		if (answers(ret))
			return true;
	}
	return false;
}

bool rt_scope_reachable(void)
{
	char path[64];
	bool bus;

	return rt_scope_find(path, sizeof(path), &bus);
}

/* The program writes a struct err, of kind EK_OK for success. */
static int ask(const char *helper, const char *what, const char *name, const char *where, pid_t pid, struct err *err)
{
	char number[16];
	auto_fd int in = -1, out = -1;
	struct err e = ERR_INIT;
	int p[2], r = fd_pipe(p);
	pid_t child;

	if (r < 0)
		return err_neg(err, r, "ask systemd: pipe");
	in = p[0];
	out = p[1];
	snprintf(number, sizeof(number), "%d", (int)pid);
	char *const argv[] = {(char *)"podlite-runtime", (char *)RT_SCOPE_FLAG, (char *)(uintptr_t)what, (char *)(uintptr_t)name,
		(char *)(uintptr_t)where, number, NULL};
	char *const envp[] = {NULL};
	const struct proc_fd fds[] = {{out, 1}};
	const struct proc_spec spec = {.path = helper, .argv = argv, .envp = envp, .fds = fds, .nfds = 1};

	child = proc_spawn(&spec, err);
	if (child < 0)
		return -1;
	fd_closep(&out);
	r = fd_read_full(in, &e, sizeof(e));
	proc_wait(child);
	if (r < 0)
		return err_set(err, EK_SYSTEM, "systemd has not answered within %d seconds", RT_SCOPE_PATIENCE);
	if (e.kind == EK_OK)
		return 0;
	return err_take(err, &e);
}

int rt_scope_start(const char *helper, const char *name, const char *slice, pid_t pid, struct err *err)
{
	return ask(helper, "start", name, slice ? slice : "", pid, err);
}

int rt_scope_attach(const char *helper, const char *unit, const char *below, pid_t pid, struct err *err)
{
	return ask(helper, "attach", unit, below, pid, err);
}
