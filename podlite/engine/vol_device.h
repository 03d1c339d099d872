/*
 * vol_device.h - `volume create --opt type=,device=,o=`: what a volume is if not a directory of the
 * store, or whose that is (o=uid=,gid=). Of what mount(8) knows, a user may bind directories and mount a tmpfs; the rest is refused.
 */
#ifndef PODLITE_ENGINE_VOL_DEVICE_H
#define PODLITE_ENGINE_VOL_DEVICE_H

#include "common/err.h"
#include "common/svec.h"
#include "storage/volume.h"

struct vol_device {
	enum { VOL_PLAIN, VOL_BIND, VOL_TMPFS } kind;
	char *path;          /* bind: the directory */
	int64_t uid, gid;    /* plain: whom it belongs to, as the user namespace counts; -1: not said */
	struct svec options; /* mount options as --mount takes them, without bind */
};

/* opts: "type=...", "device=...", "o=...". EK_USAGE, EK_UNSUPPORTED. */
int vol_device_parse(const struct svec *opts, struct vol_device *ret, struct err *err) __must_check;
void vol_device_done(struct vol_device *d);
/* Inside the user namespace: give the plain volume's directory to d's uid and gid, if it has them. */
int vol_device_own(const struct vol_device *d, const char *path, struct err *err) __must_check;
/* The directory that holds the volume's files. EK_UNSUPPORTED for a tmpfs, which has none. */
int vol_device_dir(const struct volume *v, char **ret, struct err *err) __must_check;

#endif
