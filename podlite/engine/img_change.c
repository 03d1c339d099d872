#include "podlite/engine/img_change.h"

#include <string.h>
#include <time.h>

#include "common/alloc.h"
#include "common/proc.h"
#include "common/units.h"
#include "net/port.h"
#include "oci/spec_image.h"

static struct jval *child(struct jval *v, const char *key, struct jval *(*make)(void))
{
	struct jval *c = jval_get(v, key);

	if (c && jval_type(c) != JV_NULL)
		return c;
	jval_set(v, key, make());
	return jval_get(v, key);
}

/* --- values ------------------------------------------------------------------------------------------------ */

/* ["a", "b"], or a line for the shell. */
static int set_words(struct jval *config, const char *key, const char *value, struct err *err)
{
	auto_svec struct svec words = SVEC_INIT;
	auto_jval struct jval *v = NULL;

	if (value[0] == '[') {
		v = jval_parse(value, strlen(value), 0, err);
		if (!v || !jval_strings(v, &words))
			return err_set(err, EK_USAGE, "--change: \"%.100s\" is no array of strings", value);
	} else if (*value) {
		svec_add(&words, "/bin/sh");
		svec_add(&words, "-c");
		svec_add(&words, value);
	}
	jval_set(config, key, jval_new_strings(&words));
	return 0;
}

static void unquote(char *s)
{
	size_t n = strlen(s);

	if (n < 2 || (s[0] != '"' && s[0] != '\'') || s[n - 1] != s[0])
		return;
	memmove(s, s + 1, n - 2);
	s[n - 2] = '\0';
}

void img_change_env(struct jval *config, const char *key, const char *value)
{
	auto_svec struct svec env = SVEC_INIT;

	(void)jval_strings(jval_get(config, "Env"), &env);
	svec_env_set(&env, key, value);
	jval_set(config, "Env", jval_new_strings(&env));
}

/* "K=V" or "K V"; several "K=V" with spaces between. */
static int each_pair(struct jval *config, const char *value, void (*fn)(struct jval *, const char *key, const char *v),
	struct err *err)
{
	auto_free char *copy = xstrdup(value);
	char *p = copy;

	if (!strchr(copy, '=') || strcspn(copy, " ") < strcspn(copy, "=")) {
		char *space = strchr(copy, ' ');

		if (!space)
			return err_set(err, EK_USAGE, "--change: \"%.100s\" is not KEY=VALUE", value);
		*space = '\0';
		fn(config, copy, space + 1);
		return 0;
	}
	while (*p) {
		char *eq = strchr(p, '='), *end, quote;

		if (!eq || eq == p)
			return err_set(err, EK_USAGE, "--change: \"%.100s\" is not KEY=VALUE", value);
		quote = eq[1] == '"' || eq[1] == '\'' ? eq[1] : 0;
		end = quote ? strchr(eq + 2, quote) : NULL;
		end = end ? end + 1 : eq + 1 + strcspn(eq + 1, " ");
		if (*end)
			*end++ = '\0';
		*eq = '\0';
		unquote(p);
		unquote(eq + 1);
		fn(config, p, eq + 1);
		p = end + strspn(end, " ");
	}
	return 0;
}

static void add_label(struct jval *config, const char *key, const char *v)
{
	jval_set_str(child(config, "Labels", jval_new_object), key, v);
}

/* ["A", "B"] or A B */
static void words_of(const char *value, struct svec *ret)
{
	auto_jval struct jval *v = value[0] == '[' ? jval_parse(value, strlen(value), 0, NULL) : NULL;

	if (v && jval_strings(v, ret))
		return;
	svec_add_words(ret, value);
}

static void add_volumes(struct jval *config, const char *value)
{
	struct jval *set = child(config, "Volumes", jval_new_object);
	auto_svec struct svec words = SVEC_INIT;

	words_of(value, &words);
	SVEC_EACH(w, &words)
		jval_set(set, w, jval_new_object());
}

