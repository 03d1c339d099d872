#include "podlite/engine/vol_device.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fs.h"
#include "common/units.h"
#include "podlite/engine/create_mount.h"

void vol_device_done(struct vol_device *d)
{
	free(d->path);
	svec_done(&d->options);
	memset(d, 0, sizeof(*d));
}

static int check_keys(const struct svec *opts, struct err *err)
{
	SVEC_EACH(o, opts) {
		size_t n = strcspn(o, "=");
		bool known = false;

		for (const char *const *k = (const char *const[]){"type", "device", "o", NULL}; *k; k++)
			known |= o[n] && strlen(*k) == n && !strncmp(o, *k, n);
		if (!known)
			return err_set(err, EK_USAGE, "invalid mount option %.*s for driver 'local': expected type=, device= or o=", (int)n, o);
	}
	return 0;
}

/* o=uid=N,gid=N and no more: the owner of a directory of the store. 1: it is that. */
static int take_owner(const char *type, const char *device, const struct svec *words, struct vol_device *ret, struct err *err)
{
	if (*type || *device)
		return 0;
	SVEC_EACH(w, words) {
		bool uid = !strncmp(w, "uid=", 4);
		uint64_t id;

		if (!uid && strncmp(w, "gid=", 4))
			return 0;
		if (!units_parse_u64(w + 4, &id) || id >= UINT32_MAX)
			return err_set(err, EK_USAGE, "volume option %s: expected a number", w);
		*(uid ? &ret->uid : &ret->gid) = (int64_t)id;
	}
	return 1;
}

static int find_kind(const char *type, bool bind, struct vol_device *ret, struct err *err)
{
	if (!strcmp(type, "tmpfs"))
		ret->kind = VOL_TMPFS;
	else if (bind && (!*type || !strcmp(type, "none") || !strcmp(type, "bind")))
		ret->kind = VOL_BIND;
	else if (!*type || !strcmp(type, "none") || !strcmp(type, "bind"))
		return err_set(err, EK_USAGE, "volume options: a directory is mounted with o=bind and device=PATH, a tmpfs with type=tmpfs; o=uid=N,gid=N alone says whose the volume is");
	else
		return err_set(err, EK_UNSUPPORTED, "volume option type=%s: only root of the host can mount it; mount it there and use o=bind", type);
	return 0;
}

/* The rest is what a mount of that kind may have. */
static int take_options(const struct svec *words, struct vol_device *ret, struct err *err)
{
	struct create_mount m = {.kind = ret->kind == VOL_TMPFS ? CREATE_MOUNT_TMPFS : CREATE_MOUNT_BIND};
	int r = 0;

	for (size_t i = 0; i < words->n && !r; i++)
		if (*words->v[i] && strcmp(words->v[i], "bind") && strcmp(words->v[i], "rbind"))
			r = create_mount_option(&m, words->v[i], err);
	if (!r && (m.overlay || m.chown))
		r = err_set(err, EK_USAGE, "volume option o: O and U are options of -v");
	svec_add_all(&ret->options, &m.options);
	create_mount_done(&m);
	return r;
}

static int set_path(const char *device, struct vol_device *ret, struct err *err)
{
	if (ret->kind == VOL_TMPFS)
		return 0;
	if (*device != '/')
		return err_set(err, EK_USAGE, "volume option device=%s: an absolute path is needed", device);
	ret->path = fs_clean(device);
	return 0;
}

int vol_device_parse(const struct svec *opts, struct vol_device *ret, struct err *err)
{
	const char *type = svec_env_get(opts, "type"), *device = svec_env_get(opts, "device"), *o = svec_env_get(opts, "o");
	auto_svec struct svec words = SVEC_INIT;
	auto_cleanup(vol_device_done) struct vol_device d = {.kind = VOL_PLAIN, .uid = -1, .gid = -1};
	int r;

	if (check_keys(opts, err) < 0)
		return -1;
	if (opts->n) {
		svec_add_split(&words, o ? o : "", ',');
		r = take_owner(type ? type : "", device ? device : "", &words, &d, err);
		if (r < 0)
			return -1;
		if (!r && find_kind(type ? type : "", svec_has(&words, "bind") || svec_has(&words, "rbind"), &d, err) < 0)
			return -1;
		if (!r && (take_options(&words, &d, err) < 0 || set_path(device ? device : "", &d, err) < 0))
			return -1;
	}
	*ret = d;
	memset(&d, 0, sizeof(d));
	return 0;
}

int vol_device_own(const struct vol_device *d, const char *path, struct err *err)
{
	if ((d->uid < 0 && d->gid < 0) || chown(path, (uid_t)d->uid, (gid_t)d->gid) == 0)
		return 0;
	return err_sys(err, "give the volume to user %lld, group %lld", (long long)d->uid, (long long)d->gid);
}

int vol_device_dir(const struct volume *v, char **ret, struct err *err)
{
	struct vol_device d;

	if (vol_device_parse(&v->options, &d, err) < 0)
		return err_wrap(err, "volume %s", v->name);
	if (d.kind == VOL_TMPFS) {
		vol_device_done(&d);
		return err_set(err, EK_UNSUPPORTED, "volume %s is a tmpfs: it has files only while a container that uses it runs", v->name);
	}
	*ret = xstrdup(d.kind == VOL_BIND ? d.path : v->mountpoint);
	vol_device_done(&d);
	return 0;
}
