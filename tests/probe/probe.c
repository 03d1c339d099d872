/* probe: looks around inside a container and prints what it sees, one "key value" a line. Linked
 * statically and put into the test images as /usr/bin/probe. To add a view: a function and a row in
 * the table at the end. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

/* prints those lines of FILE that start with one of the given words */
static int lines_of(const char *file, const char *const *words)
{
	char line[4096];
	FILE *f = fopen(file, "re");

	if (!f) {
		fprintf(stderr, "probe: %s: %m\n", file);
		return 1;
	}
	while (fgets(line, sizeof(line), f)) {
		if (!words) {
			fputs(line, stdout);
			continue;
		}
		for (const char *const *w = words; *w; w++)
			if (!strncmp(line, *w, strlen(*w)))
				fputs(line, stdout);
	}
	fclose(f);
	return 0;
}

static int do_caps(int argc, char **argv)
{
	static const char *const words[] = {"Cap", "NoNewPrivs", NULL};

	(void)argc, (void)argv;
	return lines_of("/proc/self/status", words);
}

static int do_seccomp(int argc, char **argv)
{
	static const char *const words[] = {"Seccomp", "NoNewPrivs", NULL};

	(void)argc, (void)argv;
	return lines_of("/proc/self/status", words);
}

static int do_ids(int argc, char **argv)
{
	uid_t r, e, s;
	gid_t groups[256];
	int n;

	(void)argc, (void)argv;
	getresuid(&r, &e, &s);
	printf("uid %u %u %u\n", r, e, s);
	getresgid(&r, &e, &s);
	printf("gid %u %u %u\n", r, e, s);
	printf("groups");
	n = getgroups(256, groups);
	for (int i = 0; i < n; i++)
		printf(" %u", groups[i]);
	printf("\numask %04o\n", umask(0));
	printf("pid %d\nppid %d\nsid %d\npgid %d\n", getpid(), getppid(), getsid(0), getpgrp());
	return 0;
}

static int do_maps(int argc, char **argv)
{
	(void)argc, (void)argv;
	return lines_of("/proc/self/uid_map", NULL) | lines_of("/proc/self/gid_map", NULL);
}

/* open descriptors and what they are; the one used for looking is left out */
static int do_fds(int argc, char **argv)
{
	DIR *d = opendir("/proc/self/fd");
	struct dirent *e;
	char target[PATH_MAX];

	(void)argc, (void)argv;
	if (!d) {
		perror("probe: /proc/self/fd");
		return 1;
	}
	while ((e = readdir(d))) {
		int fd = atoi(e->d_name);
		ssize_t n;

		if (e->d_name[0] == '.' || fd == dirfd(d))
			continue;
		n = readlinkat(dirfd(d), e->d_name, target, sizeof(target) - 1);
		printf("%d %.*s\n", fd, (int)(n < 0 ? 0 : n), target);
	}
	closedir(d);
	return 0;
}

static int do_ns(int argc, char **argv)
{
	static const char *const kinds[] = {"user", "mnt", "pid", "net", "ipc", "uts", "cgroup", "time"};

	(void)argc, (void)argv;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		char path[64], target[64];
		ssize_t n;

		snprintf(path, sizeof(path), "/proc/self/ns/%s", kinds[i]);
		n = readlink(path, target, sizeof(target) - 1);
		if (n > 0)
			printf("%s %.*s\n", kinds[i], (int)n, target);
	}
	return 0;
}

static int do_rlimits(int argc, char **argv)
{
	(void)argc, (void)argv;
	return lines_of("/proc/self/limits", NULL);
}

static int do_mounts(int argc, char **argv)
{
	(void)argc, (void)argv;
	return lines_of("/proc/self/mountinfo", NULL);
}

static int do_env(int argc, char **argv)
{
	(void)argc, (void)argv;
	for (char **e = environ; *e; e++)
		puts(*e);
	return 0;
}

static int do_args(int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		printf("[%s]\n", argv[i]);
	return 0;
}

static int do_signals(int argc, char **argv)
{
	static const char *const words[] = {"Sig", "Shd", NULL};

	(void)argc, (void)argv;
	return lines_of("/proc/self/status", words);
}

