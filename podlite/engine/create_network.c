#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "net/slirp.h"
#include "podlite/engine/create_value.h"

void create_network_done(struct create_network *n)
{
	free(n->kind);
	free(n->target);
	svec_done(&n->options);
	memset(n, 0, sizeof(*n));
}

/* Modes that take no options, and what the monitor calls them. */
static const struct {
	const char *text, *kind;
	bool own;
} plain_modes[] = {
	{"", "slirp4netns", true},
	{"private", "slirp4netns", true},
	{"default", "slirp4netns", true},
	{"none", "none", true},
	{"host", "host", false},
};

/* What the helpers are asked for is decided here and in net/slirp.c, net/pasta_options.c; a text
 * of the user never becomes their option. */
static int slirp_option(const char *option, struct err *err)
{
	struct svec one = SVEC_INIT;
	struct slirp_addresses net;
	int r;

	if (!strncmp(option, "disable_dns=", 12)) /* ours: resolv.conf decides */
		return err_set(err, EK_USAGE, "unknown slirp4netns option \"%s\"", option);
	svec_add(&one, option);
	r = slirp_network(&one, &net, err);
	svec_done(&one);
	return r;
}

static int helper_options(struct create_network *n, const char *text, struct err *err)
{
	auto_svec struct svec words = SVEC_INIT;

	if (*text)
		svec_add_split(&words, text, ',');
	if (!strcmp(n->kind, "pasta"))
		return pasta_options(&words, &n->options, err);
	svec_add_all(&n->options, &words);
	for (size_t i = 0; i < n->options.n; i++)
		if (slirp_option(n->options.v[i], err) < 0)
			return -1;
	return 0;
}

static int parse(const char *text, struct create_network *n, struct err *err)
{
	size_t len = strcspn(text, ":");
	const char *rest = text[len] ? text + len + 1 : "";

	for (size_t i = 0; i < ARRAY_SIZE(plain_modes); i++) {
		if (strcmp(text, plain_modes[i].text))
			continue;
		n->kind = xstrdup(plain_modes[i].kind);
		n->own = plain_modes[i].own;
		return 0;
	}
	n->kind = xstrndup(text, len);
	if (!strcmp(n->kind, "slirp4netns") || !strcmp(n->kind, "pasta")) {
		n->own = true;
		return helper_options(n, rest, err);
	}
	if (!strcmp(n->kind, "container") || !strcmp(n->kind, "ns")) {
		n->target = xstrdup(rest);
		if (*rest && (*n->kind == 'c' || *rest == '/'))
			return 0;
		return err_set(err, EK_USAGE, "expected container: and a name or ID, or ns: and an absolute path");
	}
	return err_set(err, EK_UNSUPPORTED, "named networks are not built yet; use private, none, host, slirp4netns, pasta, container:ID or ns:PATH");
}

int create_network_parse(const struct svec *texts, struct create_network *ret, struct err *err)
{
	const char *text = texts->n ? texts->v[0] : "";
	struct create_network n = {.kind = NULL};

	if (texts->n > 1)
		return err_set(err, EK_UNSUPPORTED, "--network: more than one network is not built yet");
	if (parse(text, &n, err) < 0) {
		create_network_done(&n);
		return err_wrap(err, "--network %s", text);
	}
	*ret = n;
	return 0;
}
