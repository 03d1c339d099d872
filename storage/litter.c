#include "storage/litter.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/id.h"
#include "common/jval.h"
#include "storage/partial.h"

#define RECORD_MAX (1u << 20)

typedef bool (*is_litter)(int dirfd, const char *name);

static bool is_unnamed(int dirfd, const char *name)
{
	(void)dirfd;
	return fs_is_temp(name);
}

/* -> ../containers/ID, which is made before its name and goes before it (ctr_record.h). */
static bool is_dangling(int dirfd, const char *name)
{
	struct stat st;

	return fstatat(dirfd, name, &st, 0) < 0 && errno == ENOENT;
}

/* Returns how many stay. */
static size_t sweep_dir(int dirfd, is_litter litter)
{
	auto_dir DIR *dir = fs_dir(fd_open_dir(dirfd, "."));
	const char *name;
	size_t n = 0;

	while ((name = fs_dir_next(dir))) {
		if (litter(dirfd, name))
			unlinkat(dirfd, name, 0);
		else
			n++;
	}
	return n;
}

/* ---- containers ---- */

/* The link that a start leaves: monitor/proto.h. */
static bool was_started(struct store *s, const char *id)
{
	auto_free char *path = xasprintf("%s/started", id);

	return fs_exists(s->containers, path);
}

/* Its record's name is another's, or nobody's. */
static bool is_nameless(struct store *s, const char *id)
{
	auto_free char *path = xasprintf("%s/record.json", id);
	auto_jval struct jval *v = jval_read_file(s->containers, path, RECORD_MAX, NULL);
	const char *name = v ? jval_get_str(v, "name", NULL) : NULL;
	auto_free char *holder = name && !strchr(name, '/') ? fs_readlink_last(s->cnames, name) : NULL;

	return name && (!holder || strcmp(holder, id) != 0);
}

static void sweep_nameless(struct store *s)
{
	auto_dir DIR *dir = fs_dir(fd_open_dir(s->containers, "."));
	const char *id;

	while ((id = fs_dir_next(dir)))
		if (id_is_full(id) && !was_started(s, id) && is_nameless(s, id))
			(void)!store_trash(s, s->containers, id, NULL);
}

static size_t count(int dirfd)
{
	auto_dir DIR *dir = fs_dir(fd_open_dir(dirfd, "."));
	size_t n = 0;

	while (fs_dir_next(dir))
		n++;
	return n;
}

void litter_sweep(struct store *s)
{
	const int dirs[] = {s->blobs, s->images, s->names, s->cache};
	auto_fd int hold = store_hold_all(s, NULL);

	if (hold < 0)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		sweep_dir(dirs[i], is_unnamed);
	partial_sweep(s);
	if (sweep_dir(s->cnames, is_dangling) < count(s->containers))
		sweep_nameless(s);
}
