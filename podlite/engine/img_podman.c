#include "podlite/engine/img_podman.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/account.h"
#include "common/alloc.h"
#include "common/conf.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/id.h"
#include "oci/ref.h"
#include "podlite/engine/events.h"
#include "podlite/engine/transfer.h"

#define LIST_MAX (64u << 20)

/* ---- where it is ---- */

/* What storage.conf says, or NULL. $HOME and the like in it are podman's to expand: such a path is not used. */
static int configured_path(char **ret, struct err *err)
{
	const char *named = getenv("CONTAINERS_STORAGE_CONF");
	auto_free char *path = named ? xstrdup(named) : account_config("containers/storage.conf");
	auto_conf struct conf conf = CONF_INIT;
	const char *root;
	int r = path ? conf_add_file(&conf, path, err) : 0;

	*ret = NULL;
	if (r <= 0)
		return r;
	root = jval_get_str(jval_get(conf.v[0].doc, "storage"), "rootless_storage_path", NULL);
	if (!root || geteuid() == 0)
		root = jval_get_str(jval_get(conf.v[0].doc, "storage"), "graphroot", root);
	if (root && root[0] == '/' && !strchr(root, '$'))
		*ret = xstrdup(root);
	return 0;
}

static int find_store(const char *given, char **ret, struct err *err)
{
	if (given)
		*ret = fs_abspath(given);
	else if (configured_path(ret, err) < 0)
		return -1;
	if (!*ret)
		*ret = geteuid() == 0 ? xstrdup("/var/lib/containers/storage")
				      : account_dir("XDG_DATA_HOME", ".local/share", "containers/storage");
	return *ret ? 0 : err_set(err, EK_USAGE, "no home directory to look for podman's store in; name it with --store");
}

/* ---- what is in it ---- */

static int read_list(struct img_podman_store *s, struct err *err)
{
	auto_jval struct jval *list = jval_read_file(s->fd, "overlay-images/images.json", LIST_MAX, err);

	if (!list)
		return err_wrap(err, "podman's store %s", s->path);
	s->v = xcalloc(jval_len(list) + 1, sizeof(*s->v));
	for (size_t i = 0; i < jval_len(list); i++) {
		struct img_podman *img = &s->v[s->n];

		img->id = xstrdup(jval_get_str(jval_at(list, i), "id", ""));
		(void)jval_strings(jval_get(jval_at(list, i), "names"), &img->names);
		s->n++;
	}
	return 0;
}

int img_podman_open(const char *path, struct img_podman_store *ret, struct err *err)
{
	struct img_podman_store s = {.fd = -1};

	if (find_store(path, &s.path, err) < 0)
		return -1;
	s.fd = fd_open_dir(AT_FDCWD, s.path);
	if (s.fd < 0) {
		err_neg(err, s.fd, "podman's store %s", s.path);
		err_advise(err, "name another with --store DIR");
	} else if (!fs_exists(s.fd, "overlay-images/images.json")) {
		err_set(err, EK_UNSUPPORTED, "%s is no store of podman's with the driver overlay", s.path);
		err_advise(err, "let podman write its images: podman save IMAGE | podlite load");
	} else if (read_list(&s, err) == 0) {
		*ret = s;
		return 0;
	}
	img_podman_close(&s);
	return -1;
}

void img_podman_close(struct img_podman_store *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->v[i].id);
		svec_done(&s->v[i].names);
	}
	free(s->v);
	free(s->path);
	fd_closep(&s->fd);
}

static bool name_matches(const char *name, const struct ref *want)
{
	struct ref r;
	bool fits;

	if (ref_parse(name, &r, NULL) < 0)
		return false;
	fits = ref_path_matches(&r, want) && (!want->host || !strcmp(r.host ? r.host : "", want->host)) &&
		!strcmp(r.tag ? r.tag : "latest", want->tag ? want->tag : "latest");
	ref_done(&r);
	return fits;
}

bool img_podman_matches(const struct img_podman *img, const char *text)
{
	struct ref want;
	bool found = false;

	if (id_is_prefix(text) && !strncmp(img->id, text, strlen(text)))
		return true;
	if (ref_parse(text, &want, NULL) < 0)
		return false;
	SVEC_EACH(name, &img->names)
		found |= name_matches(name, &want);
	ref_done(&want);
	return found;
}

int img_podman_import(struct context *c, const struct img_podman_store *s, const struct img_podman *img, bool quiet,
	struct err *err)
{
	const char *name = img->names.n ? img->names.v[0] : img->id;
	struct request rq = {
		.op = (char *)"import-podman", .root = c->root, .driver = c->storage_driver, .name = (char *)name,
		.image = img->id, .quiet = quiet, .progress = isatty(2), .retry = -1,
	};
	struct request_answer a;

	if (transfer_ask_file(c, &rq, s->fd, &a, err) < 0)
		return -1;
	events_image(c, img->id, name, "import");
	request_answer_done(&a);
	return 0;
}
