/* links: oci/rt_seccomp_compile.c librt.a liboci.a libcommon.a -ljson-c -lseccomp */
/* The cache of compiled filters, the compiler program (this test plays it), profile documents, and
 * the default filter installed for real. */
#include "oci/rt_seccomp.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/fs.h"
#include "common/sbuf.h"
#include "oci/rt_seccomp_compile.h"
#include "oci/seccomp_profile.h"
#include "tests/unit/bpf_eval.h"
#include "tests/unit/tap.h"

#define ERRNO_OF(r) ((r) & 0xffff)

static struct jval *parsed(const char *text)
{
	struct err err = ERR_INIT;
	struct jval *v = jval_parse(text, strlen(text), 0, &err);

	if (!v)
		printf("# %s: %s\n", text, err.msg);
	return v;
}

static uint32_t ask(const struct rt_bpf *b, int nr, uint64_t a0, uint64_t a1)
{
	struct seccomp_data d = {.nr = nr, .args = {a0, a1}};

#if defined(__x86_64__)
	d.arch = 0xC000003E;
#elif defined(__aarch64__)
	d.arch = 0xC00000B7;
#endif
	return bpf_eval(b->filter, b->n, &d);
}

/* ---- the compiler: actions, operators, flags ---- */

static bool compiles(const char *text, struct rt_bpf *ret)
{
	auto_jval struct jval *v = parsed(text);
	struct err err = ERR_INIT;

	if (!v)
		return false;
	if (!rt_seccomp_compile(v, ret, &err))
		return true;
	printf("# %s\n", err.msg);
	return false;
}

