/* links: libcommon.a -ljson-c */
#include "tests/unit/tap.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/account.h"
#include "common/digest.h"
#include "common/err.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/id.h"
#include "common/jmap.h"
#include "common/lock.h"
#include "common/proc.h"
#include "common/subid.h"
#include "common/svec.h"
#include "common/units.h"

static void test_err(void)
{
	struct err e = ERR_INIT;
	char path[3000] = "";

	errno = ENOENT;
	TAP_OK(err_sys(&e, "open %s", "x\ny") == -1, "err_sys returns -1");
	TAP_STR(e.msg, "open x y: No such file or directory", "control characters become spaces");
	err_wrap(&e, "run web");
	TAP_STR(e.msg, "run web: open x y: No such file or directory", "wrap prepends");
	TAP_OK(e.kind == EK_NOT_FOUND && e.sys == ENOENT, "kind and errno stay");
	err_advise(&e, "try %d", 1);
	TAP_STR(e.msg, "run web: open x y: No such file or directory; try 1", "advice appends");
	TAP_STR(e.msg + e.cause, "No such file or directory; try 1", "the cause is the system's");
	TAP_STR(e.msg + e.fix, "try 1", "the advice has a place of its own");
	TAP_OK(err_exit_status(&e) == 125, "tool errors are 125");
	err_set(&e, EK_USAGE, "%s is %d; use %s", "a; b", 7, "c; d");
	TAP_STR(e.msg + e.fix, "use c; d", "advice begins at the format's mark, not at one in a name");
	err_wrap(&e, "run %s", "x; y");
	TAP_STR(e.msg + e.cause, "a; b is 7; use c; d", "the innermost message is the cause");
	TAP_STR(e.msg + e.fix, "use c; d", "wrapping moves the advice");
	for (int i = 0; i < 40; i++)
		err_wrap(&e, "a long way down the stack");
	TAP_STR(e.msg + e.cause, "a; b is 7; use c; d", "however often it is wrapped: the cause stays");
	TAP_STR(e.msg + e.fix, "use c; d", "and the advice");
	memset(path, 'x', sizeof(path) - 1);
	memcpy(path, "/begin", 6);
	memcpy(path + sizeof(path) - 5, "/end", 5);
	errno = ENOENT;
	err_sys(&e, "open %s", path);
	TAP_OK(!strncmp(e.msg, "open /beginxx", 13) && ends_with(e.msg, "xx/end: No such file or directory"), "a long path loses its middle");
	err_wrap(&e, "run web");
	TAP_OK(!strncmp(e.msg, "run web: open /beginxx", 22) && ends_with(e.msg, "xx/end: No such file or directory") &&
		strlen(e.msg) == sizeof(e.msg) - 1, "when it is wrapped, too");
	TAP_OK(strstr(e.msg, "x...x") && strstr(e.msg, "...") == strstr(e.msg, "x...x") + 1 &&
		!strstr(strstr(e.msg, "x...x") + 4, "..."), "once");
	struct err foreign = {.kind = (enum err_kind)99, .cause = 999, .fix = 999}, taken;

	memset(foreign.msg, 'x', sizeof(foreign.msg));
	TAP_OK(err_take(&taken, &foreign) == -1 && taken.kind == EK_SYSTEM && !taken.cause && !taken.fix &&
		strlen(taken.msg) == sizeof(taken.msg) - 1, "an error of another process is made well formed");
}

static void test_sbuf(void)
{
	auto_sbuf struct sbuf b = SBUF_INIT;
	static const char evil[] = "a\x1b[31m\xc2\x9b\xe2\x80\xaez\xff\xc3\xa9";
	char blank[sizeof(evil)];

	sbuf_addsafe(&b, evil, sizeof(evil) - 1);
	TAP_STR(b.buf, "a\\x1b[31m\\u{9b}\\u{202e}z\\xff\xc3\xa9", "M11: foreign text is escaped");
	memcpy(blank, evil, sizeof(evil));
	sbuf_blank_unsafe(blank);
	TAP_STR(blank, "a [31m     z \xc3\xa9", "M11: or blanked where there is no memory for that");
	sbuf_reset(&b);
	sbuf_addf(&b, "%s-%d", "x", 7);
	TAP_STR(b.buf, "x-7", "addf");
}

