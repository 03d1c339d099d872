/* links: podlite/transfer/sandbox.c libstorage.a liboci.a libcommon.a -ljson-c -lpthread */
/* test_sandbox.c - M7: what podlite-transfer can still call once it is confined, and what it cannot. */
#include "podlite/transfer/sandbox.h"

#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fd.h"
#include "storage/seclist.h"
#include "tests/unit/tap.h"

static const struct {
	const char *name;
	long nr;
} forbidden[] = {
	{"execve", SYS_execve}, {"execveat", SYS_execveat}, {"ptrace", SYS_ptrace}, {"mount", SYS_mount},
	{"umount2", SYS_umount2}, {"move_mount", SYS_move_mount}, {"open_tree", SYS_open_tree}, {"fsopen", SYS_fsopen},
	{"pivot_root", SYS_pivot_root}, {"chroot", SYS_chroot}, {"unshare", SYS_unshare}, {"setns", SYS_setns},
	{"clone3", SYS_clone3}, {"keyctl", SYS_keyctl}, {"add_key", SYS_add_key}, {"request_key", SYS_request_key},
	{"bpf", SYS_bpf}, {"io_uring_setup", SYS_io_uring_setup}, {"perf_event_open", SYS_perf_event_open},
	{"userfaultfd", SYS_userfaultfd}, {"process_vm_readv", SYS_process_vm_readv},
	{"process_vm_writev", SYS_process_vm_writev}, {"kill", SYS_kill}, {"init_module", SYS_init_module},
	{"kexec_load", SYS_kexec_load}, {"mknodat", SYS_mknodat}, {"fsetxattr", SYS_fsetxattr}, {"setuid", SYS_setuid},
	{"prctl", SYS_prctl}, {"seccomp", SYS_seccomp}, {"a call of a later kernel", 2000},
};

static void *set_true(void *arg)
{
	*(bool *)arg = true;
	return NULL;
}

static bool thread_works(void)
{
	pthread_t t;
	bool ran = false;

	return !pthread_create(&t, NULL, set_true, &ran) && !pthread_join(t, NULL) && ran;
}

static bool lookup_works(void)
{
	struct addrinfo *a = NULL;
	bool ok = !getaddrinfo("localhost", "80", NULL, &a);

	if (a)
		freeaddrinfo(a);
	return ok;
}

static bool socket_works(void)
{
	int fd = fd_socket(AF_INET, SOCK_STREAM, 0);

	fd_close(fd);
	return fd >= 0;
}

static bool no_code(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	void *q = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED && q != MAP_FAILED && mprotect(q, 4096, PROT_READ | PROT_EXEC) < 0;
}

int main(void)
{
	struct err e = ERR_INIT;
	pid_t child;

#ifdef SECLIST_SANITIZED
	printf("1..0 # SKIP sanitizers need calls that the filter forbids\n");
	return 0;
#endif
	TAP_OK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no new privileges");
	TAP_OK(sandbox_filter(&e) == 0, "the filter is installed %s", e.msg);
	for (size_t i = 0; i < ARRAY_SIZE(forbidden); i++) {
		long r = syscall(forbidden[i].nr, -1, -1, -1, -1, -1);

		TAP_OK(r < 0 && errno == ENOSYS, "M7: %s is not there", forbidden[i].name);
	}
	child = fork();
	if (child == 0)
		_exit(0);
	TAP_OK(child < 0 && errno == ENOSYS, "M7: no new process");
	TAP_OK(no_code(), "M7: no memory becomes executable");
	TAP_OK(thread_works(), "threads start");
	TAP_OK(lookup_works(), "names are looked up");
	TAP_OK(socket_works(), "sockets are made");
	return tap_done();
}
