/* mon_rmi.c - --rmi: the image goes after the container, as by `podlite rmi NAME`, if nothing else uses it. */
#include <dirent.h>
#include <string.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/id.h"
#include "common/log.h"
#include "monitor/mon.h"
#include "storage/image.h"

struct user { char *image; };

static const struct jmap user_map[] = {
	JMAP_STR("imageId", struct user, image, 0),
	JMAP_END,
};

static bool uses(int containers, const char *id, const char *image)
{
	auto_fd int dir = id_is_full(id) ? fd_open_dir(containers, id) : -1;
	struct user u = {NULL};
	bool r = dir >= 0 && jmap_read_file(user_map, dir, "record.json", 1 << 20, &u, NULL) == 0 &&
		u.image && !strcmp(u.image, image);

	jmap_done(user_map, &u);
	return r;
}

static bool has_user(const struct store *s, const char *image)
{
	auto_dir DIR *d = fs_dir(fd_open_dir(s->fd, "containers"));
	const char *id;

	while ((id = fs_dir_next(d)))
		if (uses(dirfd(d), id, image))
			return true;
	return false;
}

static int untag(const struct mon *m, struct store *s, struct err *err)
{
	auto_svec struct svec name = SVEC_INIT;

	if (image_untag(s, m->conf.image, err) < 0)
		return -1;
	svec_add(&name, m->conf.image);
	mon_event_image(m, "untag", &name);
	return 0;
}

static int remove_image(const struct mon *m, struct store *s, const struct image *img, struct err *err)
{
	auto_svec struct svec ids = SVEC_INIT, gone = SVEC_INIT, first = SVEC_INIT;

	if (has_user(s, img->id))
		return err_set(err, EK_IN_USE, "it is in use");
	svec_add(&ids, img->id);
	if (image_remove(s, &ids, &gone, err) < 0 || !gone.n)
		return -1;
	svec_add(&first, img->names.n ? img->names.v[0] : img->id);
	mon_event_image(m, "untag", &img->names);
	mon_event_image(m, "remove", &first);
	return 0;
}

static int remove_name(const struct mon *m, struct store *s, struct err *err)
{
	struct image img = {.id = ""};
	int r = image_find(s, m->conf.rmi, NULL, &img, err);

	if (r < 0)
		return -1;
	if (img.names.n < 2)
		r = remove_image(m, s, &img, err);
	else if (svec_has(&img.names, m->conf.image))
		r = untag(m, s, err);
	else
		r = err_set(err, EK_INVALID, "it has more than one name");
	image_done(&img);
	return r;
}

void mon_rmi(const struct mon *m)
{
	auto_free char *root = fs_fd_path(MON_FD_STORE);
	struct err e = ERR_INIT;
	struct store s;

	if (!m->conf.rmi || !m->conf.image || !m->started_mono)
		return;
	if (store_open(root, NULL, &s, &e) < 0) {
		log_debug("--rmi %s: %s", m->conf.image, e.msg);
		return;
	}
	if (remove_name(m, &s, &e) < 0)
		log_debug("--rmi %s: %s", m->conf.image, e.msg);
	store_close(&s);
}
