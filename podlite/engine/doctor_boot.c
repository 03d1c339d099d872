/* doctor_boot.c - PL043: do containers with a restart policy come back after the machine's start? */
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/id.h"
#include "podlite/engine/ctr_record.h"
#include "podlite/engine/doctor_check.h"

#define UNIT "podlite-restart.service"

static bool comes_back(int containers, const char *id)
{
	auto_fd int dir = fd_open_dir(containers, id);
	struct ctr_record rec = {0};
	bool back;

	if (dir < 0 || jmap_read_file(ctr_record_map, dir, "record.json", 1 << 20, &rec, NULL) < 0)
		return false;
	back = rec.restart && (!strcmp(rec.restart, "always") || !strcmp(rec.restart, "unless-stopped"));
	jmap_done(ctr_record_map, &rec);
	return back;
}

static size_t count(const struct doctor_host *h)
{
	auto_free char *path = xasprintf("%s/containers", h->store + 1);
	auto_fd int containers = fd_open(h->root, path, O_RDONLY | O_DIRECTORY, 0);
	auto_dir DIR *dir = containers < 0 ? NULL : fs_dir(fd_open_dir(containers, "."));
	const char *name;
	size_t n = 0;

	while (dir && (name = fs_dir_next(dir)))
		n += id_is_full(name) && comes_back(containers, name);
	return n;
}

static bool enabled(const struct doctor_host *h)
{
	auto_free char *own = xasprintf("%s/.config/systemd/user/default.target.wants/" UNIT, h->home ? h->home : "");
	struct stat st;

	return (h->home && fstatat(h->root, own + 1, &st, AT_SYMLINK_NOFOLLOW) == 0) ||
		fstatat(h->root, "etc/systemd/user/default.target.wants/" UNIT, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* The unit that `make install` put beside the programs, where systemd looks. */
static bool installed(const struct doctor_host *h)
{
	auto_free char *unit = xasprintf("%s/../lib/systemd/user/" UNIT, h->bindir);

	return doctor_exists(h, "/run/systemd/system") && faccessat(h->root, unit + 1, F_OK, 0) == 0;
}

void doctor_boot_check(const struct doctor_host *h, struct doctor_item *it)
{
	size_t n = h->store && *h->store == '/' ? count(h) : 0;

	doctor_ok(it, "%s", !n ? "no container has a restart policy" : UNIT " starts them");
	if (!n || enabled(h))
		return;
	doctor_warn(it, "nothing known starts %zu container%s with --restart always or unless-stopped after a reboot", n, n == 1 ? "" : "s");
	if (installed(h))
		doctor_fix(it, "systemctl --user enable " UNIT);
	else
		doctor_fix(it, "(crontab -l; echo '@reboot %s/podlite start --all --filter should-start-on-boot=true') | crontab -", h->bindir);
}
