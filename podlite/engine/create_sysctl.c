#include <fnmatch.h>
#include <string.h>

#include "common/alloc.h"
#include "podlite/engine/create_value.h"

static const struct {
	const char *pattern;
	enum { IPC, NET, UTS } scope;
} allowed[] = {
	{"kernel.msgmax", IPC}, {"kernel.msgmnb", IPC}, {"kernel.msgmni", IPC}, {"kernel.sem", IPC},
	{"kernel.shmall", IPC}, {"kernel.shmmax", IPC}, {"kernel.shmmni", IPC}, {"kernel.shm_rmid_forced", IPC},
	{"fs.mqueue.*", IPC}, {"net.*", NET}, {"kernel.domainname", UTS}, {"kernel.hostname", UTS},
};

static bool good_name(const char *s)
{
	if (!*s || strstr(s, ".."))
		return false;
	for (; *s; s++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-/:", *s))
			return false;
	return true;
}

/* Nothing that could end one setting and begin another wherever the text is passed on. */
static bool good_value(const char *s)
{
	for (; *s; s++)
		if (((unsigned char)*s < ' ' && *s != '\t') || (unsigned char)*s >= 0x7f || *s == '+')
			return false;
	return true;
}

/* sysctl(8) takes both separators; the first one met says which is meant. */
static void to_dots(char *name)
{
	bool slashes = name[strcspn(name, "./")] == '/';

	for (; slashes && *name; name++)
		if (*name == '/')
			*name = '.';
		else if (*name == '.')
			*name = '/';
}

int create_sysctl_parse(const char *text, struct create_sysctl_scope own, char **ret_entry, struct err *err)
{
	const char *eq = strchr(text, '=');
	auto_free char *name = eq ? xstrndup(text, (size_t)(eq - text)) : NULL;

	if (!eq || !good_name(name) || !good_value(eq + 1))
		return err_set(err, EK_USAGE, "invalid --sysctl \"%s\": expected NAME=VALUE, a value without control characters or +", text);
	to_dots(name);
	for (size_t i = 0; i < ARRAY_SIZE(allowed); i++) {
		bool ok = allowed[i].scope == IPC ? own.ipc : allowed[i].scope == NET ? own.net : own.uts;

		if (fnmatch(allowed[i].pattern, name, 0))
			continue;
		if (!ok)
			return err_set(err, EK_USAGE, "--sysctl %s: not allowed, the container has no %s namespace of its own", text,
				allowed[i].scope == IPC ? "IPC" : allowed[i].scope == NET ? "network" : "UTS");
		/* names of the UTS namespace are the host's root's to change there, whatever namespace it is */
		if (allowed[i].scope == UTS && !own.host_root)
			return err_set(err, EK_USAGE, "--sysctl %s: the kernel allows it to root of the host alone%s", text,
				strcmp(name, "kernel.hostname") ? "" : "; use --hostname");
		*ret_entry = xasprintf("%s=%s", name, eq + 1);
		return 0;
	}
	return err_set(err, EK_USAGE, "--sysctl %s: not allowed, it would concern the whole host", text);
}