static void test_actions(void)
{
	static const struct {
		const char *action;
		uint32_t want;
	} actions[] = {
		{"SCMP_ACT_KILL", SECCOMP_RET_KILL_THREAD}, {"SCMP_ACT_KILL_THREAD", SECCOMP_RET_KILL_THREAD},
		{"SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS}, {"SCMP_ACT_TRAP", SECCOMP_RET_TRAP},
		{"SCMP_ACT_ERRNO", SECCOMP_RET_ERRNO | 77}, {"SCMP_ACT_TRACE", SECCOMP_RET_TRACE | 77},
		{"SCMP_ACT_LOG", SECCOMP_RET_LOG},
	};

	for (size_t i = 0; i < ARRAY_SIZE(actions); i++) {
		auto_cleanup(rt_bpf_done) struct rt_bpf b = RT_BPF_INIT;
		auto_sbuf struct sbuf text = SBUF_INIT;

		sbuf_addf(&text, "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"getppid\"],"
			"\"action\":\"%s\",\"errnoRet\":77}]}", actions[i].action);
		TAP_OK(compiles(text.buf, &b) && ask(&b, SYS_getppid, 0, 0) == actions[i].want &&
			ask(&b, SYS_getpid, 0, 0) == SECCOMP_RET_ALLOW, "action %s", actions[i].action);
	}
}

static void test_operators(void)
{
	static const struct {
		const char *op;
		bool below, equal, above;
	} ops[] = {
		{"SCMP_CMP_NE", true, false, true}, {"SCMP_CMP_LT", true, false, false},
		{"SCMP_CMP_LE", true, true, false}, {"SCMP_CMP_EQ", false, true, false},
		{"SCMP_CMP_GE", false, true, true}, {"SCMP_CMP_GT", false, false, true},
	};
	const uint64_t v = 0x500000007;

	for (size_t i = 0; i < ARRAY_SIZE(ops); i++) {
		auto_cleanup(rt_bpf_done) struct rt_bpf b = RT_BPF_INIT;
		auto_sbuf struct sbuf text = SBUF_INIT;
		bool ok;

		sbuf_addf(&text, "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"getppid\"],"
			"\"action\":\"SCMP_ACT_ERRNO\",\"args\":[{\"index\":1,\"value\":%llu,\"op\":\"%s\"}]}]}",
			(unsigned long long)v, ops[i].op);
		ok = compiles(text.buf, &b);
		TAP_OK(ok && (ask(&b, SYS_getppid, 0, v - 1) != SECCOMP_RET_ALLOW) == ops[i].below &&
			(ask(&b, SYS_getppid, 0, 7) != SECCOMP_RET_ALLOW) == ops[i].below &&
			(ask(&b, SYS_getppid, 0, v) != SECCOMP_RET_ALLOW) == ops[i].equal &&
			(ask(&b, SYS_getppid, 0, v + (1ULL << 32)) != SECCOMP_RET_ALLOW) == ops[i].above,
			"operator %s on 64 bits", ops[i].op);
	}
}

#define RULE(action, args) "{\"names\":[\"getppid\"],\"action\":\"SCMP_ACT_" action "\",\"args\":[" args "]}"
#define EQ(i, v) "{\"index\":" #i ",\"value\":" #v ",\"op\":\"SCMP_CMP_EQ\"}"
#define REFUSE_ALL "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":38,\"syscalls\":["

static void test_rules(void)
{
	auto_cleanup(rt_bpf_done) struct rt_bpf a = RT_BPF_INIT, b = RT_BPF_INIT, c = RT_BPF_INIT,
		d = RT_BPF_INIT, e = RT_BPF_INIT;

	TAP_OK(compiles(REFUSE_ALL RULE("ALLOW", EQ(0, 1) "," EQ(1, 2)) "]}", &a) &&
		ask(&a, SYS_getppid, 1, 2) == SECCOMP_RET_ALLOW &&
		ERRNO_OF(ask(&a, SYS_getppid, 1, 3)) == 38 && ERRNO_OF(ask(&a, SYS_getppid, 2, 2)) == 38,
		"two arguments: both are required");
	TAP_OK(compiles(REFUSE_ALL RULE("ALLOW", EQ(0, 1) "," EQ(0, 2)) "]}", &b) &&
		ask(&b, SYS_getppid, 1, 0) == SECCOMP_RET_ALLOW &&
		ask(&b, SYS_getppid, 2, 0) == SECCOMP_RET_ALLOW && ERRNO_OF(ask(&b, SYS_getppid, 3, 0)) == 38,
		"one argument twice: alternatives");
	TAP_OK(compiles(REFUSE_ALL RULE("ERRNO", EQ(0, 1)) "," RULE("ALLOW", "") "]}", &c) &&
		ask(&c, SYS_getppid, 1, 0) == SECCOMP_RET_ALLOW, "a rule without args covers the call");
	TAP_OK(compiles("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"fchmodat2\","
		"\"no_such_call\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":2}]}", &d) &&
		ask(&d, 452, 0, 0) == (SECCOMP_RET_ERRNO | 2) && ask(&d, 451, 0, 0) == SECCOMP_RET_ALLOW &&
		ask(&d, SYS_read, 0, 0) == SECCOMP_RET_ALLOW, "a newer call by our own table");
	TAP_OK(compiles("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"flags\":[\"SECCOMP_FILTER_FLAG_LOG\","
		"\"SECCOMP_FILTER_FLAG_SPEC_ALLOW\"],\"syscalls\":[]}", &e) && e.flags == 6, "flags");
}

static void test_refused(void)
{
	static const char *const bad[] = {
		"{}", "[]", "null", "{\"defaultAction\":1}", "{\"defaultAction\":\"SCMP_ACT_MAYBE\"}",
		"{\"defaultAction\":\"SCMP_ACT_NOTIFY\"}",
		"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":70000}",
		"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"flags\":[\"X\"]}",
		"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[\"x86\"]}",
		"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[\"SCMP_ARCH_PDP11\"]}",
		"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"action\":\"SCMP_ACT_ERRNO\"}]}",
		"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[" RULE("ERRNO",
			"{\"index\":6,\"value\":1,\"op\":\"SCMP_CMP_EQ\"}") "]}",
		"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[" RULE("ERRNO",
			"{\"index\":0,\"value\":1,\"op\":\"EQ\"}") "]}",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		auto_cleanup(rt_bpf_done) struct rt_bpf b = RT_BPF_INIT;
		auto_jval struct jval *v = parsed(bad[i]);
		struct err err = ERR_INIT;

		TAP_OK(rt_seccomp_compile(v, &b, &err) < 0 && *err.msg, "refused: %s: %s", bad[i], err.msg);
	}
}

