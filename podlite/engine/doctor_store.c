/* doctor_store.c - PL010-PL014: where images and containers are kept, and how they are mounted. */
#include "podlite/engine/doctor_check.h"

#include <linux/magic.h>
#include <string.h>
#include <sys/statvfs.h>

#include "common/alloc.h"
#include "common/units.h"

static void check_overlay(const struct doctor_host *h, struct doctor_item *it)
{
	const struct doctor_try *t = &h->probe.overlay;

	doctor_ok(it, "%s", t->done ? "the kernel's overlay works on the store" : "not tried");
	if (!t->done || t->ok)
		return;
	if (h->probe.fuse.done && h->probe.fuse.ok)
		doctor_warn(it, "%s: fuse-overlayfs serves instead, slower", t->err.msg);
	else
		doctor_warn(it, "%s: every container gets a full copy of its image", t->err.msg);
}

/* Needed only where the kernel's overlay cannot serve. */
static void check_fuse(const struct doctor_host *h, struct doctor_item *it)
{
	auto_free char *program = doctor_program(h, "fuse-overlayfs");
	const struct doctor_try *t = &h->probe.fuse;

	doctor_ok(it, "%s", t->ok ? "works on the store" : "not needed: the kernel's overlay works");
	if (!h->probe.overlay.done || h->probe.overlay.ok || t->ok)
		return;
	if (!program) {
		doctor_warn(it, "fuse-overlayfs is not installed and the kernel's overlay does not work");
		doctor_mend_install(h, it, DOCTOR_PKG_FUSE_OVERLAYFS);
	} else if (!doctor_exists(h, "/dev/fuse")) {
		doctor_warn(it, "there is no /dev/fuse");
		doctor_fix_root(h, it, "modprobe fuse");
	} else if (h->probe.fuse_error) {
		doctor_warn(it, "/dev/fuse cannot be opened: %s", strerror(h->probe.fuse_error));
		doctor_fix_root(h, it, "chmod 666 /dev/fuse");
	} else {
		doctor_warn(it, "%s", t->done ? t->err.msg : "not tried");
	}
}

static const struct {
	uint64_t type;
	const char *name;
} poor[] = {
	{NFS_SUPER_MAGIC, "NFS"}, {SMB_SUPER_MAGIC, "SMB"}, {0xff534d42, "CIFS"}, {0xfe534d42, "SMB2"},
	{V9FS_MAGIC, "9p"}, {CODA_SUPER_MAGIC, "Coda"}, {AFS_SUPER_MAGIC, "AFS"},
	{0x5346414f /* OpenAFS */, "AFS"}, {CEPH_SUPER_MAGIC, "Ceph"}, {MSDOS_SUPER_MAGIC, "FAT"},
	{0x2011bab0, "exFAT"}, {0x5346544e, "NTFS"}, {0x7366746e, "NTFS"}, {ECRYPTFS_SUPER_MAGIC, "eCryptfs"},
	{FUSE_SUPER_MAGIC, "a FUSE file system"}, {0x0bd00bd0, "Lustre"}, {0x47504653, "GPFS"},
};

static void check_type(const struct doctor_host *h, struct doctor_item *it)
{
	doctor_ok(it, "%s", h->store);
	for (size_t i = 0; h->probe.have_store && i < ARRAY_SIZE(poor); i++)
		if (poor[i].type == (h->probe.store_type & 0xffffffff)) {
			doctor_warn(it, "%s is on %s", h->store, poor[i].name);
			doctor_fix(it, "podlite --root /var/tmp/podlite-%s info", h->user);
			return;
		}
}

static void check_space(const struct doctor_host *h, struct doctor_item *it)
{
	const uint64_t least = 64u << 20, enough = 1u << 30;
	char size[32];

	if (!h->probe.have_store) {
		doctor_fail(it, "the store %s cannot be made or opened", h->store);
		return;
	}
	units_print_size(h->probe.store_free, size, sizeof(size));
	doctor_ok(it, "%s free in %s", size, h->store);
	if (h->probe.store_free < least)
		doctor_fail(it, "only %s free in %s", size, h->store);
	else if (h->probe.store_free < enough)
		doctor_warn(it, "only %s free in %s", size, h->store);
	else if (h->probe.store_inodes && h->probe.store_inodes < 20000)
		doctor_warn(it, "only %llu files can be added in %s",
			(unsigned long long)h->probe.store_inodes, h->store);
	if (it->status != DOCTOR_OK)
		doctor_fix(it, "podlite system prune --all");
}

static void check_options(const struct doctor_host *h, struct doctor_item *it)
{
	const char *bad = NULL;

	doctor_ok(it, "the store's file system runs programs");
	if (!h->probe.have_store)
		return;
	if (h->probe.store_flags & ST_RDONLY)
		bad = "ro";
	else if (h->probe.store_flags & ST_NOEXEC)
		bad = "noexec";
	else if (h->probe.store_flags & ST_NOSUID)
		bad = "nosuid";
	if (!bad)
		return;
	if (!strcmp(bad, "nosuid"))
		doctor_warn(it, "%s is mounted nosuid: sudo, su and ping in containers do not work", h->store);
	else
		doctor_fail(it, "%s is mounted %s: no program of an image can %s", h->store, bad,
			!strcmp(bad, "ro") ? "be stored" : "run");
	doctor_fix_root(h, it, "mount -o remount,%s \"$(findmnt -no TARGET -T %s)\"",
		!strcmp(bad, "ro") ? "rw" : bad + 2, h->store);
}

const struct doctor_check doctor_store_checks[] = {
	{"PL010", "overlay", "containers share the files of their image through an overlay", check_overlay},
	{"PL011", "fuse-overlayfs", "it serves where the kernel's overlay cannot", check_fuse},
	{"PL012", "store-file-system",
		"network and foreign file systems lack what images need: many owners, extended attributes, locks",
		check_type},
	{"PL013", "store-space", "images and containers are kept there", check_space},
	{"PL014", "store-mount-options", "programs of containers are run from the store", check_options},
	{NULL, NULL, NULL, NULL},
};
