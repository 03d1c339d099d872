/* Profile documents from users: docker's and podman's format, or a plain OCI section. */
#include "oci/seccomp_profile.h"

#include <errno.h>
#include <stdio.h>
#include <sys/utsname.h>

/* Go's name of this architecture and its names in archMap, as profile documents use them. */
static const struct machine {
	const char *go, *scmp;
} machine =
#if defined(__x86_64__)
	{"amd64", "SCMP_ARCH_X86_64"};
#elif defined(__i386__)
	{"386", "SCMP_ARCH_X86"};
#elif defined(__aarch64__)
	{"arm64", "SCMP_ARCH_AARCH64"};
#elif defined(__arm__)
	{"arm", "SCMP_ARCH_ARM"};
#elif defined(__powerpc64__)
	{"ppc64le", "SCMP_ARCH_PPC64LE"};
#elif defined(__s390x__)
	{"s390x", "SCMP_ARCH_S390X"};
#elif defined(__riscv)
	{"riscv64", "SCMP_ARCH_RISCV64"};
#else
	{"loong64", "SCMP_ARCH_LOONGARCH64"};
#endif

#define PROFILE_MAX_RULES 4096

static bool has_str(const struct jval *arr, const char *s)
{
	for (size_t i = 0; i < jval_len(arr); i++)
		if (!strcmp(jval_str(jval_at(arr, i), ""), s))
			return true;
	return false;
}

/* The running kernel is at least "4.8". */
static bool kernel_at_least(const char *want)
{
	unsigned w[2] = {0, 0}, h[2] = {0, 0};
	struct utsname u;

	if (sscanf(want, "%u.%u", &w[0], &w[1]) < 1 || uname(&u) < 0)
		return false;
	if (sscanf(u.release, "%u.%u", &h[0], &h[1]) < 1)
		return false;
	return h[0] != w[0] ? h[0] > w[0] : h[1] >= w[1];
}

/* includes: every condition holds; excludes: none does. */
static bool rule_applies(const struct jval *rule, const struct svec *caps)
{
	const struct jval *inc = jval_get(rule, "includes"), *exc = jval_get(rule, "excludes");
	const struct jval *in_caps = jval_get(inc, "caps"), *ex_caps = jval_get(exc, "caps");
	const struct jval *in_arch = jval_get(inc, "arches"), *ex_arch = jval_get(exc, "arches");
	const char *in_kernel = jval_get_str(inc, "minKernel", NULL);
	const char *ex_kernel = jval_get_str(exc, "minKernel", NULL);

	for (size_t i = 0; i < jval_len(in_caps); i++)
		if (!svec_has(caps, jval_str(jval_at(in_caps, i), "")))
			return false;
	for (size_t i = 0; i < jval_len(ex_caps); i++)
		if (svec_has(caps, jval_str(jval_at(ex_caps, i), "")))
			return false;
	if (jval_len(in_arch) && !has_str(in_arch, machine.go))
		return false;
	if (has_str(ex_arch, machine.go))
		return false;
	if (in_kernel && !kernel_at_least(in_kernel))
		return false;
	return !ex_kernel || !kernel_at_least(ex_kernel);
}

/* Error names that profiles use; a number in errnoRet needs no name. */
static const struct {
	const char *name;
	int value;
} errnos[] = {
	{"EPERM", EPERM}, {"ENOENT", ENOENT}, {"ESRCH", ESRCH}, {"EINTR", EINTR}, {"EIO", EIO},
	{"EBADF", EBADF}, {"EAGAIN", EAGAIN}, {"ENOMEM", ENOMEM}, {"EACCES", EACCES},
	{"EFAULT", EFAULT}, {"EBUSY", EBUSY}, {"EEXIST", EEXIST}, {"ENODEV", ENODEV},
	{"EINVAL", EINVAL}, {"ENOTTY", ENOTTY}, {"ENOSPC", ENOSPC}, {"EROFS", EROFS},
	{"ERANGE", ERANGE}, {"ENOSYS", ENOSYS}, {"ENOTSUP", ENOTSUP}, {"EOPNOTSUPP", EOPNOTSUPP},
	{"EAFNOSUPPORT", EAFNOSUPPORT}, {"EPROTONOSUPPORT", EPROTONOSUPPORT},
};

