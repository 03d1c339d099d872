/* Device rules on cgroup version 2: a small program of the kernel's, made from the rules. */
#include "oci/rt_dev.h"

#include <linux/bpf.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"

/* What the kernel asks, loaded once. */
enum { R_TYPE = BPF_REG_2, R_ACCESS = BPF_REG_3, R_MAJOR = BPF_REG_4, R_MINOR = BPF_REG_5, R_TEMP = BPF_REG_1 };

struct program {
	struct bpf_insn *v;
	size_t n;
};

static void emit(struct program *p, int code, int dst, int src, int off, int32_t imm)
{
	p->v = xrealloc(p->v, p->n + 1, sizeof(*p->v));
	p->v[p->n++] = (struct bpf_insn){.code = (uint8_t)code,
		.dst_reg = (uint8_t)dst & 15,
		.src_reg = (uint8_t)src & 15,
		.off = (int16_t)off,
		.imm = imm};
}

static void load(struct program *p, int reg, size_t off)
{
	emit(p, BPF_LDX | BPF_MEM | BPF_W, reg, BPF_REG_1, (int)off, 0);
}

static void answer(struct program *p, bool allow)
{
	emit(p, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, allow);
	emit(p, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

static int32_t access_bits(const char *text)
{
	return (strchr(text, 'm') ? BPF_DEVCG_ACC_MKNOD : 0) |
	       (strchr(text, 'r') ? BPF_DEVCG_ACC_READ : 0) |
	       (strchr(text, 'w') ? BPF_DEVCG_ACC_WRITE : 0);
}

/* Jumps over the answer unless the rule matches; their targets are set once it is known. True if
 * it matches everything: the kernel refuses code that nothing reaches. */
static bool one_rule(struct program *p, const struct rt_dev_rule *d)
{
	int32_t bits = access_bits(d->access);
	size_t from = p->n;

	if (d->type != 'a')
		emit(p, BPF_JMP | BPF_JNE | BPF_K, R_TYPE, 0, 0,
			d->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR);
	if (d->major >= 0)
		emit(p, BPF_JMP | BPF_JNE | BPF_K, R_MAJOR, 0, 0, (int32_t)d->major);
	if (d->minor >= 0)
		emit(p, BPF_JMP | BPF_JNE | BPF_K, R_MINOR, 0, 0, (int32_t)d->minor);
	if (bits != 7) {
		/* allowed is what lies within, denied what touches */
		emit(p, BPF_ALU64 | BPF_MOV | BPF_X, R_TEMP, R_ACCESS, 0, 0);
		emit(p, BPF_ALU64 | BPF_AND | BPF_K, R_TEMP, 0, 0, d->allow ? 7 & ~bits : bits);
		emit(p, BPF_JMP | (d->allow ? BPF_JNE : BPF_JEQ) | BPF_K, R_TEMP, 0, 0, 0);
	}
	answer(p, d->allow);
	for (size_t i = from; i < p->n - 2; i++)
		if (BPF_CLASS(p->v[i].code) == BPF_JMP)
			p->v[i].off = (int16_t)(p->n - i - 1);
	return p->n == from + 2;
}

/* The last rule that matches decides, so they are asked from the last; none: no. */
static void compile(const struct jval *devices, struct program *p)
{
	struct rt_dev_rule rule;
	size_t n = 0;

	load(p, R_TYPE, offsetof(struct bpf_cgroup_dev_ctx, access_type));
	emit(p, BPF_ALU64 | BPF_MOV | BPF_X, R_ACCESS, R_TYPE, 0, 0);
	emit(p, BPF_ALU64 | BPF_RSH | BPF_K, R_ACCESS, 0, 0, 16);
	emit(p, BPF_ALU64 | BPF_AND | BPF_K, R_TYPE, 0, 0, 0xffff);
	load(p, R_MAJOR, offsetof(struct bpf_cgroup_dev_ctx, major));
	load(p, R_MINOR, offsetof(struct bpf_cgroup_dev_ctx, minor));
	while (rt_dev_rule(devices, n, &rule))
		n++;
	while (n-- > 0)
		if (rt_dev_rule(devices, n, &rule) && one_rule(p, &rule))
			return;
	answer(p, false);
}

static int sys_bpf(int cmd, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static int load_program(const struct program *p)
{
	static const char license[] = "GPL";
	const struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
	union bpf_attr attr;
	int fd;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
	attr.insns = (uint64_t)(uintptr_t)p->v;
	attr.insn_cnt = (uint32_t)p->n;
	attr.license = (uint64_t)(uintptr_t)license;
	fd = sys_bpf(BPF_PROG_LOAD, &attr);
	/* before Linux 5.11 it counts as locked memory; who may not raise that limit may do without */
	if (fd < 0 && errno == EPERM && setrlimit(RLIMIT_MEMLOCK, &all) == 0)
		fd = sys_bpf(BPF_PROG_LOAD, &attr);
	return fd;
}

int rt_dev_bpf_attach(int group, const struct jval *devices, struct err *err)
{
	struct program p = {NULL, 0};
	auto_fd int fd = -1;
	union bpf_attr attr;

	compile(devices, &p);
	fd = load_program(&p);
	free(p.v);
	if (fd < 0)
		return err_sys(err, "linux.resources.devices: load the device program");
	memset(&attr, 0, sizeof(attr));
	attr.target_fd = (uint32_t)group;
	attr.attach_bpf_fd = (uint32_t)fd;
	attr.attach_type = BPF_CGROUP_DEVICE;
	attr.attach_flags = BPF_F_ALLOW_MULTI;
	return sys_bpf(BPF_PROG_ATTACH, &attr) < 0
		       ? err_sys(err, "linux.resources.devices: attach the device program")
		       : 0;
}