static void test_units(void)
{
	char s[64];
	uint64_t u = 0;
	int64_t d = 0;

	TAP_OK(units_parse_size("10m", &u) && u == 10 << 20, "10m");
	TAP_OK(units_parse_size("1.5GiB", &u) && u == 3ull << 29, "1.5GiB");
	TAP_OK(units_parse_size("18446744073709551615", &u) && u == UINT64_MAX, "2^64-1");
	TAP_OK(!units_parse_size("-1", &u) && !units_parse_size("1q", &u) && !units_parse_size("", &u) &&
		!units_parse_size("0x10", &u), "bad sizes");
	TAP_OK(units_parse_duration("1h2m3.5s", &d) && d == 3723500000000, "Go duration");
	TAP_OK(units_parse_duration("30", &d) && d == 30000000000, "seconds");
	TAP_OK(!units_parse_duration("3x", &d) && !units_parse_duration("", &d), "bad durations");
	TAP_OK(!units_parse_duration("0x10s", &d) && !units_parse_duration("1e3s", &d) && !units_parse_duration("1.2.3s", &d) &&
		!units_parse_duration(".", &d), "no hexadecimal, no exponents");
	units_print_size(1234567, s, sizeof(s));
	TAP_STR(s, "1.23 MB", "size");
	units_print_age(7300, s, sizeof(s));
	TAP_STR(s, "2 hours", "age");
	units_print_duration(90000000000, s, sizeof(s));
	TAP_STR(s, "1m30s", "duration");
	TAP_OK(units_parse_time("2026-01-02T03:04:05.5Z", 0, &d) && d == 1767323045500000000, "RFC 3339");
	TAP_OK(units_parse_time("0001-01-01T00:00:00Z", 0, &d) && d < 0 && d > INT64_MIN / 2 - 2, "the year 1: long ago");
	TAP_OK(units_parse_time("9999-12-31T23:59:59.9Z", 0, &d) && d == INT64_MAX, "the year 9999: as late as can be");
	TAP_OK(units_parse_time("99999999999999999999.9", 0, &d) && d == INT64_MAX, "seconds without end");
	TAP_OK(!units_parse_time("-9000000000s", INT64_MAX / 2, &d), "a time after the last");
	TAP_OK(units_parse_time("10m", 700000000000, &d) && d == 100000000000, "relative");
	units_print_time_go(1767323045500000000, s);
	TAP_OK(strstr(s, ":05.5 ") && units_parse_time(s, 0, &d) && d == 1767323045500000000, "Go's own form and back: %s", s);
	units_print_time_go(1767323045000000000, s);
	TAP_OK(strstr(s, ":05 "), "whole seconds: %s", s);
	TAP_OK(units_parse_time("2026-01-02 04:04:05.5 +0100 CET m=+0.1", 0, &d) && d == 1767323045500000000, "Go's own form");
	TAP_OK(!units_parse_time("2026-01-02 03:04:05 +0000 UTC x", 0, &d) && !units_parse_time("2026-01-02T03:04:05Zx", 0, &d), "text behind a zone");
	TAP_OK(!units_parse_u64("+1", &u) && !units_parse_u64("1 ", &u) &&
		!units_parse_u64("18446744073709551616", &u), "strict numbers");
}

static void test_json(void)
{
	struct err e = ERR_INIT;
	struct jval *v;
	auto_sbuf struct sbuf b = SBUF_INIT;
	static const char *const bad[] = {"", "{", "{}x", "{\"a\":1,}", "'a'", "\"\\u0000\"", "[1 2]", "nul",
		"{\"a\":\"\xff\"}"};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		v = jval_parse(bad[i], strlen(bad[i]), 0, &e);
		TAP_OK(!v, "refused: %s", bad[i]);
		jval_free(v);
	}
	static const char twins[] = "{\"a\":{\"a\":1},\"b\":[{\"a\":1},{\"a\":2}]}";

	v = jval_parse(twins, strlen(twins), JVAL_UNIQUE_KEYS, &e);
	TAP_OK(v, "the same key in different objects is fine");
	TAP_OK(jval_int(jval_path(v, "a.a"), 0) == 1, "path");
	jval_free(v);
	v = jval_parse("{\"a\":1,\"\\u0061\":2}", 18, JVAL_UNIQUE_KEYS, &e);
	TAP_OK(!v, "duplicate key, also when escaped");
	auto_free char *many = xmalloc(2 * JVAL_MAX_VALUES + 16);
	memset(many, '0', 2 * JVAL_MAX_VALUES + 16);
	for (size_t i = 2; i < 2 * JVAL_MAX_VALUES + 2; i += 2)
		many[i] = ',';
	many[0] = '[';
	many[2 * JVAL_MAX_VALUES + 4] = ']';
	v = jval_parse(many, 2 * JVAL_MAX_VALUES + 5, JVAL_UNIQUE_KEYS, &e);
	TAP_OK(!v && strstr(e.msg, "more than 131072 values"), "a stranger's document of too many values: %s", e.msg);
	v = jval_parse("{\"u\":18446744073709551615,\"s\":\"a/b\\\"\"}", 38, 0, &e);
	TAP_OK(jval_uint(jval_get(v, "u"), 0) == UINT64_MAX, "2^64-1 survives");
	jval_print(v, false, &b);
	TAP_STR(b.buf, "{\"u\":18446744073709551615,\"s\":\"a/b\\\"\"}", "printed as read, slashes plain");
	jval_free(v);
}

