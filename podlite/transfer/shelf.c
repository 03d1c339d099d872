#include "podlite/transfer/shelf.h"

#include <string.h>
#include <sys/stat.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/log.h"
#include "common/units.h"
#include "oci/spec_image.h"

/* ---- opening ---- */

/* Who can write says what names mean: its owner, and nobody else. */
static int check_mode(int dirfd, const char *name, const char *path, struct err *err)
{
	struct stat st;

	if (fstatat(dirfd, name, &st, 0) < 0)
		return err_sys(err, "%s/%s", path, name);
	if (!(st.st_mode & 022))
		return 0;
	err_set(err, EK_DENIED, "others than the owner of %s can write to %s", path, *name == '.' ? "it" : name);
	return err_advise(err, "chmod go-w %s%s%s", path, *name == '.' ? "" : "/", *name == '.' ? "" : name);
}

static int check_modes(const struct shelf *s, struct err *err)
{
	static const char *const oci[] = {".", "index.json", NULL};
	static const char *const own[] = {".", "names", "images", NULL};

	for (const char *const *name = s->arc ? oci : own; *name; name++)
		if (check_mode(s->fd, *name, s->path, err) < 0)
			return -1;
	return 0;
}

static int open_kind(struct shelf *s, struct err *err)
{
	if (fs_exists(s->fd, "index.json")) {
		s->arc = arc_read_open(s->fd, -1, err);
		return s->arc ? 0 : -1;
	}
	if (fs_exists(s->fd, "images") || !fs_exists(s->fd, "overlay-images"))
		return store_open_other(s->path, s->fd, &s->store, err);
	err_set(err, EK_UNSUPPORTED, "this is a store of podman's");
	return err_advise(err, "podlite system import-podman takes images from one");
}

int shelf_open(const char *path, struct shelf *ret, struct err *err)
{
	struct shelf s = {.path = path, .fd = fd_open(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_NONBLOCK, 0)};

	if (s.fd < 0)
		err_neg(err, s.fd, "open");
	if (s.fd >= 0 && open_kind(&s, err) == 0 && check_modes(&s, err) == 0) {
		*ret = s;
		return 0;
	}
	shelf_close(&s);
	if (err->sys == EACCES)
		err_advise(err, "for others its owner fills an OCI layout: podlite save --format oci-dir");
	return -1;
}

static void image_drop(struct shelf_image *i)
{
	image_done(&i->img);
	sbuf_done(&i->config);
	sbuf_done(&i->document);
	free(i->layers);
}

void shelf_close(struct shelf *s)
{
	for (size_t i = 0; i < s->n; i++)
		image_drop(&s->v[i]);
	free(s->v);
	arc_read_close(s->arc);
	store_close(&s->store);
	fd_closep(&s->fd);
}

/* ---- images ---- */

void shelf_left_out(const struct shelf *s, const char *image, const struct err *why)
{
	auto_sbuf struct sbuf safe = SBUF_INIT;

	sbuf_addsafe(&safe, image, strlen(image));
	log_warn("additional store %s: image %s is left out: %s", s->path, safe.buf, why->msg);
}

/* host/path@sha256:HEX for each repository among the names. */
static void add_digests(struct image *img)
{
	SVEC_EACH(name, &img->names) {
		auto_free char *repository = NULL, *text = NULL;
		struct ref r;

		if (ref_parse(name, &r, NULL) < 0)
			continue;
		repository = ref_repository(&r);
		ref_done(&r);
		text = xasprintf("%s@sha256:%s", repository, img->manifest.hex);
		if (!svec_has(&img->digests, text))
			svec_take(&img->digests, take_ptr(text));
	}
}

static int charge(size_t *budget, size_t n, struct err *err)
{
	if (n > *budget)
		return err_set(err, EK_INVALID, "manifests and configs of additional stores are too large together, the limit is %u bytes",
			SHELF_DOCUMENTS_MAX);
	*budget -= n;
	return 0;
}

struct shelf_image *shelf_add(struct shelf *s, const struct spec_manifest *m, const struct digest *manifest,
	struct sbuf *document, struct sbuf *config, struct svec *names, size_t *budget, struct err *err)
{
	struct spec_image_config c;
	struct shelf_image *i;

	if (charge(budget, document->len + config->len, err) < 0 ||
		spec_image_config_parse(config->buf, config->len, &c, err) < 0)
		return NULL;
	if (c.ndiff_ids != m->nlayers) {
		err_set(err, EK_INVALID, "the manifest has %zu layers, the config names %zu", m->nlayers, c.ndiff_ids);
		spec_image_config_done(&c);
		return NULL;
	}
	s->v = xrealloc(s->v, s->n + 1, sizeof(*s->v));
	i = &s->v[s->n++];
	*i = (struct shelf_image){.config = *config, .document = *document, .layers = xcalloc(m->nlayers + 1, sizeof(*i->layers))};
	*config = *document = (struct sbuf)SBUF_INIT;
	i->img = (struct image){.manifest = *manifest, .config = m->config.digest, .layers = take_ptr(c.diff_ids),
		.nlayers = c.ndiff_ids, .names = *names};
	*names = (struct svec)SVEC_INIT;
	memcpy(i->img.id, m->config.digest.hex, sizeof(i->img.id));
	if (c.created && !units_parse_time(c.created, 0, &i->img.created_ns))
		i->img.created_ns = 0;
	spec_image_config_done(&c);
	return i;
}

int shelf_read(struct shelf *s, size_t *budget, struct err *err)
{
	if ((s->arc ? shelf_oci_read(s, budget, err) : shelf_store_read(s, budget, err)) < 0)
		return -1;
	for (size_t i = 0; i < s->n; i++)
		add_digests(&s->v[i].img);
	return 0;
}

int shelf_put_layer(struct shelf *s, const struct shelf_image *image, size_t i, const struct put_layer *to, struct err *err)
{
	const struct digest *diff_id = &image->img.layers[i];
	int r = s->arc ? shelf_oci_put_layer(s, diff_id, &image->layers[i], to, err)
		       : shelf_store_put_layer(s, diff_id, to, err);

	return r < 0 ? err_wrap(err, "additional store %s", s->path) : 0;
}
