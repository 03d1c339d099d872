#include "podlite/engine/img_push.h"

#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/log.h"
#include "podlite/engine/events.h"
#include "podlite/engine/img_archive.h"
#include "podlite/engine/img_transport.h"
#include "podlite/engine/mlist.h"
#include "podlite/engine/transfer.h"

/* Of a manifest list. */
static int check_transport(const char *to, struct err *err)
{
	if (!img_transport_is(to))
		return 0;
	err_set(err, EK_UNSUPPORTED, "push %s: a manifest list goes to registries only", to);
	return err_advise(err, "push one of its images, by digest, or copy the list from a registry with skopeo copy --all");
}

char *img_push_destination(const struct image *img, const char *text, const char *to, struct err *err)
{
	if (to)
		return check_transport(to, err) < 0 ? NULL : xstrdup(to);
	SVEC_EACH(name, &img->names)
		if (!strchr(name, '@'))
			return xstrdup(name);
	err_set(err, EK_USAGE, "push %s: the image has no name; say where to: podlite push IMAGE DESTINATION", text);
	return NULL;
}

struct request img_push_request(const struct context *c, const struct img_push_opts *o, const char *op, const char *name)
{
	return (struct request){.op = (char *)op, .root = c->root, .driver = c->storage_driver, .name = (char *)name,
		.tls_verify = o->tls_verify, .authfile = (char *)o->authfile, .creds = (char *)o->creds,
		.cert_dir = (char *)o->cert_dir, .compression = (char *)o->compression, .format = (char *)o->format,
		.level = o->level, .retry = o->retry, .retry_delay_ns = o->retry_delay_ns, .quiet = o->quiet,
		.progress = isatty(2)};
}

/* So that RepoDigests has it. The image is in the registry whether this can be noted or not. */
static void note_digest(struct context *c, const char *id, const char *name, const char *digest)
{
	struct err ignored = ERR_INIT;
	auto_fd int hold = store_hold(&c->store, &ignored);
	auto_free char *repo = NULL, *at = NULL;
	struct ref ref;

	if (hold < 0 || !digest || ref_parse(name, &ref, &ignored) < 0)
		return;
	repo = ref_repository(&ref);
	at = xasprintf("%s@%s", repo, digest);
	if (image_know(&c->store, id, at, &ignored) < 0)
		log_debug("%s", ignored.msg);
	ref_done(&ref);
}

static int push_image(struct context *c, struct image *img, const char *name, const struct img_push_opts *o,
	char **ret_digest, struct err *err)
{
	struct request rq = img_push_request(c, o, "push", name);
	struct request_answer a;

	rq.image = img->id;
	if (transfer_ask(c, &rq, &a, err) < 0)
		return -1;
	events_image(c, img->id, name, "push");
	note_digest(c, img->id, name, a.digest);
	*ret_digest = take_ptr(a.digest);
	request_answer_done(&a);
	return 0;
}

/* ---- to a place that is no registry ---- */

/* The NAME of an OCI layout is any text of containers-transports(5), that of docker's archive a reference. */
static char *name_there(const struct img_transport *t, struct err *err)
{
	static const char marks[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:@+/";
	struct ref ref;
	char *ret;

	if (!strcmp(t->load, "oci")) {
		if (!t->select[strspn(t->select, marks)])
			return xstrdup(t->select);
		err_set(err, EK_USAGE, "\"%s\" is no name for an image there", t->select);
		return NULL;
	}
	if (ref_parse_at(t->select, "docker.io", &ref, err) < 0)
		return NULL;
	ret = ref_text(&ref, true);
	ref_done(&ref);
	return ret;
}

static int check_forms(const struct img_transport *t, const struct img_push_opts *o, struct err *err)
{
	bool oci = !strcmp(t->load, "oci"), dir = !strcmp(t->load, "dir");

	if (o->format && strcmp(o->format, oci ? "oci" : "v2s2"))
		return err_set(err, EK_UNSUPPORTED, "%s has manifests of the type %s only, not %s", t->scheme, oci ? "oci" : "v2s2", o->format);
	if ((o->compression || o->compress) && !oci && !dir)
		return err_set(err, EK_UNSUPPORTED, "%s has no compressed layers", t->scheme);
	if (o->want_digest && !oci && !dir)
		return err_set(err, EK_UNSUPPORTED, "%s has no manifest whose digest could be told", t->scheme);
	return 0;
}

static int push_to_transport(struct context *c, const char *image, const char *to, const struct img_push_opts *o, char **ret_digest,
	struct err *err)
{
	struct img_transport t;
	auto_free char *name = NULL;
	int r;

	if (img_transport_parse(to, "push", &t, err) < 0)
		return -1;
	r = check_forms(&t, o, err);
	if (!r && t.select) {
		name = name_there(&t, err);
		r = name ? 0 : -1;
	}
	if (!r) {
		const struct img_save_opts s = {.format = t.save, .output = t.path, .name = name, .compression = o->compression,
			.compress = o->compression || o->compress, .level = o->level, .quiet = o->quiet};

		r = img_archive_write(c, &s, (char *)image, "push", ret_digest, err);
	}
	free(t.path);
	return r < 0 ? err_wrap(err, "push %s", to) : 0;
}

int img_push(struct context *c, const char *image, const char *to, const struct img_push_opts *o, char **ret_digest,
	struct err *err)
{
	struct img_pull_opts never = {.retry = -1};
	struct image img = {.id = ""};
	auto_free char *found = NULL, *name = NULL;
	int r;

	if (image_find_quick(&c->store, image, NULL, &img, NULL) == 0 && img.list) {
		r = mlist_push(c, &img, to, true, o, ret_digest, err);
		image_done(&img);
		return r;
	}
	image_done(&img);
	if (to && img_transport_is(to))
		return push_to_transport(c, image, to, o, ret_digest, err);
	if (img_resolve(c, image, PULL_NEVER, &never, &img, &found, err) < 0)
		return -1;
	name = img_push_destination(&img, image, to, err);
	r = name ? push_image(c, &img, name, o, ret_digest, err) : -1;
	image_done(&img);
	return r;
}