struct point {
	char *name;
	int64_t x;
	struct svec tags, env;
};

static const struct jmap point_map[] = {
	JMAP_STR("name", struct point, name, JMAP_NEED),
	JMAP_INT("x", struct point, x, 0),
	JMAP_STRS("tags", struct point, tags, 0),
	JMAP_DICT("env", struct point, env, 0),
	JMAP_END,
};

static void test_jmap(void)
{
	static const char text[] = "{\"name\":\"n\",\"x\":3,\"tags\":[\"a\"],\"env\":{\"K\":\"v=w\"},\"other\":1}";
	struct err e = ERR_INIT;
	struct point p = {0};
	struct jval *v = jval_parse(text, strlen(text), 0, &e), *out;
	auto_sbuf struct sbuf b = SBUF_INIT;

	TAP_OK(jmap_parse(point_map, v, &p, &e) == 0, "parse");
	TAP_STR(svec_env_get(&p.env, "K"), "v=w", "dict");
	out = jmap_emit(point_map, &p);
	jval_print(out, false, &b);
	TAP_STR(b.buf, "{\"name\":\"n\",\"x\":3,\"tags\":[\"a\"],\"env\":{\"K\":\"v=w\"}}", "emit");
	jval_free(out);
	jval_free(v);
	jmap_done(point_map, &p);
	v = jval_parse("{\"name\":1}", 10, 0, &e);
	TAP_OK(jmap_parse(point_map, v, &p, &e) == -1, "wrong type refused");
	TAP_STR(e.msg, "name: expected a string", "with its path");
	jval_free(v);
	jmap_done(point_map, &p);
}

/* "deep", and so many directories below it. */
static int mkdir_deep(int dirfd, int levels)
{
	auto_fd int fd = mkdirat(dirfd, "deep", 0700) < 0 ? -1 : fd_open_dir(dirfd, "deep");

	for (int i = 0; i < levels && fd >= 0; i++) {
		int next = mkdirat(fd, "d", 0700) < 0 ? -1 : fd_open_dir(fd, "d");

		fd_close(fd);
		fd = next;
	}
	return fd < 0 ? -1 : 0;
}

static void test_files(void)
{
	char dir[] = "/tmp/podlite-unit-XXXXXX";
	uint64_t bytes = 0, inodes = 0;
	auto_fd int fd = -1, l1 = -1, l2 = -1;
	auto_sbuf struct sbuf b = SBUF_INIT;

	TAP_OK(mkdtemp(dir), "temporary directory");
	fd = fd_open_dir(AT_FDCWD, dir);
	TAP_OK(fs_write_file(fd, "f", "abc", 3, 0600, FS_EXCLUSIVE) == 0, "write");
	TAP_OK(fs_write_file(fd, "f", "x", 1, 0600, FS_EXCLUSIVE) == -EEXIST, "exclusive");
	TAP_OK(fs_read_file(fd, "f", 2, &b) == -EFBIG, "size limit");
	sbuf_reset(&b);
	TAP_OK(fs_read_file(fd, "f", 3, &b) == 0 && !strcmp(b.buf, "abc"), "read back");
	TAP_OK(mkfifoat(fd, "fifo", 0600) == 0 && fs_read_file(fd, "fifo", 9, &b) == -EINVAL,
		"a FIFO is refused at once");
	TAP_OK(fs_mkdir_p(fd, "a/b/c") == 0 && mkdirat(fd, "a/b/none", 0) == 0, "mkdir -p");
	TAP_OK(fs_write_file(fd, "a/b/c/g", "x", 1, 0600, 0) == 0 && fs_exists(fd, "a/b/c/g") &&
		unlinkat(fd, "a/b/c/g", 0) == 0, "write below a directory, wherever we are");
	TAP_OK(symlinkat("/etc", fd, "a/link") == 0, "link");
	TAP_OK(fs_tree_usage(fd, "a", &bytes, &inodes) == 0 && inodes == 5, "usage counts %d inodes", (int)inodes);
	TAP_OK(mkdir_deep(fd, 2500) == 0 && fs_tree_usage(fd, "deep", &bytes, &inodes) == 0 && inodes == 2501,
		"usage of a tree of more levels than descriptors counts %d", (int)inodes);
	TAP_OK(fs_remove_tree(fd, "a") == 0 && !fs_exists(fd, "a") && !access("/etc/passwd", F_OK),
		"remove tree follows no link");
	l1 = lock_open(fd, "lock", LOCK_EXCLUSIVE_, false);
	l2 = lock_open(fd, "lock", LOCK_EXCLUSIVE_, false);
	TAP_OK(l1 >= 0 && l2 == -EAGAIN, "second lock is refused");
	TAP_OK(lock_is_held(l1) == 0, "own lock does not count as held");
	TAP_OK(fs_remove_tree(AT_FDCWD, dir) == 0, "clean up");
}

