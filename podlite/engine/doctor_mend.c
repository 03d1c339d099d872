/* doctor_mend.c - the commands of distributions: packages and sysctls. */
#include "podlite/engine/doctor_check.h"

#include <string.h>

#include "common/alloc.h"

struct distro {
	const char *id;      /* ID or a word of ID_LIKE in os-release(5) */
	const char *install; /* the command, names are appended */
	const char *packages[3];
};

static const struct distro distros[] = {
	{"debian", "apt-get install -y", {"uidmap", "fuse-overlayfs", "slirp4netns"}},
	{"ubuntu", "apt-get install -y", {"uidmap", "fuse-overlayfs", "slirp4netns"}},
	{"fedora", "dnf install -y", {"shadow-utils", "fuse-overlayfs", "slirp4netns"}},
	{"rhel", "dnf install -y", {"shadow-utils", "fuse-overlayfs", "slirp4netns"}},
	{"centos", "dnf install -y", {"shadow-utils", "fuse-overlayfs", "slirp4netns"}},
	{"suse", "zypper install -y", {"shadow", "fuse-overlayfs", "slirp4netns"}},
	{"arch", "pacman -S --noconfirm", {"shadow", "fuse-overlayfs", "slirp4netns"}},
	{"alpine", "apk add", {"shadow-uidmap", "fuse-overlayfs", "slirp4netns"}},
	{"gentoo", "emerge", {"sys-apps/shadow", "sys-fs/fuse-overlayfs", "app-containers/slirp4netns"}},
};

/* Value of a key in os-release(5), without quotes. */
static char *release_value(const char *text, const char *key)
{
	size_t n = strlen(key);

	for (const char *line = text; line && *line;) {
		size_t len = strcspn(line, "\n");

		if (len > n && !strncmp(line, key, n) && line[n] == '=') {
			const char *v = line + n + 1;
			size_t vn = len - n - 1;

			if (vn > 1 && (*v == '"' || *v == '\''))
				v++, vn -= 2;
			return xstrndup(v, vn);
		}
		line += len + (line[len] == '\n');
	}
	return NULL;
}

static const struct distro *find_distro(const struct doctor_host *h)
{
	auto_free char *text = doctor_read(h, "/etc/os-release");
	auto_free char *id = NULL, *like = NULL;
	auto_svec struct svec words = SVEC_INIT;

	if (!text)
		text = doctor_read(h, "/usr/lib/os-release");
	id = text ? release_value(text, "ID") : NULL;
	like = text ? release_value(text, "ID_LIKE") : NULL;
	if (id)
		svec_add(&words, id);
	if (like)
		svec_add_split(&words, like, ' ');
	SVEC_EACH(w, &words)
		for (size_t i = 0; i < ARRAY_SIZE(distros); i++)
			if (!strcmp(distros[i].id, w))
				return &distros[i];
	return NULL;
}

void doctor_mend_install(const struct doctor_host *h, struct doctor_item *it, enum doctor_package p)
{
	const struct distro *d = find_distro(h);

	if (d)
		doctor_fix_root(h, it, "%s %s", d->install, d->packages[p]);
}

void doctor_mend_sysctl(const struct doctor_host *h, struct doctor_item *it, const char *setting)
{
	doctor_fix_root(h, it, "sh -c 'echo %s >>/etc/sysctl.d/60-podlite.conf && "
		"sysctl -p /etc/sysctl.d/60-podlite.conf'", setting);
}
