#include "podlite/transfer/sandbox.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#if __has_include(<linux/landlock.h>)
#include <linux/landlock.h>
#endif

#include "common/fd.h"
#include "common/proc.h"

/* What staging directories, whose files belong to subordinate ids, are made and removed with. */
static int keep_file_capabilities(bool store, struct err *err)
{
	static const unsigned keep[] = {CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER};
	int r = proc_keep_caps(keep, store ? ARRAY_SIZE(keep) : 0);

	if (r < 0)
		return err_neg(err, r, "give up capabilities");
	return 0;
}

#ifdef LANDLOCK_ACCESS_FS_REFER

#define LL_FILE (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE)
#define LL_ALL                                                                                                     \
	(LL_FILE | LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |  \
		LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |         \
		LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |      \
		LANDLOCK_ACCESS_FS_MAKE_SYM | LANDLOCK_ACCESS_FS_REFER)
#define LL_STORE                                                                                                   \
	(LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR |              \
		LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |     \
		LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SYM | LANDLOCK_ACCESS_FS_REFER)
#define LL_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)

/* Libraries that name services load, certificates, resolver configuration, random numbers. */
static const char *const system_paths[] = {
	"/etc", "/usr", "/lib", "/lib32", "/lib64", "/nix/store", "/gnu/store", "/var/lib/ca-certificates",
	"/run/systemd/resolve", "/run/NetworkManager", "/run/resolvconf", "/run/nscd", "/var/run/nscd",
	"/dev/null", "/dev/urandom", "/dev/random", "/proc/self", "/proc/sys",
};

static int allow(int set, int fd, uint64_t access, struct err *err)
{
	struct landlock_path_beneath_attr rule = {.allowed_access = access, .parent_fd = fd};
	struct stat st;

	if (fstat(fd, &st) == 0 && !S_ISDIR(st.st_mode))
		rule.allowed_access &= LL_FILE;
	if (syscall(SYS_landlock_add_rule, set, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0)
		return err_sys(err, "landlock rule");
	return 0;
}

static int allow_path(int set, const char *path, struct err *err)
{
	auto_fd int fd = fd_open(AT_FDCWD, path, O_PATH, 0);

	return fd < 0 ? 0 : allow(set, fd, LL_READ, err);
}

static int landlock(const struct store *s, const struct svec *readable, struct err *err)
{
	struct landlock_ruleset_attr attr = {.handled_access_fs = LL_ALL};
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	auto_fd int set = -1;

	if (abi < 2) /* none, or the one that cannot rename between directories */
		return 0;
	set = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr.handled_access_fs), 0);
	if (set < 0)
		return err_sys(err, "landlock ruleset");
	if (s && allow(set, s->fd, LL_STORE, err) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(system_paths); i++)
		if (allow_path(set, system_paths[i], err) < 0)
			return -1;
	SVEC_EACH(path, readable)
		if (allow_path(set, path, err) < 0)
			return -1;
	if (syscall(SYS_landlock_restrict_self, set, 0) < 0)
		return err_sys(err, "landlock");
	return 0;
}

#else

static int landlock(const struct store *s, const struct svec *readable, struct err *err)
{
	(void)s;
	(void)readable;
	(void)err;
	return 0;
}

#endif

int sandbox_enter(const struct store *s, const struct svec *readable, struct err *err)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_sys(err, "no_new_privs");
	if (landlock(s, readable, err) < 0 || keep_file_capabilities(s != NULL, err) < 0)
		return err_wrap(err, "confine podlite-transfer");
	return 0;
}
