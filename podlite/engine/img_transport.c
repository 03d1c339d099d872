#include "podlite/engine/img_transport.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "net/policy.h"
#include "podlite/engine/events.h"
#include "podlite/engine/transfer.h"

static const struct {
	const char *name;   /* with the colon */
	const char *format; /* request.h's, or NULL: refused */
	const char *advice;
	bool dir;           /* its path is a directory */
} transports[] = {
	{"oci:", "oci", NULL, true},
	{"oci-archive:", "oci", NULL, false},
	{"docker-archive:", "docker-archive", NULL, false},
	{"dir:", "dir", NULL, true},
	{"containers-storage:", NULL, "podman's store is podman's own; podman save writes an archive for podlite load", false},
	{"docker-daemon:", NULL, "docker's store is docker's own; docker save writes an archive for podlite load", false},
	{"ostree:", NULL, "skopeo copy turns it into a transport that podlite reads", false},
	{"sif:", NULL, "skopeo copy turns it into a transport that podlite reads", false},
	{"tarball:", NULL, "skopeo copy turns it into a transport that podlite reads", false},
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

static int load(struct context *c, const char *text, int t, bool quiet, struct request_answer *ret, struct err *err)
{
	const char *rest = text + strlen(transports[t].name);
	bool whole = !strcmp(transports[t].format, "dir");
	auto_free char *path = xstrndup(rest, whole ? strlen(rest) : strcspn(rest, ":"));
	const char *select = rest[strlen(path)] ? rest + strlen(path) + 1 : "";
	struct request rq = {.op = (char *)"load", .root = c->root, .driver = c->storage_driver, .name = (char *)text,
		.format = (char *)transports[t].format, .select = *select ? (char *)select : NULL, .single = true,
		.quiet = quiet, .progress = isatty(2), .retry = -1};
	auto_fd int file = -1;

	if (!*path)
		return err_set(err, EK_USAGE, "pull %s: expected %sPATH", text, transports[t].name);
	if (check_one(transports[t].name, path, err) < 0)
		return err_wrap(err, "pull");
	file = fd_open(AT_FDCWD, path, O_RDONLY | O_NOCTTY, 0);
	if (file < 0)
		return err_neg(err, file, "pull %s: open %s", text, path);
	return transfer_ask_file(c, &rq, file, ret, err);
}

int img_transport_pull(struct context *c, const char *text, bool quiet, struct image *ret, char **ret_name,
	struct err *err)
{
	int t = find(text), r;
	const struct request_image *got;
	struct request_answer a;

	if (!transports[t].format) {
		err_set(err, EK_UNSUPPORTED, "pull %s: transport %s is not read", text, transports[t].name);
		return err_advise(err, "%s", transports[t].advice);
	}
	if (load(c, text, t, quiet, &a, err) < 0)
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