/* ---- the cache ---- */

static char *self_path(void)
{
	return fs_readlink(AT_FDCWD, "/proc/self/exe");
}

static struct jval *default_section(unsigned flags)
{
	auto_svec struct svec caps = SVEC_INIT;

	svec_add(&caps, "CAP_SYS_CHROOT");
	return seccomp_profile_default(&caps, flags);
}

static bool loads(const struct jval *v, int cache, const char *compiler)
{
	auto_cleanup(rt_bpf_done) struct rt_bpf b = RT_BPF_INIT;
	struct err err = ERR_INIT;

	if (rt_seccomp_load(v, cache, compiler, &b, &err) < 0) {
		printf("# %s\n", err.msg);
		return false;
	}
	return b.n > 0 && ask(&b, SYS_getpid, 0, 0) == SECCOMP_RET_ALLOW;
}

/* The only file of the cache, and what becomes of it when it is changed. */
static char *cache_file(const char *dir)
{
	auto_free char *cmd = xasprintf("ls %s", dir);
	char line[128] = "";
	FILE *p = popen(cmd, "r");

	if (p && fgets(line, sizeof(line), p))
		line[strcspn(line, "\n")] = 0;
	if (p)
		pclose(p);
	return *line ? xstrdup(line) : NULL;
}

static void test_tampered(int cache, const char *name, const struct jval *v, const char *compiler)
{
	auto_sbuf struct sbuf file = SBUF_INIT;
	int r = fs_read_file(cache, name, 1 << 20, &file), wrong = 0;

	TAP_OK(r == 0, "cache file is readable");
	for (size_t at = 0; at < file.len; at += file.len / 97 + 1) {
		file.buf[at] ^= 1;
		r = fs_write_file(cache, name, file.buf, file.len, 0600, 0);
		/* a flipped bit in the code or stamp cannot be seen without a compiler; the text can */
		if (at >= 40 && at < file.len / 2)
			wrong += loads(v, cache, NULL);
		file.buf[at] ^= 1;
	}
	TAP_OK(!wrong, "another text under the name is a miss");
	r = fs_write_file(cache, name, file.buf, file.len - 8, 0600, 0);
	TAP_OK(!r && !loads(v, cache, NULL), "a short file is a miss");
	TAP_OK(loads(v, cache, compiler) && loads(v, cache, NULL), "and is made again");
	TAP_OK(fchmodat(cache, name, 0666, 0) == 0 && !loads(v, cache, NULL), "a writable file is a miss");
	TAP_OK(unlinkat(cache, name, 0) == 0 && symlinkat("/dev/zero", cache, name) == 0 &&
		!loads(v, cache, NULL), "a link is a miss");
	TAP_OK(unlinkat(cache, name, 0) == 0 && mkfifoat(cache, name, 0600) == 0 &&
		!loads(v, cache, NULL), "a FIFO is a miss and does not block");
	unlinkat(cache, name, 0);
}

