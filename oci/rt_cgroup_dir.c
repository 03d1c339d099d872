/* rt_cgroup_dir.c - groups as directories: the hierarchy, the caller's own group, files in one. */
#include "oci/rt_cgroup.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/log.h"

const char *rt_cgroup_mount(void)
{
	static const char *const places[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"};
	struct statfs fs;

	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		if (!statfs(places[i], &fs) && fs.f_type == CGROUP2_SUPER_MAGIC)
			return places[i];
	return NULL;
}

/* The "0::" line. */
char *rt_cgroup_of(pid_t pid)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	auto_free char *path = pid ? xasprintf("/proc/%d/cgroup", (int)pid) : xstrdup("/proc/self/cgroup");
	auto_fd int fd = fd_open(AT_FDCWD, path, O_RDONLY, 0);
	const char *p;

	if (fd < 0 || fd_read_all(fd, 65536, &text) < 0)
		return NULL;
	for (p = text.buf; *p; p = strchrnul(p, '\n'), p += *p == '\n')
		if (!strncmp(p, "0::/", 4))
			return xstrndup(p + 3, strcspn(p + 3, "\n"));
	return NULL;
}

int rt_cgroup_open(const char *group, struct err *err)
{
	const char *mount = rt_cgroup_mount();
	auto_free char *path = xasprintf("%s%s", mount ? mount : "", group);
	int fd = mount ? fd_open(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0) : -ENOENT;

	return fd < 0 ? err_neg(err, fd, "open the cgroup %s", group) : fd;
}

int rt_cgroup_write(int dir, const char *name, const char *text)
{
	auto_fd int fd = fd_open(dir, name, O_WRONLY | O_NOFOLLOW, 0);

	return fd < 0 ? fd : fd_write_all(fd, text, strlen(text));
}

/* mkdir -p below an open group; the descriptor of the last, or -errno. */
int rt_cgroup_make(int base, const char *name)
{
	auto_svec struct svec parts = SVEC_INIT;
	auto_fd int dir = fd_dup(base);

	svec_add_split(&parts, name + 1, '/');
	for (size_t i = 0; i < parts.n && dir >= 0; i++) {
		int next;

		if (mkdirat(dir, parts.v[i], 0755) < 0 && errno != EEXIST)
			return -errno;
		next = fd_open(dir, parts.v[i], O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
		fd_close(dir);
		dir = next;
	}
	return take_fd(dir);
}

bool rt_cgroup_has(int dir, const char *file, const char *word)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	auto_svec struct svec words = SVEC_INIT;
	auto_fd int fd = fd_open(dir, file, O_RDONLY | O_NOFOLLOW, 0);

	if (fd < 0 || fd_read_all(fd, 4096, &text) < 0)
		return false;
	while (text.len && text.buf[text.len - 1] == '\n')
		sbuf_setlen(&text, text.len - 1);
	svec_add_split(&words, text.buf, ' ');
	return svec_has(&words, word);
}

/* ---- processes ---- */

/* Those of the group alone. */
static int each_here(int dir, void (*found)(void *arg, pid_t pid), void *arg)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	auto_fd int fd = fd_open(dir, "cgroup.procs", O_RDONLY, 0);
	char *p, *end;

	if (fd < 0 || fd_read_all(fd, 1 << 20, &text) < 0)
		return -1;
	for (p = text.buf; *p; p = *end ? end + 1 : end) {
		long pid = strtol(p, &end, 10);

		if (end == p)
			break;
		if (pid > 0)
			found(arg, (pid_t)pid);
	}
	return 0;
}

static int each_below(int dir, void (*found)(void *arg, pid_t pid), void *arg, unsigned depth)
{
	auto_dir DIR *d = NULL;
	const char *name;

	if (each_here(dir, found, arg) < 0)
		return -1;
	d = depth < 64 ? fs_dir(fd_open_dir(dir, ".")) : NULL;
	while (d && (name = fs_dir_next(d))) {
		auto_fd int sub = fd_open_dir(dir, name);

		if (sub >= 0 && each_below(sub, found, arg, depth + 1) < 0)
			log_debug("cgroup %s is gone", name);
	}
	return 0;
}

int rt_cgroup_each_at(int dir, void (*found)(void *arg, pid_t pid), void *arg)
{
	return each_below(dir, found, arg, 0);
}

static void kill_one(void *unused __unused, pid_t pid)
{
	kill(pid, SIGKILL);
}

void rt_cgroup_kill_at(int dir)
{
	if (rt_cgroup_each_at(dir, kill_one, NULL) < 0)
		log_debug("a cgroup is gone");
}

/* ---- removing ---- */

/* Groups that the container made below its own go first, whatever it called them. */
static int remove_tree(int parent, const char *name, unsigned depth)
{
	auto_fd int dir = fd_open(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	DIR *d;
	struct dirent *e;

	if (dir < 0)
		return dir;
	d = depth < 64 ? fdopendir(fd_dup(dir)) : NULL;
	while (d && (e = readdir(d)))
		if (e->d_type == DT_DIR && strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			remove_tree(dir, e->d_name, depth + 1);
	if (d)
		closedir(d);
	return unlinkat(parent, name, AT_REMOVEDIR) < 0 ? -errno : 0;
}

int rt_cgroup_remove_at(int parent, const char *name)
{
	int r = -EBUSY;

	/* processes that were just killed are still being counted */
	for (int i = 0; i < 50 && r == -EBUSY; i++) {
		const struct timespec wait = {.tv_nsec = 10000000};

		r = remove_tree(parent, name, 0);
		if (r == -EBUSY)
			nanosleep(&wait, NULL);
	}
	return r;
}
