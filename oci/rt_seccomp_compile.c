#include "oci/rt_seccomp_compile.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stddef.h>
#include <unistd.h>

#include "common/fd.h"

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

#define SECTION_MAX (4u << 20)
#define NEWER_MAX   64

/* Calls that older libseccomp does not know. From 424 on a call has one number everywhere. */
static const struct newer {
	const char *name;
	unsigned nr;
} newer[] = {
	{"cachestat", 451}, {"fchmodat2", 452}, {"map_shadow_stack", 453}, {"futex_wake", 454},
	{"futex_wait", 455}, {"futex_requeue", 456}, {"statmount", 457}, {"listmount", 458},
	{"lsm_get_self_attr", 459}, {"lsm_set_self_attr", 460}, {"lsm_list_modules", 461},
	{"mseal", 462}, {"setxattrat", 463}, {"getxattrat", 464}, {"listxattrat", 465},
	{"removexattrat", 466}, {"open_tree_attr", 467}, {"file_getattr", 468},
	{"file_setattr", 469}, {"process_mrelease", 448}, {"futex_waitv", 449},
	{"set_mempolicy_home_node", 450}, {"memfd_secret", 447}, {"quotactl_fd", 443},
};

struct compiler {
	scmp_filter_ctx ctx;
	uint32_t dflt;
	bool notify;
	uint32_t archs[16]; /* AUDIT_ARCH_* whose numbers are the plain ones */
	size_t narchs;
	struct {
		unsigned nr;
		uint32_t action;
	} extra[NEWER_MAX]; /* rules for calls that libseccomp does not know */
	size_t nextra;
};

static void ctx_release(scmp_filter_ctx *ctx)
{
	if (*ctx)
		seccomp_release(*ctx);
}

static int read_action(const struct jval *from, const char *key, const char *errno_key,
	uint32_t *ret, struct err *err)
{
	const char *a = jval_get_str(from, key, "");
	const int64_t e = jval_get_int(from, errno_key, 1 /* EPERM: the specification's default */);
	const struct {
		const char *name;
		uint32_t value;
	} actions[] = {
		{"SCMP_ACT_ALLOW", SCMP_ACT_ALLOW}, {"SCMP_ACT_ERRNO", SCMP_ACT_ERRNO((uint32_t)e)},
		{"SCMP_ACT_KILL", SCMP_ACT_KILL_THREAD}, {"SCMP_ACT_KILL_THREAD", SCMP_ACT_KILL_THREAD},
		{"SCMP_ACT_KILL_PROCESS", SCMP_ACT_KILL_PROCESS}, {"SCMP_ACT_TRAP", SCMP_ACT_TRAP},
		{"SCMP_ACT_TRACE", SCMP_ACT_TRACE((uint32_t)e)}, {"SCMP_ACT_LOG", SCMP_ACT_LOG},
		{"SCMP_ACT_NOTIFY", SCMP_ACT_NOTIFY},
	};

	if (e < 0 || e > 4095)
		return err_set(err, EK_INVALID, "%s: %lld is not 0 to 4095", errno_key, (long long)e);
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
		if (!strcmp(actions[i].name, a)) {
			*ret = actions[i].value;
			return 0;
		}
	return err_set(err, EK_INVALID, "%s: unknown action \"%s\"", key, a);
}