static void test_cache(void)
{
	auto_jval struct jval *v = default_section(0), *other = default_section(SECCOMP_PROFILE_NESTED);
	auto_free char *self = self_path(), *name = NULL;
	char dir[] = "/tmp/podlite-test-XXXXXX";
	auto_fd int cache = mkdtemp(dir) ? fd_open_dir(AT_FDCWD, dir) : -1;
	struct stat st;

	TAP_OK(cache >= 0, "a cache directory");
	TAP_OK(!loads(v, cache, NULL), "a miss without a compiler is an error");
	TAP_OK(!loads(v, cache, "/bin/false"), "a compiler that fails is an error");
	TAP_OK(!loads(v, cache, "/bin/echo"), "so is one that writes something else");
	TAP_OK(!loads(v, cache, "/nonexistent"), "so is none");
	name = cache_file(dir);
	TAP_OK(!name, "nothing was cached");
	TAP_OK(loads(v, -1, self), "without a cache directory");
	TAP_OK(loads(v, cache, self), "a miss compiles");
	TAP_OK(loads(v, cache, NULL), "then it is a hit");
	TAP_OK(!loads(other, cache, NULL), "another section is not");
	TAP_OK(!loads(v, cache, "/bin/false"), "another compiler is not trusted with the old result");
	name = cache_file(dir);
	TAP_OK(name && !fstatat(cache, name, &st, 0) && (st.st_mode & 07777) == 0600, "mode 0600");
	if (name)
		test_tampered(cache, name, v, self);
	TAP_OK(unlinkat(AT_FDCWD, dir, AT_REMOVEDIR) == 0, "no temporary files are left");
}

static void test_notify(void)
{
	static const char text[] = "{\"defaultAction\":\"SCMP_ACT_ALLOW\",%s\"syscalls\":[{\"names\":"
		"[\"mkdir\",\"mkdirat\"],\"action\":\"SCMP_ACT_NOTIFY\"}]}";
	auto_free char *self = self_path();
	auto_free char *with = xasprintf(text, "\"listenerPath\":\"/run/l.sock\",");
	auto_free char *without = xasprintf(text, "");
	auto_jval struct jval *v = parsed(with), *w = parsed(without);
	auto_cleanup(rt_bpf_done) struct rt_bpf b = RT_BPF_INIT;
	struct err err = ERR_INIT;

	TAP_OK(!rt_seccomp_load(v, -1, self, &b, &err) && b.notify &&
		(b.flags & SECCOMP_FILTER_FLAG_NEW_LISTENER), "X10 notify: %s", err.msg);
	TAP_STR(b.listener_path, "/run/l.sock", "listener path");
	rt_bpf_done(&b);
	TAP_OK(rt_seccomp_load(w, -1, self, &b, &err) < 0, "X10 notify without listener: %s", err.msg);
	TAP_OK(!rt_seccomp_load(NULL, -1, NULL, &b, &err) && b.n == 0, "no section, no filter");
}

/* ---- installed for real ---- */

static int in_child(const struct rt_bpf *b, int (*fn)(void))
{
	struct sock_fprog prog = {.len = (unsigned short)b->n, .filter = b->filter};
	pid_t pid = fork();
	int status = 0;

	if (!pid) {
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, b->flags, &prog))
			_exit(99);
		_exit(fn());
	}
	waitpid(pid, &status, 0);
	return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int try_ok(void)
{
	int p[2], fd = socket(AF_UNIX, SOCK_STREAM, 0);
	pid_t pid = fork();

	if (!pid)
		_exit(7);
	return fd < 0 || pipe2(p, 0) || waitpid(pid, NULL, 0) != pid || write(p[1], "x", 1) != 1;
}

static int failed_with(long r)
{
	return r < 0 ? errno : 0;
}

