#include "podlite/engine/img_push.h"

#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "podlite/engine/events.h"
#include "podlite/engine/img.h"
#include "podlite/engine/transfer.h"

/* Places that are no registry: what writes them instead. */
static int check_transport(const char *to, struct err *err)
{
	static const char *const words[] = {"oci:", "oci-archive:", "docker-archive:", "dir:"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (!strncmp(to, words[i], strlen(words[i]))) {
			err_set(err, EK_UNSUPPORTED, "push %s: push sends to registries only", to);
			return err_advise(err, "podlite save writes archives and directories");
		}
	if (!strncmp(to, "containers-storage:", 19) || !strncmp(to, "docker-daemon:", 14)) {
		err_set(err, EK_UNSUPPORTED, "push %s: other engines' stores are their own", to);
		return err_advise(err, "podlite save writes an archive that they load");
	}
	return 0;
}

static char *destination(const struct image *img, const char *image, const char *to, struct err *err)
{
	if (to)
		return check_transport(to, err) < 0 ? NULL : xstrdup(to);
	if (img->names.n)
		return xstrdup(img->names.v[0]);
	err_set(err, EK_USAGE, "push %s: the image has no name; say where to: podlite push IMAGE DESTINATION", image);
	return NULL;
}

int img_push(struct context *c, const char *image, const char *to, const struct img_push_opts *o, char **ret_digest,
	struct err *err)
{
	struct img_pull_opts never = {.retry = -1};
	struct image img = {.id = ""};
	auto_free char *found = NULL, *name = NULL;
	struct request_answer a;
	int r;

	if (img_resolve(c, image, PULL_NEVER, &never, &img, &found, err) < 0)
		return -1;
	name = destination(&img, image, to, err);
	struct request rq = {.op = (char *)"push", .root = c->root, .driver = c->storage_driver, .name = name,
		.image = img.id, .tls_verify = o->tls_verify, .authfile = (char *)o->authfile, .creds = (char *)o->creds,
		.cert_dir = (char *)o->cert_dir, .compression = (char *)o->compression, .format = (char *)o->format,
		.level = o->level, .retry = o->retry, .retry_delay_ns = o->retry_delay_ns, .quiet = o->quiet,
		.progress = isatty(2)};

	r = name ? transfer_ask(c, &rq, &a, err) : -1;
	if (!r) {
		events_image(c, img.id, name, "push");
		*ret_digest = take_ptr(a.digest);
		request_answer_done(&a);
	}
	image_done(&img);
	return r;
}