/* "errnoRet" as a number, or podman's "errno" as a name; ret stays untouched if neither is there. */
static int read_errno(const struct jval *from, const char *number, const char *name, int64_t *ret,
	struct err *err)
{
	const struct jval *v = jval_get(from, number);
	const char *text = jval_get_str(from, name, NULL);

	if (jval_type(v) == JV_INT) {
		*ret = jval_int(v, -1);
		if (*ret >= 0 && *ret <= 4095)
			return 0;
		return err_set(err, EK_INVALID, "%s: expected 0 to 4095", number);
	}
	if (v && jval_type(v) != JV_NULL)
		return err_set(err, EK_INVALID, "%s: expected integer", number);
	if (!text || !*text)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(errnos); i++)
		if (!strcmp(errnos[i].name, text)) {
			*ret = errnos[i].value;
			return 0;
		}
	return err_set(err, EK_INVALID, "%s: unknown error name \"%s\"; give the number in \"%s\"",
		name, text, number);
}

static int copy_arg(const struct jval *from, struct jval *to, struct err *err)
{
	static const char *const ops[] = {"SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE", "SCMP_CMP_EQ",
		"SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_MASKED_EQ"};
	const struct jval *index = jval_get(from, "index");
	const char *op = jval_get_str(from, "op", "");
	struct jval *a;
	bool known = false;

	if (jval_type(index) != JV_INT || jval_int(index, -1) < 0 || jval_int(index, -1) > 5)
		return err_set(err, EK_INVALID, "args: index is not 0 to 5");
	for (size_t i = 0; i < ARRAY_SIZE(ops); i++)
		known |= !strcmp(ops[i], op);
	if (!known)
		return err_set(err, EK_INVALID, "args: unknown op \"%s\"", op);
	a = jval_new_object();
	jval_set_int(a, "index", jval_int(index, 0));
	jval_set(a, "value", jval_new_uint(jval_uint(jval_get(from, "value"), 0)));
	if (jval_uint(jval_get(from, "valueTwo"), 0))
		jval_set(a, "valueTwo", jval_new_uint(jval_uint(jval_get(from, "valueTwo"), 0)));
	jval_set_str(a, "op", op);
	jval_add(to, a);
	return 0;
}

static bool known_action(const char *a)
{
	static const char *const actions[] = {"ALLOW", "ERRNO", "KILL", "KILL_PROCESS", "KILL_THREAD",
		"LOG", "NOTIFY", "TRACE", "TRAP"};

	for (size_t i = 0; !strncmp(a, "SCMP_ACT_", 9) && i < ARRAY_SIZE(actions); i++)
		if (!strcmp(a + 9, actions[i]))
			return true;
	return false;
}

/* One rule without its conditions; both "names" and the older "name" are read. */
static int copy_rule(const struct jval *from, struct jval *rules, struct err *err)
{
	const char *action = jval_get_str(from, "action", ""), *name = jval_get_str(from, "name", NULL);
	const struct jval *names = jval_get(from, "names"), *args = jval_get(from, "args");
	auto_jval struct jval *rule = jval_new_object(), *copied = jval_new_array();
	auto_svec struct svec list = SVEC_INIT;
	int64_t number = -1;

	if (!known_action(action))
		return err_set(err, EK_INVALID, "unknown action \"%s\"", action);
	if (names && !jval_strings(names, &list))
		return err_set(err, EK_INVALID, "names: expected an array of strings");
	if (name)
		svec_add(&list, name);
	if (!list.n)
		return err_set(err, EK_INVALID, "no names");
	if (read_errno(from, "errnoRet", "errno", &number, err) < 0)
		return -1;
	for (size_t i = 0; i < jval_len(args); i++)
		if (copy_arg(jval_at(args, i), copied, err) < 0)
			return -1;
	jval_set(rule, "names", jval_new_strings(&list));
	jval_set_str(rule, "action", action);
	if (number >= 0)
		jval_set_int(rule, "errnoRet", number);
	if (jval_len(copied))
		jval_set(rule, "args", take_ptr(copied));
	jval_add(rules, take_ptr(rule));
	return 0;
}

