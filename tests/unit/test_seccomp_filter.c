/* links: oci/rt_seccomp_compile.c librt.a liboci.a libcommon.a -ljson-c -lseccomp */
/*
 * The default profile, compiled, asked call by call (threats.md V21, V23, V58-V60). The expected
 * answers are seccomp_table.txt beside this file; `test_seccomp_filter print` writes a new one, to
 * be read line by line before it replaces the old.
 */
#include "oci/seccomp_profile.h"

#include <errno.h>
#include <linux/audit.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "oci/rt_seccomp_compile.h"
#include "tests/unit/bpf_eval.h"
#include "tests/unit/tap.h"

#define ALLOW       SECCOMP_RET_ALLOW
#define REFUSE(e)   (SECCOMP_RET_ERRNO | (e))
#define KILLED      SECCOMP_RET_KILL_PROCESS
#define X32         0x40000000
#define GARBAGE     (0x1234567ULL << 32)
#define NEW_NS      0x7E020000u

#define DEFAULT_CAPS "CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER CAP_FSETID CAP_KILL " \
	"CAP_NET_BIND_SERVICE CAP_SETFCAP CAP_SETGID CAP_SETPCAP CAP_SETUID CAP_SYS_CHROOT"

static struct rt_bpf compiled(const char *caps, unsigned flags, const char *only_arch)
{
	auto_svec struct svec list = SVEC_INIT;
	auto_jval struct jval *section = NULL;
	struct rt_bpf ret = RT_BPF_INIT;
	struct err err = ERR_INIT;

	svec_add_split(&list, caps, ' ');
	section = seccomp_profile_default(&list, flags);
	if (only_arch) {
		struct jval *archs = jval_new_array();

		jval_add(archs, jval_new_str(only_arch));
		jval_set(section, "architectures", archs);
	}
	TAP_OK(rt_seccomp_compile(section, &ret, &err) == 0, "compiles: %s%s", caps, err.msg);
	return ret;
}

static uint32_t ask(const struct rt_bpf *b, uint32_t arch, int nr, const uint64_t *args)
{
	struct seccomp_data d = {.nr = nr, .arch = arch};

	for (int i = 0; args && i < 6; i++)
		d.args[i] = args[i];
	return bpf_eval(b->filter, b->n, &d);
}

static uint32_t ask3(const struct rt_bpf *b, int nr, uint64_t a, uint64_t b_, uint64_t c)
{
	return ask(b, AUDIT_ARCH_X86_64, nr, (uint64_t[6]){a, b_, c});
}

static void answer_name(uint32_t r, char *ret, size_t n)
{
	if (r == ALLOW)
		snprintf(ret, n, "allow");
	else if (r == KILLED)
		snprintf(ret, n, "kill");
	else if ((r & 0xffff0000u) == SECCOMP_RET_ERRNO)
		snprintf(ret, n, "%s", (r & 0xffff) == EPERM ? "EPERM" : (r & 0xffff) == ENOSYS ? "ENOSYS" :
			(r & 0xffff) == EAFNOSUPPORT ? "EAFNOSUPPORT" : "other-errno");
	else
		snprintf(ret, n, "%08x", r);
}

static const struct abi {
	const char *name;
	uint32_t arch, bit;
} abis[] = {
	{"x86_64", AUDIT_ARCH_X86_64, 0},
	{"i386", AUDIT_ARCH_I386, 0},
	{"x32", AUDIT_ARCH_X86_64, X32},
};

/* Each number with all arguments 0, as runs "ABI FIRST LAST ANSWER". The i386 column is that of the
 * profile for 386 images. */
static void print_table(const struct rt_bpf *native, const struct rt_bpf *compat, struct sbuf *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(abis); i++) {
		const struct rt_bpf *b = i == 1 ? compat : native;
		char now[32] = "", last[32] = "";
		int first = 0;

		for (int nr = 0; nr <= 2001; nr++) {
			*now = 0;
			if (nr <= 2000)
				answer_name(ask(b, abis[i].arch, (int)((uint32_t)nr | abis[i].bit), NULL), now,
					sizeof(now));
			if (nr && strcmp(now, last)) {
				sbuf_addf(out, "%s %d %d %s\n", abis[i].name, first, nr - 1, last);
				first = nr;
			}
			memcpy(last, now, sizeof(last));
		}
	}
}