static int do_tty(int argc, char **argv)
{
	struct winsize ws = {0};
	char name[PATH_MAX];

	(void)argc, (void)argv;
	for (int fd = 0; fd < 3; fd++)
		printf("%d %s\n", fd, ttyname_r(fd, name, sizeof(name)) ? "none" : name);
	if (!ioctl(0, TIOCGWINSZ, &ws))
		printf("size %u %u\n", ws.ws_row, ws.ws_col);
	printf("controlling %d\n", open("/dev/tty", O_RDWR | O_CLOEXEC) >= 0);
	printf("foreground %d\n", tcgetpgrp(0) == getpgrp());
	return 0;
}

static int do_uts(int argc, char **argv)
{
	struct utsname u;

	(void)argc, (void)argv;
	uname(&u);
	printf("nodename %s\ndomainname %s\nmachine %s\n", u.nodename, u.domainname, u.machine);
	return 0;
}

/* syscall NAME...: which calls the filter allows; the arguments are such that none does anything */
static int do_syscall(int argc, char **argv)
{
	static const struct {
		const char *name;
		long nr;
	} calls[] = {
		{"add_key", SYS_add_key},
		{"bpf", SYS_bpf},
		{"clone3", SYS_clone3},
		{"init_module", SYS_init_module},
		{"io_uring_setup", SYS_io_uring_setup},
		{"kexec_load", SYS_kexec_load},
		{"keyctl", SYS_keyctl},
		{"mount", SYS_mount},
		{"open_by_handle_at", SYS_open_by_handle_at},
		{"perf_event_open", SYS_perf_event_open},
		{"personality", SYS_personality},
		{"pivot_root", SYS_pivot_root},
		{"ptrace", SYS_ptrace},
		{"reboot", SYS_reboot},
		{"setns", SYS_setns},
		{"swapon", SYS_swapon},
		{"umount2", SYS_umount2},
		{"unshare", SYS_unshare},
		{"userfaultfd", SYS_userfaultfd},
	};

	for (int a = 0; a < argc; a++) {
		char *end;
		long nr = strtol(argv[a], &end, 10);

		if (*end) {
			nr = -1;
			for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
				if (!strcmp(argv[a], calls[i].name))
					nr = calls[i].nr;
		}
		errno = 0;
		syscall(nr, -1L, -1L, -1L, -1L, -1L, -1L);
		printf("%s %s\n", argv[a], strerrorname_np(errno));
	}
	return 0;
}

/* unshare FLAGS: may this process make new namespaces? */
static int do_unshare(int argc, char **argv)
{
	int flags = 0;

	for (int i = 0; i < argc; i++)
		flags |= !strcmp(argv[i], "user") ? CLONE_NEWUSER
			 : !strcmp(argv[i], "mnt")  ? CLONE_NEWNS
			 : !strcmp(argv[i], "net")  ? CLONE_NEWNET
						    : 0;
	puts(unshare(flags) ? strerrorname_np(errno) : "OK");
	return 0;
}

/* spew BYTES [EXIT]: writes a checkable pattern to standard output and exits at once */
static int do_spew(int argc, char **argv)
{
	static char buf[1 << 16];
	long long left = argc > 0 ? atoll(argv[0]) : 0, line = 0;
	size_t have = 0;

	while (left > 0) {
		ssize_t n;
		size_t part;

		while (have + 32 < sizeof(buf))
			have += (size_t)snprintf(buf + have, 32, "%015lld\n", line++);
		part = (long long)have < left ? have : (size_t)left;
		for (size_t done = 0; done < part; done += (size_t)n)
			if ((n = write(1, buf + done, part - done)) < 0)
				_exit(9);
		left -= (long long)part;
		have = 0;
	}
	_exit(argc > 1 ? atoi(argv[1]) : 0);
}

/* die SIGNAL: ends by the signal, also as process 1, where default actions do not apply */
static int do_die(int argc, char **argv)
{
	pid_t pid = argc > 0 ? getpid() : 0;

	if (!pid)
		return 2;
	signal(atoi(argv[0]), SIG_DFL);
	kill(pid, atoi(argv[0]));
	fprintf(stderr, "probe: survived signal %s\n", argv[0]);
	return 3;
}

