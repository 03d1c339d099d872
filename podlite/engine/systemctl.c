#include "podlite/engine/systemctl.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/proc.h"
#include "common/userns.h"

#define OUTPUT_MAX (1u << 20)

extern char **environ;

static void environment(struct svec *ret)
{
	unsigned uid = geteuid() ? geteuid() : userns_outer_uid();
	auto_free char *run = xasprintf("/run/user/%u", uid);
	struct stat st;

	for (char **e = environ; *e; e++)
		svec_add(ret, *e);
	if (!svec_env_get(ret, "XDG_RUNTIME_DIR") && stat(run, &st) == 0)
		svec_env_set(ret, "XDG_RUNTIME_DIR", run);
}

int systemctl_run(const struct svec *words, struct sbuf *out, struct err *err)
{
	auto_free char *program = proc_find_program("systemctl"), *command = svec_join(words, " ");
	auto_svec struct svec argv = SVEC_INIT, env = SVEC_INIT;
	auto_sbuf struct sbuf complaint = SBUF_INIT;
	struct proc_spec spec = {.path = program};
	int r;

	if (!program)
		return err_set(err, EK_UNSUPPORTED, "systemctl --user %s: there is no systemctl on this machine", command);
	svec_add(&argv, "systemctl");
	svec_add(&argv, "--user");
	svec_add_all(&argv, words);
	environment(&env);
	spec.argv = svec_argv(&argv);
	spec.envp = svec_argv(&env);
	r = proc_capture(&spec, OUTPUT_MAX, out, &complaint, err);
	if (r < 0)
		return -1;
	return !r ? 0 : err_set(err, EK_SYSTEM, "systemctl --user %s: %s", command, complaint.len ? sbuf_last_line(&complaint) : "failed");
}

int systemctl_unit(const char *verb, const char *unit, struct err *err)
{
	auto_svec struct svec words = SVEC_INIT;

	svec_add(&words, verb);
	if (unit) {
		svec_add(&words, "--");
		svec_add(&words, unit);
	}
	return systemctl_run(&words, NULL, err);
}

char *systemctl_state(const char *unit)
{
	static const char *const ask[] = {"show", "--value", "-p", "LoadState", "-p", "ActiveState", "-p", "SubState", "--"};
	auto_svec struct svec words = SVEC_INIT, values = SVEC_INIT;
	auto_sbuf struct sbuf out = SBUF_INIT;
	struct err none = ERR_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(ask); i++)
		svec_add(&words, ask[i]);
	svec_add(&words, unit);
	if (systemctl_run(&words, &out, &none) < 0)
		return NULL;
	svec_add_split(&values, out.buf, '\n');
	if (values.n < 3 || !strcmp(values.v[0], "not-found"))
		return NULL;
	return xasprintf("%s/%s", values.v[1], values.v[2]);
}