static int read_op(const char *op, enum scmp_compare *ret, struct err *err)
{
	static const struct {
		const char *name;
		enum scmp_compare op;
	} ops[] = {
		{"SCMP_CMP_NE", SCMP_CMP_NE}, {"SCMP_CMP_LT", SCMP_CMP_LT}, {"SCMP_CMP_LE", SCMP_CMP_LE},
		{"SCMP_CMP_EQ", SCMP_CMP_EQ}, {"SCMP_CMP_GE", SCMP_CMP_GE}, {"SCMP_CMP_GT", SCMP_CMP_GT},
		{"SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ},
	};

	for (size_t i = 0; i < ARRAY_SIZE(ops); i++)
		if (!strcmp(ops[i].name, op)) {
			*ret = ops[i].op;
			return 0;
		}
	return err_set(err, EK_INVALID, "args: unknown op \"%s\"", op);
}

static int read_arg(const struct jval *a, struct scmp_arg_cmp *ret, struct err *err)
{
	int64_t index = jval_get_int(a, "index", -1);

	if (index < 0 || index > 5)
		return err_set(err, EK_INVALID, "args: index is not 0 to 5");
	ret->arg = (unsigned)index;
	ret->datum_a = jval_uint(jval_get(a, "value"), 0);
	ret->datum_b = jval_uint(jval_get(a, "valueTwo"), 0);
	return read_op(jval_get_str(a, "op", ""), &ret->op, err);
}

/* Many alternatives of one call, or one conjunction: see the header about indexes named twice. */
struct conds {
	struct scmp_arg_cmp *v;
	size_t n;
	bool any;
};

static void conds_done(struct conds *c)
{
	free(c->v);
}

static int read_conds(const struct jval *args, struct conds *ret, struct err *err)
{
	unsigned seen = 0;

	ret->n = jval_len(args);
	ret->v = xcalloc(ret->n, sizeof(*ret->v));
	for (size_t i = 0; i < ret->n; i++) {
		if (read_arg(jval_at(args, i), &ret->v[i], err) < 0)
			return -1;
		ret->any |= seen >> ret->v[i].arg & 1;
		seen |= 1u << ret->v[i].arg;
	}
	return 0;
}

/* One rule to libseccomp. What is there already stays: the first of two equal conditions wins. */
static int add_one(struct compiler *c, int nr, uint32_t action, const struct scmp_arg_cmp *v,
	size_t n)
{
	int r = seccomp_rule_add_array(c->ctx, action, nr, (unsigned)n, v);

	return r == -EEXIST ? 0 : r;
}

static int add_known(struct compiler *c, int nr, uint32_t action, const struct conds *conds)
{
	int r = 0;

	if (!conds->any)
		return add_one(c, nr, action, conds->v, conds->n);
	for (size_t i = 0; i < conds->n && !r; i++)
		r = add_one(c, nr, action, &conds->v[i], 1);
	return r;
}

/*
 * A call that libseccomp has no name for. Without conditions it is added in front of the filter.
 * With conditions, which that place cannot check, it is allowed never and refused always.
 */
static void add_unknown(struct compiler *c, const char *name, uint32_t action, bool conditional)
{
	if (conditional && action == SCMP_ACT_ALLOW)
		return;
	for (size_t i = 0; i < c->nextra; i++)
		for (size_t k = 0; k < ARRAY_SIZE(newer); k++)
			if (c->extra[i].nr == newer[k].nr && !strcmp(newer[k].name, name))
				return;
	for (size_t k = 0; k < ARRAY_SIZE(newer); k++)
		if (!strcmp(newer[k].name, name)) {
			c->extra[c->nextra].nr = newer[k].nr;
			c->extra[c->nextra++].action = action;
		}
}

static int add_rule(struct compiler *c, const struct jval *rule, struct err *err)
{
	const struct jval *names = jval_get(rule, "names");
	auto_cleanup(conds_done) struct conds conds = {NULL};
	uint32_t action = 0;

	if (read_action(rule, "action", "errnoRet", &action, err) < 0 ||
		read_conds(jval_get(rule, "args"), &conds, err) < 0)
		return -1;
	if (jval_type(names) != JV_ARRAY || !jval_len(names))
		return err_set(err, EK_INVALID, "names: expected an array of strings");
	if (action == c->dflt)
		return 0;
	c->notify |= action == SCMP_ACT_NOTIFY;
	for (size_t i = 0; i < jval_len(names); i++) {
		const char *name = jval_str(jval_at(names, i), "");
		int nr = seccomp_syscall_resolve_name(name), r = 0;

		if (nr == __NR_SCMP_ERROR)
			add_unknown(c, name, action, conds.n > 0);
		else
			r = add_known(c, nr, action, &conds);
		if (r)
			return err_neg(err, r, "%s: libseccomp", name);
	}
	return 0;
}

static int add_arch(struct compiler *c, const char *name)
{
	char lower[32] = "";
	uint32_t token;
	int r;

	if (strncmp(name, "SCMP_ARCH_", 10) || strlen(name) - 10 >= sizeof(lower))
		return -EINVAL;
	for (size_t i = 10; name[i]; i++)
		lower[i - 10] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] + 32 : name[i]);
	token = seccomp_arch_resolve_name(lower);
	if (!token)
		return 0; /* unknown here, so this ABI is killed */
	r = seccomp_arch_add(c->ctx, token);
	if (r && r != -EEXIST)
		return r;
	if (token != SCMP_ARCH_X32 && c->narchs < ARRAY_SIZE(c->archs))
		c->archs[c->narchs++] = token;
	return 0;
}