/* trap: prints the name of each catchable signal it gets; TERM ends it with status 42 */
static void on_signal(int sig)
{
	char line[64];
	int n = snprintf(line, sizeof(line), "got %s\n", sigabbrev_np(sig));

	if (write(1, line, (size_t)n) < 0 || sig == SIGTERM)
		_exit(42);
}

static int do_trap(int argc, char **argv)
{
	(void)argc, (void)argv;
	for (int i = 1; i < 32; i++)
		if (i != SIGCHLD)
			signal(i, on_signal);
	puts("ready");
	fflush(stdout);
	while (pause() < 0)
		;
	return 0;
}

/* mem MEBIBYTES: touches that much memory */
static int do_mem(int argc, char **argv)
{
	size_t size = (size_t)(argc > 0 ? atoi(argv[0]) : 1) << 20;
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return 1;
	for (size_t i = 0; i < size; i += 4096)
		p[i] = 1;
	puts("touched");
	return 0;
}

/* zombies N: leaves N orphans that exit, then says how many zombies process 1 has left */
static int do_zombies(int argc, char **argv)
{
	int n = argc > 0 ? atoi(argv[0]) : 1, zombies = 0;
	DIR *d;
	struct dirent *e;

	for (int i = 0; i < n; i++) {
		pid_t pid = fork();

		if (!pid) {
			if (!fork())
				_exit(0);
			_exit(0);
		}
		waitpid(pid, NULL, 0);
	}
	usleep(200000);
	d = opendir("/proc");
	while (d && (e = readdir(d))) {
		char path[300], state = 0;
		FILE *f;

		if (e->d_name[0] < '0' || e->d_name[0] > '9')
			continue;
		snprintf(path, sizeof(path), "/proc/%s/stat", e->d_name);
		f = fopen(path, "re");
		if (f && fscanf(f, "%*d (%*[^)]) %c", &state) == 1 && state == 'Z')
			zombies++;
		if (f)
			fclose(f);
	}
	if (d)
		closedir(d);
	printf("zombies %d\n", zombies);
	return 0;
}

/* --- tree DIR: every file below DIR with all that a layer may say about it ------------------------ */

static uint64_t hash_file(const char *path)
{
	static unsigned char buf[1 << 16];
	uint64_t h = 1469598103934665603u;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return 0;
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		for (ssize_t i = 0; i < n; i++)
			h = (h ^ buf[i]) * 1099511628211u;
	close(fd);
	return h;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void print_xattrs(const char *path)
{
	static char names[65536], value[65536];
	char *sorted[256];
	size_t count = 0;
	ssize_t n = llistxattr(path, names, sizeof(names));

	for (char *p = names; n > 0 && p < names + n && count < 256; p += strlen(p) + 1)
		if (strncmp(p, "user.overlay.", 13) && strncmp(p, "trusted.", 8) &&
			strcmp(p, "security.selinux"))
			sorted[count++] = p;
	qsort(sorted, count, sizeof(*sorted), by_name);
	for (size_t i = 0; i < count; i++) {
		ssize_t len = lgetxattr(path, sorted[i], value, sizeof(value));

		printf(" %s=", sorted[i]);
		for (ssize_t k = 0; k < len; k++)
			printf("%02x", (unsigned char)value[k]);
	}
}

/* one name stays one line */
static void print_name(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 32 || *s == '\\')
			printf("\\%03o", (unsigned)*s);
		else
			putchar(*s);
}

static dev_t tree_dev;
static char **tree_paths;
static size_t tree_count;

static int tree_visit(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)flag, (void)ftw;
	if (st->st_dev != tree_dev && S_ISDIR(st->st_mode))
		return 0;
	if (tree_count % 1024 == 0)
		tree_paths = realloc(tree_paths, (tree_count + 1024) * sizeof(*tree_paths));
	tree_paths[tree_count++] = strdup(path);
	return 0;
}

/* Files with several names: the first one that the tree has. The number of links would not do: an
 * overlay also counts names that are hidden. */
static const char *tree_first(const struct stat *st, const char *path)
{
	static struct {
		dev_t dev;
		ino_t ino;
		const char *path;
	} seen[10000];
	static size_t count;

	if (S_ISDIR(st->st_mode) || st->st_nlink < 2 || count == 10000)
		return path;
	for (size_t i = 0; i < count; i++)
		if (seen[i].dev == st->st_dev && seen[i].ino == st->st_ino)
			return seen[i].path;
	seen[count].dev = st->st_dev;
	seen[count].ino = st->st_ino;
	seen[count++].path = path;
	return path;
}