static struct jval *copy_rules(const struct jval *doc, const struct svec *caps, struct err *err)
{
	const struct jval *from = jval_get(doc, "syscalls");
	auto_jval struct jval *rules = jval_new_array();

	if (from && jval_type(from) != JV_ARRAY && jval_type(from) != JV_NULL) {
		err_set(err, EK_INVALID, "syscalls: expected an array");
		return NULL;
	}
	if (jval_len(from) > PROFILE_MAX_RULES) {
		err_set(err, EK_INVALID, "syscalls: more than %d rules", PROFILE_MAX_RULES);
		return NULL;
	}
	for (size_t i = 0; i < jval_len(from); i++) {
		const struct jval *r = jval_at(from, i);

		if (rule_applies(r, caps) && copy_rule(r, rules, err) < 0) {
			err_wrap(err, "syscalls[%zu]", i);
			return NULL;
		}
	}
	return take_ptr(rules);
}

/* "architectures" as it is, or this machine's line of archMap; neither: the native one. */
static struct jval *copy_archs(const struct jval *doc)
{
	const struct jval *map = jval_get(doc, "archMap");
	struct jval *ret;

	if (jval_len(jval_get(doc, "architectures")))
		return jval_copy(jval_get(doc, "architectures"));
	ret = jval_new_array();
	jval_add(ret, jval_new_str(machine.scmp));
	for (size_t i = 0; i < jval_len(map); i++) {
		const struct jval *m = jval_at(map, i), *sub = jval_get(m, "subArchitectures");

		if (strcmp(jval_get_str(m, "architecture", ""), machine.scmp))
			continue;
		for (size_t k = 0; k < jval_len(sub); k++)
			jval_add(ret, jval_copy(jval_at(sub, k)));
	}
	return ret;
}

static void copy_plain(const struct jval *doc, struct jval *to)
{
	static const char *const keys[] = {"flags", "listenerPath", "listenerMetadata"};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		struct jval *v = jval_get(doc, keys[i]);

		if (v && jval_type(v) != JV_NULL)
			jval_set(to, keys[i], jval_copy(v));
	}
}

int seccomp_profile_from_file(const char *text, size_t n, const struct svec *caps,
	struct jval **ret, struct err *err)
{
	auto_jval struct jval *doc = jval_parse(text, n, JVAL_UNIQUE_KEYS, err);
	auto_jval struct jval *out = jval_new_object();
	const char *action;
	struct jval *rules;
	int64_t number = -1;

	if (!doc)
		return err_wrap(err, "seccomp profile");
	action = jval_get_str(doc, "defaultAction", "");
	if (!known_action(action))
		return err_set(err, EK_INVALID, "seccomp profile: unknown defaultAction \"%s\"", action);
	if (read_errno(doc, "defaultErrnoRet", "defaultErrno", &number, err) < 0)
		return err_wrap(err, "seccomp profile");
	rules = copy_rules(doc, caps, err);
	if (!rules)
		return err_wrap(err, "seccomp profile");
	jval_set_str(out, "defaultAction", action);
	if (number >= 0)
		jval_set_int(out, "defaultErrnoRet", number);
	jval_set(out, "architectures", copy_archs(doc));
	copy_plain(doc, out);
	jval_set(out, "syscalls", rules);
	*ret = take_ptr(out);
	return 0;
}