static int add_ports(struct jval *config, const char *value, struct err *err)
{
	struct jval *set = child(config, "ExposedPorts", jval_new_object);
	auto_svec struct svec words = SVEC_INIT;
	struct port port;

	words_of(value, &words);
	SVEC_EACH(w, &words) {
		if (port_parse_exposed(w, &port, err) < 0)
			return err_wrap(err, "--change: EXPOSE");
		for (unsigned i = 0; i < port.range; i++) {
			auto_free char *name = xasprintf("%u/%s", port.container_port + i, port.proto);

			jval_set(set, name, jval_new_object());
		}
	}
	return 0;
}

static int set_stop_signal(struct jval *config, const char *value, struct err *err)
{
	if (proc_parse_signal(value) < 0)
		return err_set(err, EK_USAGE, "--change: unknown signal \"%.40s\"", value);
	jval_set_str(config, "StopSignal", value);
	return 0;
}

/* --- instructions ------------------------------------------------------------------------------------------ */

static int instruction(struct jval *config, const char *word, const char *value, struct err *err)
{
	if (!strcasecmp(word, "CMD"))
		return set_words(config, "Cmd", value, err);
	if (!strcasecmp(word, "ENTRYPOINT"))
		return set_words(config, "Entrypoint", value, err);
	if (!strcasecmp(word, "ENV"))
		return each_pair(config, value, img_change_env, err);
	if (!strcasecmp(word, "LABEL"))
		return each_pair(config, value, add_label, err);
	if (!strcasecmp(word, "EXPOSE"))
		return add_ports(config, value, err);
	if (!strcasecmp(word, "STOPSIGNAL"))
		return set_stop_signal(config, value, err);
	if (!strcasecmp(word, "VOLUME"))
		add_volumes(config, value);
	else if (!strcasecmp(word, "USER"))
		jval_set_str(config, "User", value);
	else if (!strcasecmp(word, "WORKDIR"))
		jval_set_str(config, "WorkingDir", value);
	else if (!strcasecmp(word, "ONBUILD"))
		jval_add(child(config, "OnBuild", jval_new_array), jval_new_str(value));
	else
		return err_set(err, EK_USAGE, "--change: unknown instruction \"%.40s\"", word);
	return 0;
}

int img_change_apply(struct jval *config, const struct svec *changes, struct err *err)
{
	SVEC_EACH(change, changes) {
		size_t len = strcspn(change, " =");
		auto_free char *word = xstrndup(change, len);

		if (!change[len])
			return err_set(err, EK_USAGE, "--change: \"%.100s\" is not INSTRUCTION=VALUE", change);
		if (instruction(config, word, change + len + 1 + strspn(change + len + 1, " "), err) < 0)
			return -1;
	}
	return 0;
}

/* --- documents ---------------------------------------------------------------------------------------------- */

static void now(char ret[40])
{
	units_print_time(units_now_ns(), false, ret);
}

struct jval *img_change_new(const char *os, const char *architecture, const char *variant)
{
	struct jval *doc = jval_new_object(), *rootfs = jval_new_object();
	struct spec_platform host;

	spec_platform_host(&host);
	jval_set_str(doc, "architecture", architecture ? architecture : host.architecture);
	jval_set_str(doc, "os", os ? os : host.os);
	if (variant)
		jval_set_str(doc, "variant", variant);
	jval_set(doc, "config", jval_new_object());
	jval_set_str(rootfs, "type", "layers");
	jval_set(rootfs, "diff_ids", jval_new_array());
	jval_set(doc, "rootfs", rootfs);
	jval_set(doc, "history", jval_new_array());
	return doc;
}

void img_change_history(struct jval *doc, const char *created_by, const char *author, const char *comment)
{
	struct jval *h = jval_new_object();
	char text[40];

	now(text);
	jval_set_str(doc, "created", text);
	jval_set_str(h, "created", text);
	jval_set_str(h, "created_by", created_by);
	if (author) {
		jval_set_str(doc, "author", author);
		jval_set_str(h, "author", author);
	}
	if (comment)
		jval_set_str(h, "comment", comment);
	jval_add(child(doc, "history", jval_new_array), h);
}