static void test_table(const struct rt_bpf *native, const struct rt_bpf *compat, const char *path)
{
	char abi[16], want[32], got[32];
	int first, last, lines = 0;
	FILE *f = fopen(path, "r");
	char line[128];

	TAP_OK(f, "%s is there", path);
	while (f && fgets(line, sizeof(line), f)) {
		int wrong = 0;

		if (*line == '#' || sscanf(line, "%15s %d %d %31s", abi, &first, &last, want) != 4)
			continue;
		lines++;
		for (size_t i = 0; i < ARRAY_SIZE(abis); i++)
			for (int nr = first; !strcmp(abis[i].name, abi) && nr <= last; nr++) {
				answer_name(ask(i == 1 ? compat : native, abis[i].arch,
					(int)((uint32_t)nr | abis[i].bit), NULL), got, sizeof(got));
				if (strcmp(got, want) && !wrong++)
					printf("# %s %d: %s, the table says %s\n", abi, nr, got, want);
			}
		TAP_OK(!wrong, "V23 %s %d-%d is %s", abi, first, last, want);
	}
	TAP_OK(lines > 50, "the table has %d lines", lines);
	if (f)
		fclose(f);
}

/* Every number of every ABI that is not loaded ends the process. */
static void test_other_abis(const struct rt_bpf *b)
{
	static const uint32_t archs[] = {AUDIT_ARCH_I386, AUDIT_ARCH_AARCH64, AUDIT_ARCH_ARM, 0};
	int wrong = 0;

	for (size_t i = 0; i < ARRAY_SIZE(archs); i++)
		for (int nr = -1; nr <= 2000; nr++)
			wrong += ask(b, archs[i], nr, NULL) != KILLED;
	TAP_OK(!wrong, "V23 ABIs that are not loaded are killed");
	wrong = 0;
	for (int nr = 0; nr <= 2000; nr++)
		wrong += ask(b, AUDIT_ARCH_X86_64, nr | X32, NULL) != KILLED;
	TAP_OK(!wrong, "V23 x32 is killed");
}

static void test_ioctl(const struct rt_bpf *b)
{
	static const uint64_t high[] = {0, 1ULL << 32, GARBAGE, 0xffffffffULL << 32};
	static const uint32_t usual[] = {0x5401, 0x5413, 0x5411, 0x541B, 0x541D, 0x5413 ^ 0x8000,
		0x80045430, 0xC0045405, 0x5412 | 0x80000000u, 0x15412, 0, 0xffffffff};

	for (size_t i = 0; i < ARRAY_SIZE(high); i++) {
		int wrong = 0;

		TAP_OK(ask3(b, SYS_ioctl, 0, high[i] | 0x5412, 0) == REFUSE(EPERM), "V21 TIOCSTI + %zu", i);
		TAP_OK(ask3(b, SYS_ioctl, 0, high[i] | 0x541C, 0) == REFUSE(EPERM), "V21 TIOCLINUX + %zu", i);
		for (uint32_t v = 0; v < 0x20000; v++)
			wrong += v != 0x5412 && v != 0x541C && ask3(b, SYS_ioctl, 0, high[i] | v, 0) != ALLOW;
		for (unsigned bit = 0; bit < 32; bit++)
			wrong += ask3(b, SYS_ioctl, 0, high[i] | (0x5412 ^ (1u << bit)), 0) != ALLOW;
		for (size_t k = 0; k < ARRAY_SIZE(usual); k++)
			wrong += ask3(b, SYS_ioctl, 0, high[i] | usual[k], 0) != ALLOW;
		TAP_OK(!wrong, "other ioctls are allowed, high bits %zu", i);
	}
}

/* Expected answer for a family and protocol of the default set. */
static uint32_t socket_answer(uint32_t family, uint32_t protocol, bool raw, bool netadm, bool audit)
{
	if (family == 1 || family == 2 || family == 10 || (raw && (family == 17 || family == 44)))
		return ALLOW;
	if (family != 16)
		return family < 64 ? REFUSE(EAFNOSUPPORT) : REFUSE(ENOSYS);
	if (protocol == 6 && !netadm)
		return REFUSE(EPROTONOSUPPORT);
	if (protocol == 9 && !audit)
		return REFUSE(EINVAL);
	return protocol < 32 ? ALLOW : REFUSE(ENOSYS);
}

