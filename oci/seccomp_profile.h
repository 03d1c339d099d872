/*
 * seccomp_profile.h - which system calls a container may make: the default profile as data, and
 * profile documents from users, both ending as a linux.seccomp section of runtime-spec 1.2.
 *
 * The default (threats.md M12 and §7): an allow-list. A call that is not in it fails with ENOSYS,
 * so that programs fall back as on an older kernel; calls that are known and dangerous fail with
 * EPERM. Calls that a capability guards are allowed with that capability.
 *
 * The socket, clone and ioctl rules spell out both the allowed and the refused values and never
 * overlap with different actions: what libseccomp and other compilers do with such overlaps is
 * not written down. tests/unit/test_seccomp_filter.c checks the compiled filter, not this text.
 */
#ifndef PODLITE_SECCOMP_PROFILE_H
#define PODLITE_SECCOMP_PROFILE_H

#include "common/err.h"
#include "common/jval.h"
#include "common/svec.h"

enum seccomp_profile_flags {
	SECCOMP_PROFILE_NESTED = 1, /* namespaces and mounts: containers in containers */
	SECCOMP_PROFILE_COMPAT = 2, /* also the 32-bit ABI (i386 on x86-64, arm on aarch64) */
};

/* --security-opt seccomp=NAME; false if there is no such built-in profile ("default", "nested"). */
bool seccomp_profile_flag(const char *name, unsigned *ret_flags);
/* caps: names "CAP_..." of the container's bounding set. */
struct jval *seccomp_profile_default(const struct svec *caps, unsigned flags);
/*
 * The same by name: a section of 0.5 KB instead of 10 that says which of the profiles, and for which
 * capabilities. It stands in config.json of containers that podlite-monitor starts, so that neither
 * making, nor writing, nor reading it costs a start anything, and a newer podlite brings its newer
 * profile. Other runtimes refuse it, having no defaultAction: what they start has it whole.
 */
struct jval *seccomp_profile_named(const struct svec *caps, unsigned flags);
bool seccomp_profile_is_named(const struct jval *section);
/* The whole section that one by name stands for; NULL with err. */
struct jval *seccomp_profile_whole(const struct jval *section, struct err *err) __must_check;
/* A profile file: docker's and podman's format (archMap, includes, excludes, minKernel, errno
 * names) or a plain linux.seccomp section, which is checked and returned as it is. */
int seccomp_profile_from_file(const char *text, size_t n, const struct svec *caps,
	struct jval **ret, struct err *err) __must_check;

#endif
