/* links: librt.a liboci.a libcommon.a -ljson-c */
/* V1: a program that its user could overwrite runs from a sealed copy. */
#include "tests/unit/tap.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fs.h"
#include "common/proc.h"
#include "oci/rt_seal.h"

/* The program once more, in the role that the first argument says. */
static int sealed(char **argv)
{
	struct err err = ERR_INIT;
	auto_free char *exe = NULL;
	int fd;

	if (rt_seal_exe(argv, &err) < 0) {
		printf("# %s\n", err.msg);
		return 1;
	}
	exe = fs_readlink(AT_FDCWD, "/proc/self/exe");
	if (!exe || strncmp(exe, "/memfd:podlite", 14) != 0 || !getenv("PODLITE_EXE") ||
		strcmp(argv[2], "x y"))
		return 2;
	/* not even the owner, and not through another name */
	fd = open("/proc/self/exe", O_RDWR | O_CLOEXEC);
	if (fd >= 0)
		return 3;
	fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	if (fcntl(fd, F_GET_SEALS) != (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE))
		return 4;
	return fcntl(3, F_GETFD) == -1 || fd == 3 ? 0 : 5;
}

static int run_copy(const char *path)
{
	char *argv[] = {(char *)(uintptr_t)path, (char *)(uintptr_t) "sealed",
		(char *)(uintptr_t) "x y", NULL};
	struct proc_spec spec = {.path = path, .argv = argv, .keep_stdio = true};
	struct err err = ERR_INIT;
	pid_t pid = proc_spawn(&spec, &err);

	return pid < 0 ? -1 : proc_wait(pid);
}

int main(int argc, char **argv)
{
	char dir[] = "/tmp/podlite-seal-XXXXXX";
	auto_sbuf struct sbuf self = SBUF_INIT;
	auto_free char *path = NULL;

	if (argc > 2)
		return sealed(argv);
	if (!mkdtemp(dir))
		return 99;
	path = xasprintf("%s/program", dir);
	TAP_OK(fs_read_file(AT_FDCWD, "/proc/self/exe", 64 << 20, &self) == 0 &&
			fs_write_file(AT_FDCWD, path, self.buf, self.len, 0755, 0) == 0,
		"a program of our own");
	TAP_OK(run_copy(path) == 0, "V1: it runs from a sealed copy in memory, with its arguments");
	TAP_OK(chmod(path, 0555) == 0 && run_copy(path) == 0,
		"V1: also if it is read-only, as its owner may change that");
	TAP_OK(fs_remove_tree(AT_FDCWD, dir) == 0, "clean up");
	return tap_done();
}