/* A policy or a configuration of the user's is the user's also where nothing says HOME, as systemd and cron do. */
static void test_account_dir(void)
{
	auto_free char *home = getenv("HOME") ? xstrdup(getenv("HOME")) : NULL, *want = NULL, *got = NULL;
	struct account me = {NULL, NULL};

	setenv("HOME", "/h", 1);
	setenv("XDG_TEST_DIR", "/x", 1);
	got = account_dir("XDG_TEST_DIR", ".b", "r");
	TAP_STR(got, "/x/r", "account_dir: the variable");
	free(got);
	setenv("XDG_TEST_DIR", "relative", 1);
	got = account_dir("XDG_TEST_DIR", ".b", "r");
	TAP_STR(got, "/h/.b/r", "account_dir: a relative path is ignored");
	free(got);
	setenv("HOME", "relative", 1);
	got = account_dir("XDG_TEST_DIR", ".b", "r");
	want = account_find(getuid(), &me) ? xasprintf("%s/.b/r", me.home) : NULL;
	TAP_OK(want ? got && !strcmp(got, want) : !got, "account_dir: without HOME that of /etc/passwd");
	account_done(&me);
	if (home)
		setenv("HOME", home, 1);
	else
		unsetenv("HOME");
}

/* Zeros of many lengths at many places, in parts as they come: the content is the same whatever became a hole. */
static void test_sparse(void)
{
	enum { SIZE = 1 << 20, PART = 100000 };
	auto_free char *want = xmalloc(SIZE), *got = xmalloc(SIZE);
	auto_fd int fd = fd_tmpfile(AT_FDCWD, 0600), zeros = fd_tmpfile(AT_FDCWD, 0600);
	ssize_t written = 0, n = 0;
	struct stat st;

	for (int i = 0; i < SIZE; i++)
		want[i] = (char)(i % 251 + 1);
	for (int at = 100, len = 1; at + len < SIZE; at += len + 777, len = len * 3 + 1)
		memset(want + at, 0, (size_t)len);
	for (off_t off = 0; off < SIZE && n >= 0; off += PART) {
		n = fd_write_sparse(fd, want + off, (size_t)MIN_OF(PART, SIZE - off), off);
		written += n;
	}
	TAP_OK(n >= 0 && !ftruncate(fd, SIZE) && pread(fd, got, SIZE, 0) == SIZE && !memcmp(want, got, SIZE), "sparse: the content");
	TAP_OK(written > 0 && written < SIZE - (200 << 10), "sparse: %zd bytes of %d written", written, SIZE);
	memset(want, 0, SIZE);
	TAP_OK(fd_write_sparse(zeros, want, SIZE, 0) == 0 && !ftruncate(zeros, SIZE) && !fstat(zeros, &st) && st.st_size == SIZE,
		"sparse: zeros are not written");
	want[SIZE - 1] = 1;
	TAP_OK(fd_write_sparse(zeros, want, SIZE, 0) == 4096 && pread(zeros, got, SIZE, 0) == SIZE && !memcmp(want, got, SIZE),
		"sparse: but the byte after them");
	TAP_OK(fd_write_sparse(zeros, want, 0, 0) == 0, "sparse: nothing");
	TAP_OK(fd_write_sparse(-1, want, SIZE, 0) == -EBADF, "sparse: an error");
}

#define HEX16(c) c c c c c c c c c c c c c c c c
#define HEX64(c) HEX16(c) HEX16(c) HEX16(c) HEX16(c)