static int try_tiocsti(void) { return failed_with(syscall(SYS_ioctl, 0, TIOCSTI | 1ULL << 32, "x")); }
static int try_alg(void) { return failed_with(socket(38, SOCK_SEQPACKET, 0)); }
static int try_vsock(void) { return failed_with(socket(40, SOCK_STREAM, 0)); }
static int try_userns(void) { return failed_with(syscall(SYS_unshare, 0x10000000)); }
static int try_clone3(void) { return failed_with(syscall(435, NULL, 0)); }
static int try_uring(void) { return failed_with(syscall(425, 1, NULL)); }
static int try_new(void) { return failed_with(syscall(1999)); }
static int try_fchmodat2(void) { return failed_with(syscall(452, -100, "/nonexistent", 0, 0)); }
#ifdef __x86_64__
static int try_i386(void)
{
	long r;

	__asm__ volatile("int $0x80" : "=a"(r) : "a"(20 /* getpid */) : "memory");
	return 0;
}
static int try_x32(void) { return failed_with(syscall(SYS_getpid | 0x40000000)); }
#endif

static void test_installed(void)
{
	auto_jval struct jval *v = default_section(0);
	auto_cleanup(rt_bpf_done) struct rt_bpf b = RT_BPF_INIT;
	struct err err = ERR_INIT;
	int r;

	TAP_OK(!rt_seccomp_compile(v, &b, &err), "the default compiles");
	TAP_OK(in_child(&b, try_ok) == 0, "sockets, pipes, fork work under it");
	TAP_OK(in_child(&b, try_tiocsti) == EPERM, "V21 TIOCSTI with bit 32 is EPERM");
	TAP_OK(in_child(&b, try_alg) == EAFNOSUPPORT, "V58 AF_ALG");
	TAP_OK(in_child(&b, try_vsock) == EAFNOSUPPORT, "V58 AF_VSOCK");
	TAP_OK(in_child(&b, try_userns) == EPERM, "V59 unshare(NEWUSER)");
	TAP_OK(in_child(&b, try_clone3) == ENOSYS, "V59 clone3");
	TAP_OK(in_child(&b, try_uring) == ENOSYS, "io_uring_setup");
	TAP_OK(in_child(&b, try_new) == ENOSYS, "V23 an unknown call");
	r = in_child(&b, try_fchmodat2);
	TAP_OK(r == ENOENT || r == ENOSYS, "fchmodat2 reaches the kernel");
#ifdef __x86_64__
	TAP_OK(in_child(&b, try_i386) == 1000 + SIGSYS, "V23 int 0x80 is killed");
	TAP_OK(in_child(&b, try_x32) == 1000 + SIGSYS, "V23 x32 is killed");
#endif
}

/* ---- profile documents ---- */

static int from(const char *text, const char *cap, struct rt_bpf *ret, struct err *err)
{
	auto_svec struct svec caps = SVEC_INIT;
	auto_jval struct jval *section = NULL;

	if (cap)
		svec_add(&caps, cap);
	if (seccomp_profile_from_file(text, strlen(text), &caps, &section, err) < 0)
		return -1;
	return rt_seccomp_compile(section, ret, err);
}

static const char docker_doc[] =
	"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":38,\"defaultErrno\":\"ENOSYS\","
	"\"archMap\":[{\"architecture\":\"SCMP_ARCH_X86_64\",\"subArchitectures\":[\"SCMP_ARCH_X86\"]},"
	"{\"architecture\":\"SCMP_ARCH_AARCH64\",\"subArchitectures\":[\"SCMP_ARCH_ARM\"]}],"
	"\"syscalls\":[{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":null},"
	"{\"name\":\"write\",\"action\":\"SCMP_ACT_ALLOW\"},"
	"{\"names\":[\"mount\"],\"action\":\"SCMP_ACT_ALLOW\",\"includes\":{\"caps\":[\"CAP_SYS_ADMIN\"]}},"
	"{\"names\":[\"mount\"],\"action\":\"SCMP_ACT_ERRNO\",\"errno\":\"EPERM\",\"excludes\":{\"caps\":"
	"[\"CAP_SYS_ADMIN\"]}},"
	"{\"names\":[\"close\"],\"action\":\"SCMP_ACT_ALLOW\",\"includes\":{\"arches\":[\"mips\"]}},"
	"{\"names\":[\"getpid\"],\"action\":\"SCMP_ACT_ALLOW\",\"includes\":{\"minKernel\":\"4.8\"}},"
	"{\"names\":[\"getppid\"],\"action\":\"SCMP_ACT_ALLOW\",\"includes\":{\"minKernel\":\"99.1\"}}]}";

