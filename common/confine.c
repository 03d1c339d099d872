#include "common/confine.h"

#include <errno.h>
#include <linux/filter.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#if __has_include(<linux/landlock.h>)
#include <linux/landlock.h>
#endif

#include "common/fd.h"
#include "common/proc.h"
#include "common/seccomp_arch.h"

#ifdef LANDLOCK_ACCESS_FS_EXECUTE

/* No file can be opened, no directory changed: a rule set without rules. */
static int no_files(struct err *err)
{
	struct landlock_ruleset_attr attr = {.handled_access_fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1};
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	auto_fd int set = -1;

	if (abi < 1)
		return 0; /* the filter below allows no open either */
	set = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr.handled_access_fs), 0);
	if (set < 0 || syscall(SYS_landlock_restrict_self, set, 0) < 0)
		return err_sys(err, "landlock");
	return 0;
}

#else

static int no_files(struct err *err)
{
	(void)err;
	return 0;
}

#endif

#ifdef SECCOMP_ARCH

#define LOAD(field)      ((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, field))
#define IF(value, t, f)  ((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, t, f))
#define RETURN(action)   ((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action))
#define DENY             RETURN(SECCOMP_RET_ERRNO | EPERM)
#define ALLOW            RETURN(SECCOMP_RET_ALLOW)

/* Ends in a verdict for its call and passes over itself for others. */
static size_t add_arg(struct sock_filter *code, const struct confine_arg *a)
{
	size_t n = 0, values = ARRAY_SIZE(a->values);

	code[n++] = IF(a->call, 0, (uint8_t)(values + 3));
	code[n++] = LOAD((uint32_t)SECCOMP_ARG_LOW(a->arg));
	for (size_t i = 0; i < values; i++)
		code[n++] = IF(a->values[i], (uint8_t)(values - i), 0);
	code[n++] = DENY;
	code[n++] = ALLOW;
	return n;
}

static int few_calls(const struct confine *c, struct err *err)
{
	struct sock_filter code[5 + 2 * CONFINE_MAX + CONFINE_MAX_ARGS * 8];
	struct sock_fprog prog = {.filter = code};
	size_t n = 0;

	if (c->ncalls > CONFINE_MAX || c->nargs > CONFINE_MAX_ARGS)
		return err_set(err, EK_SYSTEM, "seccomp filter of %zu calls", c->ncalls);
	code[n++] = LOAD(offsetof(struct seccomp_data, arch));
	code[n++] = IF(SECCOMP_ARCH, 1, 0);
	code[n++] = DENY;
	code[n++] = LOAD(offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < c->ncalls; i++) {
		code[n++] = IF(c->calls[i], 0, 1);
		code[n++] = ALLOW;
	}
	for (size_t i = 0; i < c->nargs; i++)
		n += add_arg(code + n, &c->args[i]);
	code[n++] = DENY;
	prog.len = (unsigned short)n;
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0) < 0)
		return err_sys(err, "seccomp filter");
	return 0;
}

#else

static int few_calls(const struct confine *c, struct err *err)
{
	(void)c; /* no table for this architecture: capabilities and Landlock alone */
	(void)err;
	return 0;
}

#endif

int confine_process(const struct confine *c, struct err *err)
{
	struct rlimit none = {0, 0};
	int r;

	if (setrlimit(RLIMIT_CORE, &none) < 0 || prctl(PR_SET_DUMPABLE, 0) < 0 ||
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_sys(err, "confine %s", c->name);
	if (no_files(err) < 0)
		return err_wrap(err, "confine %s", c->name);
	r = proc_keep_caps(c->caps, c->ncaps);
	if (r < 0)
		return err_neg(err, r, "confine %s: give up capabilities", c->name);
	return few_calls(c, err) < 0 ? err_wrap(err, "confine %s", c->name) : 0;
}
