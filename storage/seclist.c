#include "storage/seclist.h"

#include <linux/filter.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "common/seccomp_arch.h"

#if defined SECCOMP_ARCH && !defined SECLIST_SANITIZED
#define NR_OFFSET     offsetof(struct seccomp_data, nr)
#define EXTRA         32 /* instructions beside the list */
#ifdef __s390x__
#define CLONE_FLAGS   1
#else
#define CLONE_FLAGS   0
#endif

struct program {
	struct sock_filter f[SECLIST_MAX * 2 + EXTRA];
	unsigned short n;
};

static void load(struct program *p, size_t offset)
{
	p->f[p->n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)offset);
}

static void give(struct program *p, unsigned what)
{
	p->f[p->n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, what);
}

/* jt and jf: instructions to skip. */
static void jump(struct program *p, unsigned short how, unsigned value, unsigned char jt, unsigned char jf)
{
	p->f[p->n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | how | BPF_K, value, jt, jf);
}

/* If the loaded call is nr, its arguments decide. */
static void mapping(struct program *p, unsigned nr, bool files)
{
	jump(p, BPF_JEQ, nr, 0, files ? 6 : 4);
	load(p, SECCOMP_ARG_LOW(2));
	jump(p, BPF_JSET, PROT_EXEC, 0, files ? 3 : 1);
	if (files) {
		load(p, SECCOMP_ARG_LOW(3));
		jump(p, BPF_JSET, MAP_ANONYMOUS, 0, 1);
	}
	give(p, SECCOMP_RET_ERRNO | EPERM);
	give(p, SECCOMP_RET_ALLOW);
}

int seclist_install(const int *allowed, size_t n, bool code_files, struct err *err)
{
	struct program p = {.n = 0};
	struct sock_fprog prog = {.filter = p.f};

	if (n > SECLIST_MAX)
		return err_set(err, EK_SYSTEM, "seccomp filter: too many calls");
	load(&p, offsetof(struct seccomp_data, arch));
	jump(&p, BPF_JEQ, SECCOMP_ARCH, 1, 0);
	give(&p, SECCOMP_RET_KILL_PROCESS);
	load(&p, NR_OFFSET);
	for (size_t i = 0; i < n; i++) {
		jump(&p, BPF_JEQ, (unsigned)allowed[i], 0, 1);
		give(&p, SECCOMP_RET_ALLOW);
	}
	mapping(&p, SYS_mmap, code_files);
	mapping(&p, SYS_mprotect, false);
	/* clone: with CLONE_THREAD; clone3 hides its flags, and libc falls back when it is not there */
	jump(&p, BPF_JEQ, SYS_clone, 0, 3);
	load(&p, SECCOMP_ARG_LOW(CLONE_FLAGS));
	jump(&p, BPF_JSET, CLONE_THREAD, 0, 1);
	give(&p, SECCOMP_RET_ALLOW);
	give(&p, SECCOMP_RET_ERRNO | ENOSYS);
	prog.len = p.n;
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) < 0)
		return err_sys(err, "seccomp filter");
	return 0;
}
#else
int seclist_install(const int *allowed, size_t n, bool code_files, struct err *err)
{
	(void)allowed;
	(void)n;
	(void)code_files;
	(void)err;
	return 0;
}
#endif