static void test_documents(void)
{
	auto_cleanup(rt_bpf_done) struct rt_bpf plain = RT_BPF_INIT, admin = RT_BPF_INIT;
	static const char *const bad[] = {"", "{", "{}", "{\"defaultAction\":\"ALLOW\"}",
		"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"defaultAction\":\"SCMP_ACT_ERRNO\"}",
		"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":{}}",
		"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[],\"action\":\"SCMP_ACT_ERRNO\"}]}",
		"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"a\"],\"action\":\"KILL\"}]}",
		"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"a\"],\"action\":\"SCMP_ACT_ERRNO\",\"errno\":\"EWHAT\"}]}"};
	struct err err = ERR_INIT;

	TAP_OK(!from(docker_doc, NULL, &plain, &err), "docker's format: %s", err.msg);
	TAP_OK(!from(docker_doc, "CAP_SYS_ADMIN", &admin, &err), "with a capability: %s", err.msg);
	TAP_OK(ask(&plain, SYS_read, 0, 0) == SECCOMP_RET_ALLOW, "names");
	TAP_OK(ask(&plain, SYS_write, 0, 0) == SECCOMP_RET_ALLOW, "name");
	TAP_OK(ask(&plain, SYS_mount, 0, 0) == (SECCOMP_RET_ERRNO | EPERM), "excluded capability");
	TAP_OK(ask(&admin, SYS_mount, 0, 0) == SECCOMP_RET_ALLOW, "included capability");
	TAP_OK(ask(&plain, SYS_close, 0, 0) == (SECCOMP_RET_ERRNO | ENOSYS), "another architecture's rule");
	TAP_OK(ask(&plain, SYS_getpid, 0, 0) == SECCOMP_RET_ALLOW, "minKernel of the past");
	TAP_OK(ask(&plain, SYS_getppid, 0, 0) == (SECCOMP_RET_ERRNO | ENOSYS), "minKernel of the future");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct rt_bpf b = RT_BPF_INIT;

		err = (struct err)ERR_INIT;
		TAP_OK(from(bad[i], NULL, &b, &err) < 0 && *err.msg, "refused: %s: %s", bad[i], err.msg);
	}
}

/* The file that Debian's podman installs, where it is. */
static void test_installed_document(void)
{
	auto_cleanup(rt_bpf_done) struct rt_bpf b = RT_BPF_INIT;
	auto_sbuf struct sbuf text = SBUF_INIT;
	struct err err = ERR_INIT;

	if (fs_read_file(AT_FDCWD, "/usr/share/containers/seccomp.json", 1 << 20, &text) < 0)
		return;
	TAP_OK(!from(text.buf, "CAP_SYS_CHROOT", &b, &err) && ask(&b, SYS_read, 0, 0) == SECCOMP_RET_ALLOW &&
		ask(&b, SYS_kexec_load, 0, 0) == (SECCOMP_RET_ERRNO | EPERM) &&
		ask(&b, SYS_unshare, 0, 0) == SECCOMP_RET_ALLOW &&
		ask(&b, 425, 0, 0) == (SECCOMP_RET_ERRNO | ENOSYS), "podman's own profile: %s", err.msg);
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "--compile-seccomp")) {
		struct err err = ERR_INIT;

		if (rt_seccomp_compile_stdio(0, 1, &err) < 0) {
			fprintf(stderr, "%s\n", err.msg);
			return 1;
		}
		return 0;
	}
	test_actions();
	test_operators();
	test_rules();
	test_refused();
	test_cache();
	test_notify();
	test_installed();
	test_documents();
	test_installed_document();
	return tap_done();
}
