#include "oci/rt_seal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

/* Could our user, who is root inside, open the file for writing once nobody executes it? The
 * owner can always give himself the right to. */
static bool at_risk(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return true;
	return st.st_uid == geteuid() || faccessat(fd, "", W_OK, AT_EMPTY_PATH | AT_EACCESS) == 0;
}

static int copy(int from, int to)
{
	ssize_t n;

	do
		n = sendfile(to, from, NULL, 1 << 24);
	while (n > 0 || (n < 0 && errno == EINTR));
	if (n < 0)
		return -errno;
	return fcntl(to, F_ADD_SEALS, SEALS) < 0 ? -errno : 0;
}

int rt_seal_exe(char *const *argv, struct err *err)
{
	auto_fd int self = fd_open(AT_FDCWD, "/proc/self/exe", O_RDONLY, 0);
	auto_fd int mem = -1;
	auto_free char *path = NULL;
	int r;

	if (self < 0)
		return err_neg(err, self, "open /proc/self/exe");
	if (fcntl(self, F_GET_SEALS) == SEALS || !at_risk(self))
		return 0;
	/* kernels before 6.3 do not know the flag, and need it not */
	mem = fd_memfd("podlite", MFD_ALLOW_SEALING | MFD_EXEC);
	if (mem == -EINVAL)
		mem = fd_memfd("podlite", MFD_ALLOW_SEALING);
	r = mem < 0 ? mem : copy(self, mem);
	if (r < 0)
		return err_neg(
			err, r, "copy the program into memory, where containers cannot change it");
	path = fs_readlink(AT_FDCWD, "/proc/self/exe");
	if (path)
		setenv("PODLITE_EXE", path, 1);
	fexecve(mem, argv, environ);
	return err_sys(err, "execute the program from memory");
}