static void tree_print(const char *path, const char *name)
{
	char target[PATH_MAX];
	struct stat st;
	const char *first;
	ssize_t n;

	if (lstat(path, &st)) {
		printf("%s %m\n", name);
		return;
	}
	print_name(*name ? name : "/");
	printf(" %06o %u:%u", st.st_mode, st.st_uid, st.st_gid);
	if (S_ISREG(st.st_mode))
		printf(" size=%lld hash=%016llx", (long long)st.st_size,
			(unsigned long long)hash_file(path));
	if (S_ISLNK(st.st_mode) && (n = readlink(path, target, sizeof(target))) >= 0)
		printf(" -> %.*s", (int)n, target);
	if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode))
		printf(" dev=%u:%u", major(st.st_rdev), minor(st.st_rdev));
	if (!S_ISDIR(st.st_mode))
		printf(" mtime=%lld", (long long)st.st_mtime);
	first = tree_first(&st, path);
	if (first != path) {
		printf(" link=");
		print_name(first + (name - path));
	}
	print_xattrs(path);
	putchar('\n');
}

/* in the order of bytes; mount points below DIR are left out */
static int do_tree(int argc, char **argv)
{
	struct stat st;
	const char *dir = argc > 0 ? argv[0] : "/";

	if (lstat(dir, &st)) {
		perror(dir);
		return 1;
	}
	tree_dev = st.st_dev;
	if (nftw(dir, tree_visit, 64, FTW_PHYS | FTW_MOUNT))
		return 1;
	qsort(tree_paths, tree_count, sizeof(*tree_paths), by_name);
	for (size_t i = 0; i < tree_count; i++)
		tree_print(tree_paths[i], tree_paths[i] + (strcmp(dir, "/") ? strlen(dir) : 0));
	return 0;
}

/* interfaces and routes */
static int do_net(int argc, char **argv)
{
	(void)argc, (void)argv;
	return lines_of("/proc/net/dev", NULL) | lines_of("/proc/net/route", NULL);
}

/* escape: opens the program that started us for writing, as CVE-2019-5736 did */
static int do_escape(int argc, char **argv)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/exe", argc > 0 ? argv[0] : "self");
	fd = open(path, O_WRONLY | O_CLOEXEC);
	puts(fd < 0 ? strerrorname_np(errno) : "WRITABLE");
	return 0;
}

/* --- spy SECONDS: what a hostile process can get at in others of its process namespace ------------- */

static uint64_t own_mounts[4096];
static size_t own_mount_count;
static char spied[512][256];
static size_t spied_count;

/* each finding once */
static void spy_say(const char *format, const char *a, const char *b)
{
	char line[256];

	snprintf(line, sizeof(line), format, a, b);
	for (size_t i = 0; i < spied_count; i++)
		if (!strcmp(spied[i], line))
			return;
	if (spied_count < sizeof(spied) / sizeof(*spied))
		memcpy(spied[spied_count++], line, sizeof(line));
	puts(line);
	fflush(stdout);
}

static void read_own_mounts(void)
{
	char line[4096];
	FILE *f = fopen("/proc/self/mountinfo", "re");

	own_mount_count = 0;
	while (f && fgets(line, sizeof(line), f) && own_mount_count < 4096)
		own_mounts[own_mount_count++] = strtoull(line, NULL, 10);
	if (f)
		fclose(f);
}

/* is it a directory or regular file on a mount that this mount namespace does not have? */
static int on_foreign_mount(int fd)
{
	struct statx sx;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_TYPE | STATX_MNT_ID, &sx) ||
		!(S_ISDIR(sx.stx_mode) || S_ISREG(sx.stx_mode)))
		return 0;
	for (size_t i = 0; i < own_mount_count; i++)
		if (own_mounts[i] == sx.stx_mnt_id)
			return 0;
	return 1;
}

static void comm_of(int proc, char *buf, size_t size)
{
	int fd = openat(proc, "comm", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, size - 1);

	buf[n > 0 ? n : 0] = 0;
	buf[strcspn(buf, "\n")] = 0;
	if (fd >= 0)
		close(fd);
}

