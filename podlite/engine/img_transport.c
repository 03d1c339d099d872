#include "podlite/engine/img_transport.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "net/policy.h"
#include "podlite/engine/events.h"
#include "podlite/engine/transfer.h"

#define SKOPEO "skopeo copies between it and a transport that podlite knows"

static const struct {
	const char *name;   /* with the colon */
	const char *format; /* request.h's, or NULL: refused */
	const char *save;   /* img_save_formats'; of one that is refused the advice */
	bool dir;           /* its path is a directory */
} transports[] = {
	{"oci:", "oci", "oci-dir", true},
	{"oci-archive:", "oci", "oci-archive", false},
	{"docker-archive:", "docker-archive", "docker-archive", false},
	{"dir:", "dir", "docker-dir", true},
	{"containers-storage:", NULL, "podman's store is podman's own; podman save and podman load exchange archives with podlite save and podlite load", false},
	{"docker-daemon:", NULL, "docker's store is docker's own; docker save and docker load exchange archives with podlite save and podlite load", false},
	{"ostree:", NULL, SKOPEO, false},
	{"sif:", NULL, SKOPEO, false},
	{"tarball:", NULL, SKOPEO, false},
};

/* Index of it, or -1. */
static int find(const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(transports); i++)
		if (!strncmp(text, transports[i].name, strlen(transports[i].name)))
			return (int)i;
	return -1;
}

bool img_transport_is(const char *text)
{
	return find(text) >= 0;
}

static int check_policy(const struct policy *p, const char *transport, const char *path, struct err *err)
{
	auto_free char *name = xstrndup(transport, strlen(transport) - 1);

	return policy_check_path(p, name, path, err);
}

static int check_one(const char *transport, const char *path, struct err *err)
{
	struct policy p;
	int r;

	if (policy_load(&p, err) < 0)
		return -1;
	r = check_policy(&p, transport, path, err);
	policy_done(&p);
	return r;
}

int img_transport_admit(const char *path, bool dir, struct svec *ret_refused, struct err *err)
{
	struct policy p;
	size_t asked = 0;

	if (policy_load(&p, err) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(transports); i++) {
		if (!transports[i].format || transports[i].dir != dir)
			continue;
		asked++;
		if (check_policy(&p, transports[i].name, path, err) < 0)
			svec_add(ret_refused, transports[i].format);
	}
	policy_done(&p);
	if (ret_refused->n == asked)
		return -1;
	err_clear(err);
	return 0;
}

int img_transport_parse(const char *text, const char *what, struct img_transport *ret, struct err *err)
{
	int t = find(text);
	const char *rest = text + strlen(transports[t].name);
	size_t len = !strcmp(transports[t].name, "dir:") ? strlen(rest) : strcspn(rest, ":");

	if (!transports[t].format) {
		err_set(err, EK_UNSUPPORTED, "%s %s: transport %s is not known", what, text, transports[t].name);
		return err_advise(err, "%s", transports[t].save);
	}
	if (!len)
		return err_set(err, EK_USAGE, "%s %s: expected %sPATH", what, text, transports[t].name);
	*ret = (struct img_transport){.load = transports[t].format, .save = transports[t].save, .scheme = transports[t].name,
		.path = xstrndup(rest, len), .select = rest[len] && rest[len + 1] ? rest + len + 1 : NULL};
	return 0;
}

static int load(struct context *c, const char *text, const struct img_transport *t, bool quiet, struct request_answer *ret, struct err *err)
{
	struct request rq = {.op = (char *)"load", .root = c->root, .driver = c->storage_driver, .name = (char *)text,
		.format = (char *)t->load, .select = (char *)t->select, .single = true,
		.quiet = quiet, .progress = isatty(2), .retry = -1};
	auto_fd int file = -1;

	if (check_one(t->scheme, t->path, err) < 0)
		return err_wrap(err, "pull");
	file = fd_open(AT_FDCWD, t->path, O_RDONLY | O_NOCTTY, 0);
	if (file < 0)
		return err_neg(err, file, "pull %s: open %s", text, t->path);
	return transfer_ask_file(c, &rq, file, ret, err);
}

int img_transport_pull(struct context *c, const char *text, bool quiet, struct image *ret, char **ret_name,
	struct err *err)
{
	const struct request_image *got;
	struct request_answer a;
	struct img_transport t;
	int r;

	if (img_transport_parse(text, "pull", &t, err) < 0)
		return -1;
	r = load(c, text, &t, quiet, &a, err);
	free(t.path);
	if (r < 0)
		return -1;
	got = a.images.v;
	if (!a.images.n || strlen(got->id) != 64) {
		request_answer_done(&a);
		return err_set(err, EK_SYSTEM, "pull %s: podlite-transfer answered without an image", text);
	}
	events_image(c, got->id, *got->name ? got->name : text, "pull");
	r = image_find_quick(&c->store, got->id, NULL, ret, err);
	if (!r)
		*ret_name = xstrdup(*got->name ? got->name : got->id);
	request_answer_done(&a);
	return r;
}
