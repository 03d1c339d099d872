/* create_secret.c - --secret NAME[,type=mount|env][,target=...][,uid=,gid=,mode=]. */
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/fs.h"
#include "common/units.h"
#include "podlite/engine/create_value.h"

void create_secret_done(struct create_secret *s)
{
	free(s->name);
	free(s->target);
	memset(s, 0, sizeof(*s));
}

static int set_number(const char *key, const char *value, uint32_t *ret, struct err *err)
{
	uint64_t n;

	if (!units_parse_u64(value, &n) || n >= UINT32_MAX)
		return err_set(err, EK_USAGE, "invalid %s \"%s\"", key, value);
	*ret = (uint32_t)n;
	return 0;
}

static int set_mode(struct create_secret *s, const char *value, struct err *err)
{
	char *end;
	unsigned long mode = strtoul(value, &end, 8);

	if (!*value || *end || mode > 07777)
		return err_set(err, EK_USAGE, "invalid mode \"%s\"", value);
	s->mode = (uint32_t)mode;
	return 0;
}

static int one_key(struct create_secret *s, const char *field, struct err *err)
{
	const char *eq = strchr(field, '=');
	size_t n = eq ? (size_t)(eq - field) : 0;
	const char *value = eq ? eq + 1 : "";

	if (n == 4 && !strncmp(field, "type", 4)) {
		s->env = !strcmp(value, "env");
		return s->env || !strcmp(value, "mount") ? 0 : err_set(err, EK_USAGE, "type \"%s\" is invalid: expected mount or env", value);
	}
	if (n == 6 && (!strncmp(field, "target", 6) || !strncmp(field, "source", 6))) {
		char **to = *field == 't' ? &s->target : &s->name;

		free(*to);
		*to = xstrdup(value);
		return 0;
	}
	s->owned |= n == 3 || n == 4;
	if (n == 3 && !strncmp(field, "uid", 3))
		return set_number("uid", value, &s->uid, err);
	if (n == 3 && !strncmp(field, "gid", 3))
		return set_number("gid", value, &s->gid, err);
	if (n == 4 && !strncmp(field, "mode", 4))
		return set_mode(s, value, err);
	return err_set(err, EK_USAGE, "option \"%s\" is invalid", field);
}

/* Below /run/secrets unless absolute; a variable's name for env. */
static int complete(struct create_secret *s, struct err *err)
{
	auto_free char *path = NULL;

	if (!s->name || !*s->name)
		return err_set(err, EK_USAGE, "no secret is named");
	if (s->env && s->owned)
		return err_set(err, EK_USAGE, "uid, gid and mode cannot be used with type=env");
	if (!s->target || !*s->target) {
		free(s->target);
		s->target = xstrdup(s->name);
	}
	if (s->env)
		return strchr(s->target, '=') ? err_set(err, EK_USAGE, "a variable's name has no \"=\"") : 0;
	path = *s->target == '/' ? xstrdup(s->target) : xasprintf("/run/secrets/%s", s->target);
	free(s->target);
	s->target = fs_clean(path);
	for (const char *p = s->target; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return err_set(err, EK_USAGE, "the target has control characters");
	return strcmp(s->target, "/") ? 0 : err_set(err, EK_USAGE, "the target cannot be the root");
}

int create_secret_parse(const char *text, struct create_secret *ret, struct err *err)
{
	auto_svec struct svec fields = SVEC_INIT;
	auto_cleanup(create_secret_done) struct create_secret s = {.mode = 0444};
	size_t first = 0;

	svec_add_split(&fields, text, ',');
	if (fields.n && !strchr(fields.v[0], '=')) {
		s.name = xstrdup(fields.v[0]);
		first = 1;
	}
	for (size_t i = first; i < fields.n; i++)
		if (one_key(&s, fields.v[i], err) < 0)
			return err_wrap(err, "--secret %s", text);
	if (complete(&s, err) < 0)
		return err_wrap(err, "--secret %s", text);
	*ret = s;
	memset(&s, 0, sizeof(s));
	return 0;
}