static int socket_wrong(const struct rt_bpf *b, uint64_t high, bool raw, bool netadm, bool audit)
{
	int wrong = 0;

	for (uint32_t f = 0; f < 300; f++)
		for (uint32_t p = 0; p < 40; p++) {
			uint32_t got = ask3(b, SYS_socket, high | f, GARBAGE | 3, high | p);

			if (got != socket_answer(f, p, raw, netadm, audit) && !wrong++)
				printf("# socket(%u, 3, %u): %08x\n", f, p, got);
		}
	return wrong;
}

static void test_sockets(const struct rt_bpf *b, bool raw, bool netadm, bool audit)
{
	int wrong = 0;

	TAP_OK(!socket_wrong(b, 0, raw, netadm, audit), "V58 families and netlink protocols");
	TAP_OK(!socket_wrong(b, 1ULL << 32, raw, netadm, audit), "V58 the same with bit 32 set");
	TAP_OK(!socket_wrong(b, ~0ULL << 32, raw, netadm, audit), "V58 the same sign-extended");
	for (uint32_t f = 0; f < 300; f++)
		wrong += ask3(b, SYS_socketpair, GARBAGE | f, 1, 0) !=
			(f == 16 ? REFUSE(ENOSYS) : socket_answer(f, 0, raw, netadm, audit));
	TAP_OK(!wrong, "V58 socketpair has the same families");
}

static void test_clone(const struct rt_bpf *b)
{
	int wrong = 0;

	for (unsigned bit = 0; bit < 64; bit++) {
		uint64_t flags = 1ULL << bit;
		uint32_t want = bit < 32 && (NEW_NS >> bit & 1) ? REFUSE(EPERM) : ALLOW;

		wrong += ask3(b, SYS_clone, flags, 0, 0) != want;
		wrong += ask3(b, SYS_clone, GARBAGE | flags | 17, 0, 0) != want;
		wrong += ask3(b, SYS_clone, flags | NEW_NS, 0, 0) != REFUSE(EPERM);
		wrong += ask3(b, SYS_clone, flags | 0x10000000, 0, 0) != REFUSE(EPERM);
	}
	TAP_OK(!wrong, "V59 clone: each flag, alone and with others");
	TAP_OK(ask3(b, SYS_clone, 0x3d0f00, 0, 0) == ALLOW, "clone: what pthread_create asks for");
	TAP_OK(ask3(b, 435, 0, 0, 0) == REFUSE(ENOSYS), "V59 clone3 is ENOSYS");
	TAP_OK(ask3(b, SYS_unshare, 0x80, 0, 0) == REFUSE(EPERM), "V59 unshare(NEWTIME)");
}

static void test_personality(const struct rt_bpf *b)
{
	static const uint32_t ok[] = {0, 8, 0x20000, 0x20008, 0xffffffff};
	int wrong = 0;

	for (uint32_t v = 0; v < 0x50000; v++) {
		bool allowed = false;

		for (size_t i = 0; i < ARRAY_SIZE(ok); i++)
			allowed |= ok[i] == v;
		wrong += ask3(b, SYS_personality, v, 0, 0) != (allowed ? ALLOW : REFUSE(ENOSYS));
	}
	TAP_OK(!wrong && ask3(b, SYS_personality, 0xffffffff, 0, 0) == ALLOW, "personality values");
	TAP_OK(ask3(b, SYS_personality, ~0ULL, 0, 0) == ALLOW, "personality(-1) sign-extended");
	TAP_OK(ask3(b, SYS_personality, 0x0040000, 0, 0) != ALLOW, "no ADDR_NO_RANDOMIZE");
}

