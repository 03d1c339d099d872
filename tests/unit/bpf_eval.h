/* bpf_eval.h - what a seccomp filter answers, by an interpreter of the classic BPF subset that
 * seccomp(2) accepts: tests ask a compiled filter without installing it. */
#ifndef PODLITE_BPF_EVAL_H
#define PODLITE_BPF_EVAL_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define BPF_EVAL_BROKEN 0xdeadbeefu /* not a SECCOMP_RET_*: the filter runs off its end or worse */

static int bpf_jump(const struct sock_filter *i, uint32_t a, uint32_t x)
{
	uint32_t k = BPF_SRC(i->code) == BPF_X ? x : i->k;

	switch (BPF_OP(i->code)) {
	case BPF_JEQ:
		return a == k ? i->jt : i->jf;
	case BPF_JGT:
		return a > k ? i->jt : i->jf;
	case BPF_JGE:
		return a >= k ? i->jt : i->jf;
	case BPF_JSET:
		return a & k ? i->jt : i->jf;
	case BPF_JA:
		return (int)i->k;
	}
	return -1;
}

static uint32_t bpf_alu(const struct sock_filter *i, uint32_t a, uint32_t x)
{
	uint32_t k = BPF_SRC(i->code) == BPF_X ? x : i->k;

	switch (BPF_OP(i->code)) {
	case BPF_ADD:
		return a + k;
	case BPF_SUB:
		return a - k;
	case BPF_AND:
		return a & k;
	case BPF_OR:
		return a | k;
	case BPF_XOR:
		return a ^ k;
	case BPF_LSH:
		return k < 32 ? a << k : 0;
	case BPF_RSH:
		return k < 32 ? a >> k : 0;
	case BPF_NEG:
		return -a;
	}
	return 0;
}

__attribute__((unused)) static uint32_t bpf_eval(const struct sock_filter *f, size_t n,
	const struct seccomp_data *d)
{
	uint32_t a = 0, x = 0, mem[16] = {0};

	for (size_t pc = 0; pc < n; pc++) {
		const struct sock_filter *i = &f[pc];
		int jump = 0;

		switch (BPF_CLASS(i->code)) {
		case BPF_LD:
			if (BPF_MODE(i->code) == BPF_ABS && i->k % 4 == 0 && i->k < sizeof(*d))
				memcpy(&a, (const char *)d + i->k, 4);
			else if (BPF_MODE(i->code) == BPF_IMM)
				a = i->k;
			else if (BPF_MODE(i->code) == BPF_MEM && i->k < 16)
				a = mem[i->k];
			else
				return BPF_EVAL_BROKEN;
			break;
		case BPF_LDX:
			x = BPF_MODE(i->code) == BPF_MEM && i->k < 16 ? mem[i->k] : i->k;
			break;
		case BPF_ST:
			mem[i->k & 15] = a;
			break;
		case BPF_STX:
			mem[i->k & 15] = x;
			break;
		case BPF_ALU:
			a = bpf_alu(i, a, x);
			break;
		case BPF_JMP:
			jump = bpf_jump(i, a, x);
			if (jump < 0 || pc + (size_t)jump + 1 >= n)
				return BPF_EVAL_BROKEN;
			pc += (size_t)jump;
			break;
		case BPF_RET:
			return BPF_RVAL(i->code) == BPF_A ? a : i->k;
		case BPF_MISC:
			if (BPF_MISCOP(i->code) == BPF_TAX)
				x = a;
			else
				a = x;
			break;
		}
	}
	return BPF_EVAL_BROKEN;
}

#endif
