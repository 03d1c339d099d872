#include "storage/untar_meta.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#define XATTRS_MAX 128
#define XATTR_MAX  65536
#define ID_MAX     4294967294

#define CAP_NAME   "security.capability"
#define CAP_V2     0x02000000u
#define CAP_V3     0x03000000u
#define CAP_MASK   0xff000000u

/* --- extended attributes ------------------------------------------------------------------------------------ */

static uint32_t le32(const unsigned char *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* Version 2 becomes 3 in the kernel, bound to this user namespace. A version 3 that names another
 * namespace's root would be somebody else's capability (threats.md U10). */
static bool capability_ok(const void *value, size_t n)
{
	const unsigned char *p = value;

	if (n == 20)
		return (le32(p) & CAP_MASK) == CAP_V2;
	return n == 24 && (le32(p) & CAP_MASK) == CAP_V3 && !le32(p + 20);
}

/* Image bytes never become overlay's state or the host's policy (threats.md U6, U11). */
static bool xattr_ok(const char *name, const void *value, size_t n)
{
	static const char *const reserved[] = {"user.overlay.", "user.fuseoverlayfs.", "user.containers."};

	if (!strcmp(name, CAP_NAME))
		return capability_ok(value, n);
	if (strncmp(name, "user.", 5) || !name[5])
		return false;
	for (size_t i = 0; i < sizeof(reserved) / sizeof(*reserved); i++)
		if (!strncmp(name, reserved[i], strlen(reserved[i])))
			return false;
	return true;
}

static int set_xattr(struct untar *u, int fd, const char *name, const void *value, size_t n, struct err *err)
{
	if (!xattr_ok(name, value, n)) {
		u->dropped_xattrs++;
		return 0;
	}
	if (!fsetxattr(fd, name, value, n, 0)) {
		u->attributes = true;
		return 0;
	}
	/* EPERM: this kind of object has none; EOPNOTSUPP: this file system */
	if (errno != EPERM && errno != EOPNOTSUPP)
		return err_sys(err, "set attribute %.100s", name);
	u->dropped_xattrs++;
	return 0;
}

static int set_xattrs(struct untar *u, int fd, struct archive_entry *e, struct err *err)
{
	const char *name;
	const void *value;
	size_t n;

	if (archive_entry_xattr_reset(e) > XATTRS_MAX)
		return err_set(err, EK_INVALID, "more than %d extended attributes", XATTRS_MAX);
	while (archive_entry_xattr_next(e, &name, &value, &n) == ARCHIVE_OK) {
		if (!name || n > XATTR_MAX)
			return err_set(err, EK_INVALID, "an extended attribute above 64 KiB");
		if (set_xattr(u, fd, name, value, n, err) < 0)
			return -1;
	}
	return 0;
}

/* --- times and owners --------------------------------------------------------------------------------------- */

void untar_meta_times(struct archive_entry *e, struct timespec ret[2])
{
	long ns = archive_entry_mtime_nsec(e);

	/* The kernel clamps seconds to what the file system holds. */
	ret[1].tv_sec = archive_entry_mtime(e);
	ret[1].tv_nsec = ns < 0 || ns > 999999999 ? 0 : ns;
	ret[0] = ret[1];
}

static int owner(const struct untar *u, struct archive_entry *e, uid_t *uid, gid_t *gid, struct err *err)
{
	int64_t wu = archive_entry_uid(e), wg = archive_entry_gid(e);

	if (wu < 0 || wu > ID_MAX || wg < 0 || wg > ID_MAX)
		return err_set(err, EK_INVALID, "owner %lld:%lld is out of range", (long long)wu, (long long)wg);
	*uid = u->squash ? 0 : (uid_t)wu;
	*gid = u->squash ? 0 : (gid_t)wg;
	return 0;
}

static int chown_failed(uid_t uid, gid_t gid, struct err *err)
{
	if (errno != EINVAL)
		return err_sys(err, "set owner %u:%u", uid, gid);
	err_set(err, EK_UNSUPPORTED, "owner %u:%u is outside the ids you have", uid, gid);
	return err_advise(err, "give your user more subordinate ids in /etc/subuid and /etc/subgid");
}

int untar_meta_fd(struct untar *u, int fd, struct archive_entry *e, mode_t made, bool inherits_gid, struct err *err)
{
	mode_t mode = archive_entry_mode(e) & 07777;
	struct timespec times[2];
	bool chowned = false;
	uid_t uid;
	gid_t gid;

	if (owner(u, e, &uid, &gid, err) < 0)
		return -1;
	if (uid || gid || inherits_gid) {
		if (fchown(fd, uid, gid) < 0)
			return chown_failed(uid, gid, err);
		chowned = true;
	}
	/* after chown, which takes setuid bits away */
	if ((mode != made || (chowned && (mode & 06000))) && fchmod(fd, mode) < 0)
		return err_sys(err, "set mode %o", mode);
	if (set_xattrs(u, fd, e, err) < 0)
		return -1;
	untar_meta_times(e, times);
	return futimens(fd, times) < 0 ? err_sys(err, "set times") : 0;
}

int untar_meta_name(struct untar *u, int dirfd, const char *name, struct archive_entry *e, struct err *err)
{
	struct timespec times[2];
	uid_t uid;
	gid_t gid;

	if (owner(u, e, &uid, &gid, err) < 0)
		return -1;
	if (fchownat(dirfd, name, uid, gid, AT_SYMLINK_NOFOLLOW) < 0)
		return chown_failed(uid, gid, err);
	u->dropped_xattrs += (uint32_t)archive_entry_xattr_count(e);
	if (archive_entry_filetype(e) != AE_IFLNK && fchmodat(dirfd, name, archive_entry_mode(e) & 07777, 0) < 0)
		return err_sys(err, "set mode");
	untar_meta_times(e, times);
	return utimensat(dirfd, name, times, AT_SYMLINK_NOFOLLOW) < 0 ? err_sys(err, "set times") : 0;
}
