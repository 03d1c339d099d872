#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/fs.h"
#include "podlite/engine/create_value.h"

void create_device_done(struct create_device *d)
{
	free(d->source);
	free(d->dest);
	memset(d, 0, sizeof(*d));
}

static bool is_permissions(const char *s)
{
	return *s && strlen(s) <= 3 && !s[strspn(s, "rwm")];
}

/* Without device cgroups a bound device can be both read and written by whoever may open it. */
static int check_permissions(const char *text, const char *perms, struct err *err)
{
	if (strchr(perms, 'r') && strchr(perms, 'w'))
		return 0;
	return err_set(err, EK_UNSUPPORTED,
		"--device %s: permissions \"%s\" cannot be enforced without privileges; use rw or rwm", text, perms);
}

/* VENDOR/CLASS=NAME, in the letters that the specification allows. */
bool create_device_is_cdi(const char *text)
{
	static const char word[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
	size_t vendor = strspn(text, word), class_;

	if (!vendor || text[vendor] != '/')
		return false;
	text += vendor + 1;
	class_ = strspn(text, word);
	if (!class_ || text[class_] != '=')
		return false;
	text += class_ + 1;
	return *text && !text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.:")];
}

int create_device_parse(const char *text, struct create_device *ret, struct err *err)
{
	auto_svec struct svec parts = SVEC_INIT;
	const char *source, *dest, *perms = "rwm";

	svec_add_split(&parts, text, ':');
	source = dest = parts.v[0];
	if (parts.n > 3)
		return err_set(err, EK_USAGE, "invalid --device \"%s\": expected HOST[:CONTAINER][:rwm]", text);
	if (parts.n == 3)
		perms = parts.v[2];
	if (parts.n == 2 && *parts.v[1] != '/')
		perms = parts.v[1];
	else if (parts.n > 1)
		dest = parts.v[1];
	if (*source != '/' || *dest != '/')
		return err_set(err, EK_USAGE, "invalid --device \"%s\": paths of devices are absolute", text);
	if (!is_permissions(perms))
		return err_set(err, EK_USAGE, "invalid --device \"%s\": \"%s\" is not made of r, w and m", text, perms);
	if (check_permissions(text, perms, err) < 0)
		return -1;
	*ret = (struct create_device){fs_clean(source), fs_clean(dest)};
	return 0;
}