/* i386: direct calls are checked like native ones; socketcall cannot be, and stays open. */
static void test_i386(const struct rt_bpf *b)
{
	uint64_t alg[6] = {38, 5, 0}, un[6] = {1, 1, 0}, sti[6] = {0, 0x5412, 0};
	uint64_t newuser[6] = {0x10000000};
	int wrong = 0;

	for (uint32_t f = 0; f < 300; f++)
		for (uint64_t p = 0; p < 40; p++)
			wrong += ask(b, AUDIT_ARCH_I386, 359, (uint64_t[6]){f, 3, p}) !=
				socket_answer(f, (uint32_t)p, false, false, false);
	TAP_OK(!wrong, "V58 i386: families and netlink protocols of direct calls");
	TAP_OK(ask(b, AUDIT_ARCH_I386, 359, alg) == REFUSE(EAFNOSUPPORT), "V58 i386 socket(AF_ALG)");
	TAP_OK(ask(b, AUDIT_ARCH_I386, 359, un) == ALLOW, "i386 socket(AF_UNIX)");
	TAP_OK(ask(b, AUDIT_ARCH_I386, 54, sti) == REFUSE(EPERM), "V21 i386 TIOCSTI");
	TAP_OK(ask(b, AUDIT_ARCH_I386, 120, newuser) == REFUSE(EPERM), "V59 i386 clone(NEWUSER)");
	for (uint64_t call = 0; call < 25; call++)
		wrong += ask(b, AUDIT_ARCH_I386, 102, (uint64_t[6]){call, 0xffffd000}) != ALLOW;
	TAP_OK(!wrong, "i386 socketcall stays open");
	test_ioctl(b);
	test_sockets(b, false, false, false);
	test_clone(b);
}

static void test_caps(const char *cap, const int *nrs, size_t n)
{
	auto_cleanup(rt_bpf_done) struct rt_bpf with = compiled(cap, 0, NULL);
	auto_cleanup(rt_bpf_done) struct rt_bpf none = compiled("", 0, NULL);

	for (size_t i = 0; i < n; i++) {
		TAP_OK(ask(&with, AUDIT_ARCH_X86_64, nrs[i], NULL) == ALLOW, "%s allows %d", cap, nrs[i]);
		TAP_OK(ask(&none, AUDIT_ARCH_X86_64, nrs[i], NULL) ==
			REFUSE(nrs[i] == 435 ? ENOSYS : EPERM), "none refuses %d", nrs[i]);
	}
}

#define CAPS(cap, ...) test_caps(cap, (int[]){__VA_ARGS__}, ARRAY_SIZE(((int[]){__VA_ARGS__})))

static void test_each_cap(void)
{
	CAPS("CAP_SYS_ADMIN", SYS_mount, SYS_umount2, SYS_pivot_root, SYS_setns, SYS_unshare, 428, 429,
		430, 431, 432, 433, 435, 442, 467, SYS_bpf, SYS_perf_event_open, SYS_fanotify_init,
		SYS_quotactl, SYS_sethostname, SYS_setdomainname, SYS_lookup_dcookie);
	CAPS("CAP_SYS_PTRACE", SYS_kcmp, 438, 440);
	CAPS("CAP_SYS_BOOT", SYS_reboot);
	CAPS("CAP_SYS_CHROOT", SYS_chroot);
	CAPS("CAP_SYS_MODULE", SYS_init_module, SYS_finit_module, SYS_delete_module);
	CAPS("CAP_SYS_PACCT", SYS_acct);
	CAPS("CAP_SYS_RAWIO", SYS_iopl, SYS_ioperm);
	CAPS("CAP_SYS_TIME", SYS_settimeofday, SYS_clock_settime);
	CAPS("CAP_SYS_TTY_CONFIG", SYS_vhangup);
	CAPS("CAP_SYS_NICE", SYS_mbind, SYS_set_mempolicy, SYS_get_mempolicy, 450);
	CAPS("CAP_SYSLOG", SYS_syslog);
	CAPS("CAP_BPF", SYS_bpf);
	CAPS("CAP_PERFMON", SYS_perf_event_open);
	CAPS("CAP_DAC_READ_SEARCH", SYS_open_by_handle_at);
}

static void test_network_caps(void)
{
	auto_cleanup(rt_bpf_done) struct rt_bpf raw = compiled("CAP_NET_RAW", 0, NULL);
	auto_cleanup(rt_bpf_done) struct rt_bpf adm = compiled("CAP_NET_ADMIN", 0, NULL);
	auto_cleanup(rt_bpf_done) struct rt_bpf aud = compiled("CAP_AUDIT_WRITE", 0, NULL);
	auto_cleanup(rt_bpf_done) struct rt_bpf all =
		compiled("CAP_NET_RAW CAP_NET_ADMIN CAP_AUDIT_CONTROL CAP_SYS_ADMIN", 0, NULL);

	test_sockets(&raw, true, false, false);
	test_sockets(&adm, false, true, false);
	test_sockets(&aud, false, false, true);
	test_sockets(&all, true, true, true);
	TAP_OK(ask3(&all, SYS_clone, NEW_NS, 0, 0) == ALLOW, "SYS_ADMIN may clone namespaces");
}

