/*
 * seccomp_arch.h - what a filter made by hand must know of the machine: SECCOMP_ARCH is the audit
 * architecture (undefined where we know none), SECCOMP_ARG_LOW(i) the lower half of a 64-bit
 * argument, which is what 32 bits of a filter can look at.
 */
#ifndef PODLITE_SECCOMP_ARCH_H
#define PODLITE_SECCOMP_ARCH_H

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stddef.h>

#if defined __x86_64__ && defined __LP64__
#define SECCOMP_ARCH AUDIT_ARCH_X86_64
#elif defined __aarch64__
#define SECCOMP_ARCH AUDIT_ARCH_AARCH64
#elif defined __riscv && __riscv_xlen == 64
#define SECCOMP_ARCH AUDIT_ARCH_RISCV64
#elif defined __powerpc64__ && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define SECCOMP_ARCH AUDIT_ARCH_PPC64LE
#elif defined __s390x__
#define SECCOMP_ARCH AUDIT_ARCH_S390X
#endif

#define SECCOMP_ARG_LOW(i) \
	(offsetof(struct seccomp_data, args[i]) + (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0))

#endif
