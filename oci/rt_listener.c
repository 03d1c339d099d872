#include "oci/rt_listener.h"

#include <string.h>
#include <sys/socket.h>

#include "common/fd.h"
#include "common/msg.h"
#include "oci/rt_hooks.h"

static bool has_name(const struct jval *names, const char *want)
{
	for (size_t i = 0; i < jval_len(names); i++)
		if (!strcmp(jval_str(jval_at(names, i), ""), want))
			return true;
	return false;
}

int rt_listener_check(const struct jval *seccomp, struct err *err)
{
	const struct jval *rules = jval_get(seccomp, "syscalls");

	for (size_t i = 0; i < jval_len(rules); i++) {
		const struct jval *rule = jval_at(rules, i);

		if (!strcmp(jval_get_str(rule, "action", ""), "SCMP_ACT_NOTIFY") &&
			has_name(jval_get(rule, "names"), "sendmsg"))
			return err_set(err, EK_UNSUPPORTED,
				"linux.seccomp.syscalls[%zu]: SCMP_ACT_NOTIFY of sendmsg, by which the "
				"listener itself is handed over",
				i);
	}
	return 0;
}

int rt_listener_send(const struct rt_listener *l, int fd, struct err *err)
{
	const struct jval *section = l->spec->linux_.seccomp;
	const char *path = jval_get_str(section, "listenerPath", "");
	auto_jval struct jval *doc = jval_new_object();
	auto_sbuf struct sbuf text = SBUF_INIT;
	auto_fd int sock = fd_unix_connect(AT_FDCWD, path, SOCK_STREAM);
	struct jval *fds = jval_new_array();
	int r = sock;

	jval_add(fds, jval_new_str("seccompFd"));
	jval_set_str(doc, "ociVersion", l->spec->oci_version);
	jval_set(doc, "fds", fds);
	jval_set_int(doc, "pid", l->pid);
	jval_set_str(doc, "metadata", jval_get_str(section, "listenerMetadata", ""));
	jval_set(doc, "state", rt_hooks_state(l->id, l->status, l->container_pid, l->bundle, l->spec));
	jval_print(doc, false, &text);
	if (r >= 0)
		r = msg_send(sock, text.buf, text.len, &fd, 1);
	return r < 0 ? err_neg(err, r, "linux.seccomp.listenerPath: hand the listener to %s", path) : 0;
}
