/* conv_volume.c - [Volume] and [Image]: services that run once and leave what they made. */
#include <string.h>

#include "common/alloc.h"
#include "quadlet/conv.h"

/* ---- [Volume] ---- */

static void add_opt(struct conv *c, const char *key, const char *value)
{
	svec_add(&c->cmd, "--opt");
	svec_addf(&c->cmd, "%s=%s", key, value);
}

/* Device=, Type=, User=, Group= and Options= make the options of one mount. */
static void mount_options(struct conv *c)
{
	static const struct { const char *key, *name; } owners[] = {{"User", "uid"}, {"Group", "gid"}};
	const struct unit *u = &c->src->unit;
	const struct unit_entry *device = unit_last(u, "Volume", "Device"), *type = unit_last(u, "Volume", "Type");
	const struct unit_entry *options = unit_last(u, "Volume", "Options");
	auto_svec struct svec o = SVEC_INIT;
	auto_free char *joined = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(owners); i++)
		if (unit_last(u, "Volume", owners[i].key))
			svec_addf(&o, "%s=%s", owners[i].name, unit_value(u, "Volume", owners[i].key, ""));
	if (type && !device)
		conv_error(c, type, "needs Device=");
	if (options && !device)
		conv_error(c, options, "needs Device=");
	if (options)
		svec_add(&o, options->single);
	if (device)
		add_opt(c, "device", device->single);
	if (type)
		add_opt(c, "type", type->single);
	if (!o.n)
		return;
	joined = svec_join(&o, ",");
	add_opt(c, "o", joined);
}

static void no_copy(struct conv *c, const struct unit_entry *e)
{
	if (!conv_bool(c, e, true))
		conv_error(c, e, "podlite's volumes always take over what the image has; write nocopy behind the volume in the container's Volume=");
}

static void driver(struct conv *c, const struct unit_entry *e)
{
	if (strcmp(e->single, "local"))
		conv_error(c, e, "the only driver is local; for files of an image use Mount=type=image in the container");
}

static const struct conv_key volume_keys[] = {
	{"ContainersConfModule", CONV_REFUSED, CONV_NO_MODULES, NULL, NULL},
	{"Copy", CONV_ONCE, NULL, NULL, no_copy},
	{"Device", CONV_ELSE, NULL, NULL, NULL},
	{"Driver", CONV_ONCE, NULL, NULL, driver},
	{"GlobalArgs", CONV_ELSE, NULL, NULL, NULL},
	{"Group", CONV_ELSE, NULL, NULL, NULL},
	{"Image", CONV_REFUSED, "volumes made of an image are not built; use Mount=type=image in the container", NULL, NULL},
	{"Label", CONV_PAIRS, "--label", NULL, NULL},
	{"Options", CONV_ELSE, NULL, NULL, NULL},
	{"ServiceName", CONV_ELSE, NULL, NULL, NULL},
	{"Type", CONV_ELSE, NULL, NULL, NULL},
	{"User", CONV_ELSE, NULL, NULL, NULL},
	{"VolumeName", CONV_ELSE, NULL, NULL, NULL},
	{"PodmanArgs", CONV_ARGS, NULL, NULL, NULL},
};

void conv_volume(struct conv *c)
{
	conv_program(c, &c->cmd);
	svec_add(&c->cmd, "volume");
	svec_add(&c->cmd, "create");
	svec_add(&c->cmd, "--ignore");
	mount_options(c);
	conv_keys(c, volume_keys, ARRAY_SIZE(volume_keys));
	svec_take(&c->cmd, conv_resource(c->src));
	conv_oneshot(c);
}

/* ---- [Image] ---- */

static const struct conv_key image_keys[] = {
	{"AllTags", CONV_BOOL, "--all-tags", NULL, NULL},
	{"Arch", CONV_LAST, "--arch", NULL, NULL},
	{"AuthFile", CONV_LAST, "--authfile", NULL, NULL},
	{"CertDir", CONV_LAST, "--cert-dir", NULL, NULL},
	{"ContainersConfModule", CONV_REFUSED, CONV_NO_MODULES, NULL, NULL},
	{"Creds", CONV_LAST, "--creds", NULL, NULL},
	{"DecryptionKey", CONV_REFUSED, "encrypted images are not built yet", NULL, NULL},
	{"GlobalArgs", CONV_ELSE, NULL, NULL, NULL},
	{"Image", CONV_ELSE, NULL, NULL, NULL},
	{"ImageTag", CONV_ELSE, NULL, NULL, NULL},
	{"OS", CONV_LAST, "--os", NULL, NULL},
	{"ServiceName", CONV_ELSE, NULL, NULL, NULL},
	{"TLSVerify", CONV_BOOL, "--tls-verify", NULL, NULL},
	{"Variant", CONV_LAST, "--variant", NULL, NULL},
	{"PodmanArgs", CONV_ARGS, NULL, NULL, NULL},
};

void conv_image(struct conv *c)
{
	const struct unit_entry *image = unit_last(&c->src->unit, "Image", "Image");
	const struct unit_entry *all = unit_last(&c->src->unit, "Image", "AllTags");

	if (!image)
		conv_error(c, NULL, "[Image] has no Image=");
	conv_program(c, &c->cmd);
	svec_add(&c->cmd, "pull");
	/* an image that is there is enough: machines start without a network, too */
	if (!all || !conv_bool(c, all, false)) {
		svec_add(&c->cmd, "--policy");
		svec_add(&c->cmd, "missing");
	}
	conv_keys(c, image_keys, ARRAY_SIZE(image_keys));
	svec_add(&c->cmd, image ? image->single : "");
	conv_oneshot(c);
}
