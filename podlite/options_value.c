#include "podlite/options_value.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/sbuf.h"
#include "common/units.h"

bool options_value_implied(const struct option_def *d, const char **ret)
{
	if (d->flags & OPT_F_OPTIONAL_ARG)
		*ret = d->dflt;
	else if (d->type == OPT_BOOL || d->type == OPT_TRI || (d->type == OPT_CALL && !d->arg))
		*ret = "true";
	else
		return false;
	return true;
}

static int bad_value(const struct option_def *d, const char *value, const char *want, struct err *err)
{
	return err_set(err, EK_USAGE, "invalid value \"%s\" for --%s: expected %s", value, d->name, want);
}

/* Go's strconv.ParseBool. */
static int parse_bool(const struct option_def *d, const char *s, bool *ret, struct err *err)
{
	static const char *const yes[] = {"1", "t", "T", "true", "TRUE", "True"};
	static const char *const no[] = {"0", "f", "F", "false", "FALSE", "False"};

	for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
		if (strcmp(s, yes[i]) && strcmp(s, no[i]))
			continue;
		*ret = !strcmp(s, yes[i]);
		return 0;
	}
	return bad_value(d, s, "true or false", err);
}

static int parse_int(const struct option_def *d, const char *s, int64_t *ret, struct err *err)
{
	const char *digits = s + (*s == '-' || *s == '+');
	char *end;
	long long v;

	errno = 0;
	v = strtoll(s, &end, 0); /* 0x and 0 prefixes as pflag */
	if (*digits < '0' || *digits > '9' || *end || errno)
		return bad_value(d, s, "a whole number", err);
	*ret = v;
	return 0;
}

static int parse_choice(const struct option_def *d, const char *s, struct err *err)
{
	auto_sbuf struct sbuf words = SBUF_INIT;

	for (size_t i = 0; d->choices && d->choices[i]; i++) {
		if (!strcmp(s, d->choices[i]))
			return 0;
		sbuf_addf(&words, "%s%s", i ? ", " : "one of ", d->choices[i]);
	}
	return d->choices ? bad_value(d, s, words.buf, err) : 0;
}

static int store_keyval(const struct option_def *d, struct svec *l, const char *s, struct err *err)
{
	size_t n = strcspn(s, "=");
	auto_free char *name = xstrndup(s, n);

	if (!n)
		return bad_value(d, s, "NAME=VALUE", err);
	svec_env_set(l, name, s[n] ? s + n + 1 : "");
	return 0;
}

static int store_str(const struct option_def *d, char **field, const char *s, struct err *err)
{
	bool none = !*s && d->flags & OPT_F_EMPTY_IS_NONE;

	if (!none && parse_choice(d, s, err) < 0)
		return -1;
	free(*field);
	*field = none ? NULL : xstrdup(s);
	return 0;
}

int options_value_store(const struct option_def *d, void *opt, const char *value, struct err *err)
{
	void *field = (char *)opt + d->offset;
	bool b = false;

	switch (d->type) {
	case OPT_BOOL:
		return parse_bool(d, value, field, err);
	case OPT_TRI:
		if (parse_bool(d, value, &b, err) < 0)
			return -1;
		*(int *)field = b ? 1 : -1;
		return 0;
	case OPT_STR:
		return store_str(d, field, value, err);
	case OPT_INT:
		return parse_int(d, value, field, err);
	case OPT_SIZE:
		return units_parse_size(value, field) ? 0
			: bad_value(d, value, "a size such as 10m or 1.5g", err);
	case OPT_DURATION:
		return units_parse_duration(value, field) ? 0
			: bad_value(d, value, "a duration such as 30s or 1m30s", err);
	case OPT_LIST:
		svec_add(field, value);
		return 0;
	case OPT_CSV:
		if (*value)
			svec_add_split(field, value, ',');
		return 0;
	case OPT_KEYVAL:
		return store_keyval(d, field, value, err);
	case OPT_CALL:
		if (d->parse(field, value, err) < 0)
			return err_wrap(err, "--%s %s", d->name, value);
		return 0;
	case OPT_REFUSED:
	case OPT_END:
		break;
	}
	return err_set(err, EK_UNSUPPORTED, "option --%s is not supported", d->name);
}

void options_value_free(const struct option_def *d, void *opt)
{
	void *field = (char *)opt + d->offset;

	if (d->type == OPT_STR)
		alloc_freep(field);
	else if (d->type == OPT_LIST || d->type == OPT_CSV || d->type == OPT_KEYVAL)
		svec_done(field);
}

static size_t field_size(enum option_type t)
{
	switch (t) {
	case OPT_BOOL:
		return sizeof(bool);
	case OPT_TRI:
		return sizeof(int);
	case OPT_STR:
		return sizeof(char *);
	case OPT_INT:
	case OPT_SIZE:
	case OPT_DURATION:
		return sizeof(int64_t);
	case OPT_LIST:
	case OPT_CSV:
	case OPT_KEYVAL:
		return sizeof(struct svec);
	case OPT_CALL: /* of a size that only its callback knows */
	case OPT_REFUSED:
	case OPT_END:
		break;
	}
	return 0;
}

void options_value_swap(const struct option_def *d, void *a, void *b)
{
	char *x = (char *)a + d->offset, *y = (char *)b + d->offset;

	for (size_t i = 0, n = field_size(d->type); i < n; i++)
		SWAP(x[i], y[i]);
}