static void spy_path(int proc, const char *what, const char *comm)
{
	char after[64], finding[128];
	int fd = openat(proc, what, O_PATH | O_CLOEXEC);

	if (fd < 0)
		return;
	/* the name again: it may have become another program since */
	comm_of(proc, after, sizeof(after));
	snprintf(finding, sizeof(finding), "%.20s of %s", what, comm);
	if (on_foreign_mount(fd) && !strcmp(comm, after))
		spy_say("FOREIGN %s%s", finding, "");
	close(fd);
}

static void spy_exe(int proc, const char *pid)
{
	static const int modes[] = {O_WRONLY, O_RDWR, O_WRONLY | O_APPEND};

	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		int fd = openat(proc, "exe", modes[i] | O_CLOEXEC);

		if (fd >= 0) {
			spy_say("WRITABLE exe of %s%s", pid, "");
			close(fd);
		}
	}
}

/* a process of the tool: by its name, since its links cannot be read */
static int is_ours(const char *comm)
{
	return !strncmp(comm, "podlite", 7) || !strncmp(comm, "memfd", 5) || !strncmp(comm, "exe", 3);
}

static void spy_memory(int proc, pid_t pid, const char *comm)
{
	char byte, after[64], name[16];
	struct iovec here = {&byte, 1}, there = {(void *)4096, 1};
	int fd, pidfd;

	fd = openat(proc, "mem", O_RDWR | O_CLOEXEC);
	if (fd >= 0) {
		comm_of(proc, after, sizeof(after));
		spy_say(is_ours(comm) && is_ours(after) ? "REACHED mem of %s%s" : "mem of %s%s", after, "");
		close(fd);
	}
	errno = 0;
	if (process_vm_readv(pid, &here, 1, &there, 1, 0) > 0 || errno == EFAULT) {
		comm_of(proc, after, sizeof(after));
		spy_say(is_ours(comm) && is_ours(after) ? "REACHED by process_vm_readv %s%s"
							: "process_vm_readv %s%s", after, "");
	}
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	for (int n = 0; pidfd >= 0 && n < 32; n++) {
		fd = (int)syscall(SYS_pidfd_getfd, pidfd, n, 0);
		if (fd < 0)
			continue;
		snprintf(name, sizeof(name), "%d", n);
		if (on_foreign_mount(fd))
			spy_say("FOREIGN descriptor %s of %s", name, comm);
		close(fd);
	}
	if (pidfd >= 0)
		close(pidfd);
	if (is_ours(comm) && !ptrace(PTRACE_SEIZE, pid, NULL, NULL)) {
		comm_of(proc, after, sizeof(after));
		if (is_ours(after))
			spy_say("REACHED by ptrace %s%s", after, "");
		ptrace(PTRACE_INTERRUPT, pid, NULL, NULL);
		waitpid(pid, NULL, __WALL);
		ptrace(PTRACE_DETACH, pid, NULL, NULL);
	}
}

static void spy_fds(int proc, const char *comm)
{
	int dir = openat(proc, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = dir < 0 ? NULL : fdopendir(dir);
	struct dirent *e;
	char path[300];

	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.') {
			snprintf(path, sizeof(path), "fd/%s", e->d_name);
			spy_path(proc, path, comm);
		}
	if (d)
		closedir(d);
	else if (dir >= 0)
		close(dir);
}

static void spy_on(const char *pid)
{
	char path[300], comm[64];
	int proc;

	snprintf(path, sizeof(path), "/proc/%s", pid);
	proc = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (proc < 0)
		return;
	comm_of(proc, comm, sizeof(comm));
	spy_say(is_ours(comm) ? "joiner %s%s" : "saw %s%s", comm, "");
	spy_exe(proc, pid);
	spy_path(proc, "exe", comm);
	spy_path(proc, "cwd", comm);
	spy_path(proc, "root", comm);
	spy_fds(proc, comm);
	spy_memory(proc, atoi(pid), comm);
	close(proc);
}