static int set_archs(struct compiler *c, const struct jval *list, struct err *err)
{
	uint32_t native = seccomp_arch_native();
	bool has_native = false;

	for (size_t i = 0; i < jval_len(list); i++) {
		const char *name = jval_str(jval_at(list, i), "");
		int r = add_arch(c, name);

		if (r)
			return err_neg(err, r, "architecture \"%s\"", name);
	}
	if (!jval_len(list))
		c->archs[c->narchs++] = native;
	for (size_t i = 0; i < c->narchs; i++)
		has_native |= c->archs[i] == native;
	if (!c->narchs)
		return err_set(err, EK_UNSUPPORTED,
			"none of the listed architectures is known to this libseccomp");
	if (!has_native)
		seccomp_arch_remove(c->ctx, native);
	return 0;
}

static int read_flags(const struct jval *list, unsigned *ret, struct err *err)
{
	static const struct {
		const char *name;
		unsigned flag;
	} flags[] = {
		{"SECCOMP_FILTER_FLAG_TSYNC", SECCOMP_FILTER_FLAG_TSYNC},
		{"SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG},
		{"SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW},
		{"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV},
	};

	for (size_t i = 0; i < jval_len(list); i++) {
		const char *name = jval_str(jval_at(list, i), "");
		size_t k = 0;

		while (k < ARRAY_SIZE(flags) && strcmp(flags[k].name, name))
			k++;
		if (k == ARRAY_SIZE(flags))
			return err_set(err, EK_UNSUPPORTED, "unknown flag \"%s\"", name);
		*ret |= flags[k].flag;
	}
	return 0;
}

/* libseccomp's output as instructions. */
static int export_filter(const struct compiler *c, struct sbuf *ret, struct err *err)
{
	auto_fd int fd = fd_memfd("seccomp", 0);
	int r;

	if (fd < 0)
		return err_neg(err, fd, "memfd");
	r = seccomp_export_bpf(c->ctx, fd);
	if (r)
		return err_neg(err, r, "libseccomp: export");
	if (lseek(fd, 0, SEEK_SET) < 0)
		return err_sys(err, "memfd");
	r = fd_read_all(fd, RT_BPF_MAX * sizeof(struct sock_filter), ret);
	if (r < 0)
		return err_neg(err, r, "compiled filter");
	if (!ret->len || ret->len % sizeof(struct sock_filter))
		return err_set(err, EK_SYSTEM, "libseccomp made a filter of %zu bytes", ret->len);
	return 0;
}

static void emit(struct sbuf *b, uint16_t code, uint8_t jt, uint8_t jf, uint32_t k)
{
	struct sock_filter i = {code, jt, jf, k};

	sbuf_add(b, &i, sizeof(i));
}

/*
 * The calls libseccomp does not know, in front of its filter: on one of our architectures, return
 * the call's action; else fall through to the filter, which loads what it needs again.
 */
static void emit_extra(const struct compiler *c, struct sbuf *b)
{
	const size_t body = 1 + 2 * c->nextra; /* load nr, then two instructions a call */

	if (!c->nextra)
		return;
	emit(b, BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, arch));
	for (size_t i = 0; i < c->narchs; i++) {
		bool last = i + 1 == c->narchs;

		emit(b, BPF_JMP | BPF_JEQ | BPF_K, (uint8_t)(c->narchs - i - 1),
			last ? (uint8_t)body : 0, c->archs[i]);
	}
	emit(b, BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < c->nextra; i++) {
		emit(b, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, c->extra[i].nr);
		emit(b, BPF_RET | BPF_K, 0, 0, c->extra[i].action);
	}
}

static int set_attributes(struct compiler *c, struct err *err)
{
	int r;

	/* Old kernels cannot kill a whole process; libseccomp then says so and the thread is. */
	if (seccomp_attr_set(c->ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS))
		seccomp_attr_set(c->ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_THREAD);
	r = seccomp_attr_set(c->ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (r && r != -EOPNOTSUPP)
		return err_neg(err, r, "libseccomp: binary tree");
	return 0;
}

static int build(struct compiler *c, const struct jval *section, struct err *err)
{
	const struct jval *rules = jval_get(section, "syscalls");

	if (read_action(section, "defaultAction", "defaultErrnoRet", &c->dflt, err) < 0)
		return -1;
	if (c->dflt == SCMP_ACT_NOTIFY)
		return err_set(err, EK_INVALID, "defaultAction: SCMP_ACT_NOTIFY would ask for every call");
	c->ctx = seccomp_init(c->dflt);
	if (!c->ctx)
		return err_set(err, EK_SYSTEM, "libseccomp: cannot start a filter");
	if (set_attributes(c, err) < 0 || set_archs(c, jval_get(section, "architectures"), err) < 0)
		return -1;
	for (size_t i = 0; i < jval_len(rules); i++)
		if (add_rule(c, jval_at(rules, i), err) < 0)
			return err_wrap(err, "syscalls[%zu]", i);
	return 0;
}

int rt_seccomp_compile(const struct jval *section, struct rt_bpf *ret, struct err *err)
{
	auto_cleanup(ctx_release) scmp_filter_ctx ctx = NULL;
	auto_sbuf struct sbuf code = SBUF_INIT, tail = SBUF_INIT;
	struct compiler c = {NULL};
	unsigned flags = 0;
	int r;

	r = build(&c, section, err);
	ctx = c.ctx;
	if (r < 0 || read_flags(jval_get(section, "flags"), &flags, err) < 0)
		return err_wrap(err, "seccomp");
	emit_extra(&c, &code);
	if (export_filter(&c, &tail, err) < 0)
		return err_wrap(err, "seccomp");
	sbuf_add(&code, tail.buf, tail.len);
	if (code.len / sizeof(struct sock_filter) > RT_BPF_MAX)
		return err_set(err, EK_INVALID, "seccomp: the filter has more than %d instructions", RT_BPF_MAX);
	if (c.notify) /* one thread calls it, and TSYNC excludes a listener */
		flags = (flags & ~(unsigned)SECCOMP_FILTER_FLAG_TSYNC) | SECCOMP_FILTER_FLAG_NEW_LISTENER;
	ret->n = code.len / sizeof(struct sock_filter);
	ret->filter = sbuf_take(&code);
	ret->flags = flags;
	ret->notify = c.notify;
	ret->listener_path = xstrdup(jval_get_str(section, "listenerPath", NULL));
	return 0;
}

int rt_seccomp_compile_stdio(int in, int out, struct err *err)
{
	struct rt_bpf_header h = {.magic = RT_BPF_MAGIC};
	auto_cleanup(rt_bpf_done) struct rt_bpf b = RT_BPF_INIT;
	auto_sbuf struct sbuf text = SBUF_INIT;
	auto_jval struct jval *section = NULL;
	int r = fd_read_all(in, SECTION_MAX, &text);

	if (r < 0)
		return err_neg(err, r, "read seccomp section");
	section = jval_parse(text.buf, text.len, 0, err);
	if (!section)
		return err_wrap(err, "seccomp section");
	if (rt_seccomp_compile(section, &b, err) < 0)
		return -1;
	h.n = (uint32_t)b.n;
	h.flags = b.flags;
	h.notify = b.notify;
	r = fd_write_all(out, &h, sizeof(h));
	if (!r)
		r = fd_write_all(out, b.filter, b.n * sizeof(struct sock_filter));
	return r ? err_neg(err, r, "write compiled filter") : 0;
}