static void test_misc(void)
{
	struct subid_list l = {NULL, 0};
	struct account me = {NULL, NULL};
	struct digest d, other;
	struct err e = ERR_INIT;
	char id[65];
	auto_free char *clean = fs_clean("//a/./b/../c/");

	TAP_STR(clean, "/a/c", "clean path");
	subid_parse("bob:100000:65536\n1000:1:2:3\n1000:200000:10\nbobx:5:5\nbob:4294967295:1\nbob::\n", "bob", 1000, &l);
	TAP_OK(l.n == 2 && l.v[1].start == 200000, "subid: name and number, bad lines skipped");
	subid_done(&l);
	TAP_OK(account_parse("# x\nroot:x:0:0:r:/root:/bin/sh\n:x:7::::\nbob:x:7:7:B:/home/bob:/bin/sh", 7, &me) &&
		!strcmp(me.name, "bob") && !strcmp(me.home, "/home/bob"), "account: the entry with a name");
	account_done(&me);
	TAP_OK(!account_parse("bob:x:70:7\nx:y:", 7, &me) && !account_parse("", 0, &me), "account: none");
	TAP_OK(account_parse("bob:x:7", 7, &me) && !me.home, "account: a short line has no home");
	account_done(&me);
	test_account_dir();
	TAP_OK(!digest_parse("sha256:../../x", &d) && !digest_parse("sha1:aa", &d), "V47: digest text");
	TAP_OK(digest_parse("sha256:" HEX64("1"), &d) && digest_parse("sha256:" HEX64("2"), &other) && !digest_expect(&d, &d, &e) &&
		digest_expect(&d, &other, &e) < 0 && e.kind == EK_INVALID && strstr(e.msg, "expected sha256:1") && strstr(e.msg, "found sha256:2"),
		"digest_expect names both: %s", e.msg);
	id_random(id);
	TAP_OK(id_is_full(id) && !id_is_full("abc") && id_is_prefix("abc") && !id_is_prefix("ABC"), "ids");
	TAP_OK(proc_parse_signal("term") == SIGTERM && proc_parse_signal("SIGRTMIN+3") == 37 &&
		proc_parse_signal("9") == 9 && proc_parse_signal("65") == -1 && proc_parse_signal("x") == -1,
		"signals");
	TAP_OK(proc_start_time(getpid()) > 0 && proc_start_time(999999999) == 0, "start time");
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

/* In a child: TAP's own descriptors stay as they are. */
static void test_csv(void)
{
	auto_svec struct svec l = SVEC_INIT, back = SVEC_INIT, none = SVEC_INIT;
	auto_free char *text = NULL, *again = NULL;

	TAP_OK(svec_add_csv(&l, "a=1,\"b,\"\"c\"\"\",,d e,f\"g") && l.n == 5, "fields between commas");
	TAP_STR(l.v[1], "b,\"c\"", "a quoted one");
	text = svec_join_csv(&l);
	TAP_STR(text, "a=1,\"b,\"\"c\"\"\",,d e,\"f\"\"g\"", "quotes where they are needed");
	TAP_OK(svec_add_csv(&back, text) && back.n == 5, "which read back");
	again = svec_join_csv(&back);
	TAP_STR(again, text, "as the same");
	TAP_OK(!svec_add_csv(&none, "a,\"b"), "a quote without its end");
}

static void test_close(void)
{
	const int keep[] = {900, 12};
	pid_t pid = fork();

	if (!pid) {
		int from[] = {10, 11, 12, 13, 900, 901};
		bool ok = true;

		for (size_t i = 0; i < ARRAY_SIZE(from); i++)
			ok &= fcntl(0, F_DUPFD, from[i]) >= 0;
		fd_close_but(keep, ARRAY_SIZE(keep));
		ok &= is_open(0) && is_open(2) && is_open(12) && is_open(900);
		ok &= !is_open(10) && !is_open(11) && !is_open(13) && !is_open(901);
		fd_close_from(13);
		ok &= is_open(12) && !is_open(900);
		fd_close_but(NULL, 0);
		_exit(ok && is_open(2) && !is_open(12) ? 0 : 1);
	}
	TAP_OK(proc_wait(pid) == 0, "descriptors are closed but for those that are kept");
}

int main(void)
{
	setenv("TZ", "UTC", 1);
	test_err();
	test_sbuf();
	test_units();
	test_json();
	test_jmap();
	test_files();
	test_sparse();
	test_misc();
	test_csv();
	test_close();
	return tap_done();
}
