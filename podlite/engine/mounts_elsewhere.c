/* mounts_elsewhere.c - a container's root that a `podlite unshare` has mounted must not be started beside it. */
#include <ctype.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "podlite/engine/mounts.h"

#define MARK     "looked-at"
#define TEXT_MAX (4u << 20) /* of /proc/PID/mountinfo */

void mounts_mark(int ctrdir)
{
	(void)!fs_write_file(ctrdir, MARK, "", 0, 0600, 0);
}

/* The fifth word of a line, with octal escapes where a path has blanks. */
static bool names_mount_point(const char *text, const char *path)
{
	auto_sbuf struct sbuf word = SBUF_INIT;

	sbuf_addch(&word, ' ');
	for (const char *p = path; *p; p++)
		if (strchr(" \t\n\\", *p))
			sbuf_addf(&word, "\\%03o", (unsigned)*p);
		else
			sbuf_addch(&word, *p);
	sbuf_addch(&word, ' ');
	return strstr(text, word.buf) != NULL;
}

/* Our own processes alone can be in a namespace where we have mounted something. */
static bool sees(int proc, const char *pid, const char *path)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	auto_free char *file = xasprintf("%s/mountinfo", pid);
	auto_fd int fd = -1;
	struct stat st;

	if (fstatat(proc, pid, &st, 0) < 0 || (st.st_uid && st.st_uid != geteuid()))
		return false;
	fd = fd_open(proc, file, O_RDONLY, 0);
	return fd >= 0 && !fd_read_all(fd, TEXT_MAX, &text) && names_mount_point(text.buf, path);
}

int mounts_check_start(struct context *c, const char *id, int ctrdir, struct err *err)
{
	auto_free char *path = xasprintf("%s/containers/%s/merged", c->store.root, id);
	auto_dir DIR *proc = NULL;
	const char *pid;

	if (!fs_exists(ctrdir, MARK))
		return 0;
	proc = fs_dir(fd_open(AT_FDCWD, "/proc", O_RDONLY | O_DIRECTORY, 0));
	while ((pid = fs_dir_next(proc)))
		if (isdigit((unsigned char)*pid) && sees(dirfd(proc), pid, path)) {
			err_set(err, EK_IN_USE, "container %.12s is mounted in a podlite unshare (process %s), and both would write to the same layer", id, pid);
			return err_advise(err, "unmount it there with podlite unmount, or leave that shell");
		}
	unlinkat(ctrdir, MARK, 0);
	return 0;
}