static int do_spy(int argc, char **argv)
{
	time_t end = time(NULL) + (argc > 0 ? atoi(argv[0]) : 1);
	char self[32];
	long rounds = 0;

	snprintf(self, sizeof(self), "%d", getpid());
	read_own_mounts();
	puts("spying");
	fflush(stdout);
	for (; time(NULL) < end; rounds++) {
		DIR *d = opendir("/proc");
		struct dirent *e;

		while (d && (e = readdir(d)))
			if (e->d_name[0] >= '1' && e->d_name[0] <= '9' && strcmp(e->d_name, self))
				spy_on(e->d_name);
		if (d)
			closedir(d);
	}
	puts("spied");
	return rounds ? 0 : 1;
}

/* swap A B SECONDS: exchanges two names as fast as it can */
static int do_swap(int argc, char **argv)
{
	time_t end = time(NULL) + (argc > 2 ? atoi(argv[2]) : 1);
	long n = 0;

	if (argc < 2)
		return 2;
	while (time(NULL) < end)
		for (int i = 0; i < 256; i++, n++)
			if (renameat2(AT_FDCWD, argv[0], AT_FDCWD, argv[1], RENAME_EXCHANGE)) {
				perror("probe: exchange");
				return 1;
			}
	printf("swapped %ld\n", n);
	return 0;
}

/* inject: the ways to type into a terminal; fd 0, then the controlling one */
static int do_inject(int argc, char **argv)
{
	int fds[] = {0, open("/dev/tty", O_RDWR | O_CLOEXEC)};
	char c = 'X', linux_paste = 3;

	(void)argc, (void)argv;
	printf("controlling %s\n", fds[1] < 0 ? "none" : "yes");
	for (int i = 0; i < 2; i++) {
		errno = 0;
		syscall(SYS_ioctl, fds[i], (long)TIOCSTI, &c);
		printf("TIOCSTI %s\n", strerrorname_np(errno));
		errno = 0;
		syscall(SYS_ioctl, fds[i], (long)TIOCSTI | 1L << 32, &c);
		printf("TIOCSTI+ %s\n", strerrorname_np(errno));
		errno = 0;
		syscall(SYS_ioctl, fds[i], (long)TIOCLINUX, &linux_paste);
		printf("TIOCLINUX %s\n", strerrorname_np(errno));
	}
	return 0;
}

/* open FILE...: whether each can be read and written */
static int do_open(int argc, char **argv)
{
	for (int i = 0; i < argc; i++) {
		int r = open(argv[i], O_RDONLY | O_CLOEXEC | O_NONBLOCK), re = r < 0 ? errno : 0;
		int w = open(argv[i], O_WRONLY | O_CLOEXEC | O_NONBLOCK), we = w < 0 ? errno : 0;

		printf("%s %s %s\n", argv[i], re ? strerrorname_np(re) : "READ",
			we ? strerrorname_np(we) : "WRITE");
	}
	return 0;
}

/* setgroups: whether the supplementary groups can be dropped */
static int do_setgroups(int argc, char **argv)
{
	(void)argc, (void)argv;
	puts(setgroups(0, NULL) ? strerrorname_np(errno) : "OK");
	return 0;
}

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} views[] = {
	{"args", do_args},
	{"caps", do_caps},
	{"die", do_die},
	{"env", do_env},
	{"escape", do_escape},
	{"fds", do_fds},
	{"ids", do_ids},
	{"inject", do_inject},
	{"maps", do_maps},
	{"mem", do_mem},
	{"mounts", do_mounts},
	{"net", do_net},
	{"ns", do_ns},
	{"open", do_open},
	{"rlimits", do_rlimits},
	{"seccomp", do_seccomp},
	{"setgroups", do_setgroups},
	{"signals", do_signals},
	{"spew", do_spew},
	{"spy", do_spy},
	{"swap", do_swap},
	{"syscall", do_syscall},
	{"trap", do_trap},
	{"tree", do_tree},
	{"tty", do_tty},
	{"unshare", do_unshare},
	{"uts", do_uts},
	{"zombies", do_zombies},
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(views) / sizeof(*views); i++)
		if (!strcmp(argv[1], views[i].name)) {
			int status = views[i].run(argc - 2, argv + 2);

			return fflush(stdout) || ferror(stdout) ? 1 : status;
		}
	fputs("usage: probe VIEW [ARGUMENT...]\n", stderr);
	return 2;
}