static void test_nested(void)
{
	auto_cleanup(rt_bpf_done) struct rt_bpf b = compiled(DEFAULT_CAPS, SECCOMP_PROFILE_NESTED, NULL);
	static const int open[] = {SYS_mount, SYS_umount2, SYS_pivot_root, SYS_setns, SYS_unshare, 428,
		429, 430, 431, 432, 433, 435, 442, SYS_keyctl, SYS_sethostname};
	static const int shut[] = {SYS_bpf, SYS_kexec_load, SYS_init_module, SYS_reboot, SYS_add_key,
		SYS_userfaultfd, SYS_quotactl, SYS_open_by_handle_at};

	for (size_t i = 0; i < ARRAY_SIZE(open); i++)
		TAP_OK(ask(&b, AUDIT_ARCH_X86_64, open[i], NULL) == ALLOW, "nested allows %d", open[i]);
	for (size_t i = 0; i < ARRAY_SIZE(shut); i++)
		TAP_OK(ask(&b, AUDIT_ARCH_X86_64, shut[i], NULL) == REFUSE(EPERM), "nested refuses %d", shut[i]);
	TAP_OK(ask3(&b, SYS_clone, NEW_NS, 0, 0) == ALLOW, "nested: clone with namespaces");
	test_ioctl(&b);
	test_sockets(&b, false, false, false);
}

/* The same data compiled for aarch64: numbers of asm-generic. */
static void test_aarch64(void)
{
	auto_cleanup(rt_bpf_done) struct rt_bpf b = compiled(DEFAULT_CAPS, 0, "SCMP_ARCH_AARCH64");
	uint64_t newuser[6] = {0x10000000}, sti[6] = {0, 0x5412};

	TAP_OK(ask(&b, AUDIT_ARCH_AARCH64, 63, NULL) == ALLOW, "aarch64 read");
	TAP_OK(ask(&b, AUDIT_ARCH_AARCH64, 40, NULL) == REFUSE(EPERM), "aarch64 mount");
	TAP_OK(ask(&b, AUDIT_ARCH_AARCH64, 220, newuser) == REFUSE(EPERM), "aarch64 clone(NEWUSER)");
	TAP_OK(ask(&b, AUDIT_ARCH_AARCH64, 29, sti) == REFUSE(EPERM), "aarch64 TIOCSTI");
	TAP_OK(ask(&b, AUDIT_ARCH_AARCH64, 452, NULL) == ALLOW, "aarch64 fchmodat2");
	TAP_OK(ask(&b, AUDIT_ARCH_AARCH64, 425, NULL) == REFUSE(ENOSYS), "aarch64 io_uring_setup");
	TAP_OK(ask(&b, AUDIT_ARCH_X86_64, 0, NULL) == KILLED, "another architecture is killed");
}

int main(int argc, char **argv)
{
	auto_cleanup(rt_bpf_done) struct rt_bpf native = compiled(DEFAULT_CAPS, 0, NULL);
	auto_cleanup(rt_bpf_done) struct rt_bpf compat =
		compiled(DEFAULT_CAPS, SECCOMP_PROFILE_COMPAT, NULL);
	auto_sbuf struct sbuf path = SBUF_INIT;

	if (argc > 1 && !strcmp(argv[1], "print")) {
		auto_sbuf struct sbuf out = SBUF_INIT;

		print_table(&native, &compat, &out);
		fputs(out.buf, stdout);
		return 0;
	}
	sbuf_addf(&path, "%s/tests/unit/seccomp_table.txt", getenv("srcdir") ?: ".");
	test_table(&native, &compat, path.buf);
	test_other_abis(&native);
	test_ioctl(&native);
	test_sockets(&native, false, false, false);
	test_clone(&native);
	test_personality(&native);
	test_i386(&compat);
	test_each_cap();
	test_network_caps();
	test_nested();
	test_aarch64();
	return tap_done();
}
