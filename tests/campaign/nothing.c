/* nothing.c - the container's command in the campaigns: ends with 0 and makes no other system call, so
 * that every call that is struck is one of podlite's. */
#include <sys/syscall.h>

__attribute__((noreturn)) void _start(void)
{
#ifdef __x86_64__
	__asm__ volatile("syscall" ::"a"(SYS_exit_group), "D"(0));
#else
	register long nr __asm__("x8") = SYS_exit_group;
	register long code __asm__("x0") = 0;
	__asm__ volatile("svc 0" ::"r"(nr), "r"(code));
#endif
	__builtin_unreachable();
}
