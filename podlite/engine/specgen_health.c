/* specgen_health.c - the health check, from image and options, as monitor/health.h reads it. */
#include <string.h>
#include <sys/stat.h>

#include "common/alloc.h"
#include "common/fs.h"
#include "common/units.h"
#include "podlite/engine/specgen.h"

#define SECOND 1000000000LL

static bool any_startup(const struct create_opts *o)
{
	return o->health_startup_interval || o->health_startup_retries || o->health_startup_success || o->health_startup_timeout;
}

static bool any_option(const struct create_opts *o)
{
	return o->health_cmd || o->health_interval || o->health_retries || o->health_start_period ||
		o->health_timeout || o->health_on_failure || o->health_startup_cmd || any_startup(o);
}

static struct jval *words(const char *first, const char *second)
{
	struct jval *a = jval_new_array();

	jval_add(a, jval_new_str(first));
	if (second)
		jval_add(a, jval_new_str(second));
	return a;
}

/* What follows this word and blanks, or NULL. */
static const char *after_word(const char *text, const char *word)
{
	size_t n = strlen(word);

	return !strncmp(text, word, n) && text[n] == ' ' ? text + n + strspn(text + n, " ") : NULL;
}

/* --health-cmd: a JSON array is run as it is, anything else by a shell; both may begin with the word of an image's
 * HEALTHCHECK that says which. */
static struct jval *test_of_option(const char *cmd)
{
	auto_jval struct jval *list = *cmd == '[' ? jval_parse(cmd, strlen(cmd), 0, NULL) : NULL;
	auto_svec struct svec parts = SVEC_INIT;
	struct jval *a;

	if (!strcasecmp(cmd, "none"))
		return words("NONE", NULL);
	if (after_word(cmd, "CMD-SHELL"))
		return words("CMD-SHELL", after_word(cmd, "CMD-SHELL"));
	if (after_word(cmd, "CMD"))
		svec_add_words(&parts, cmd);
	else if (!list || !jval_strings(list, &parts) || !parts.n)
		return words("CMD-SHELL", cmd);
	if (!strcmp(parts.v[0], "CMD") || !strcmp(parts.v[0], "CMD-SHELL") || !strcmp(parts.v[0], "NONE"))
		return jval_new_strings(&parts);
	a = words("CMD", NULL);
	for (size_t i = 0; i < parts.n; i++)
		jval_add(a, jval_new_str(parts.v[i]));
	return a;
}

static int set_time(struct jval *h, const char *key, const char *option, const char *text, int64_t min,
	struct err *err)
{
	int64_t ns = 0;

	if (!text)
		return 0;
	if (!strcmp(text, "disable") && strstr(option, "interval"))
		ns = 0;
	else if (!units_parse_duration(text, &ns) || ns < min)
		return err_set(err, EK_USAGE, "invalid value \"%s\" for --%s: expected a time of at least %llds, such as 30s",
			text, option, (long long)(min / SECOND));
	jval_del(h, key); /* podman leaves out what is 0 */
	if (ns)
		jval_set_int(h, key, ns);
	return 0;
}

static int set_number(struct jval *h, const char *key, const char *option, const char *text, int64_t min,
	struct err *err)
{
	int64_t n;

	if (!text)
		return 0;
	if (create_number_parse(option, text, min, INT32_MAX, &n, err) < 0)
		return -1;
	jval_set_int(h, key, n);
	return 0;
}

/* ---- the log ---- */

static int set_log(const struct create_opts *o, struct jval *h, struct err *err)
{
	const char *dest = o->health_log_destination;
	auto_free char *dir = NULL;
	struct stat st;

	if (set_number(h, "MaxLogCount", "health-max-log-count", o->health_max_log_count, 0, err) < 0 ||
		set_number(h, "MaxLogSize", "health-max-log-size", o->health_max_log_size, 0, err) < 0)
		return -1;
	if (!dest)
		return 0;
	jval_del(h, "LogDestination");
	if (!strcmp(dest, "local"))
		return 0;
	if (strcmp(dest, "events_logger")) {
		dir = fs_abspath(dest);
		if (stat(dir, &st) < 0)
			return err_sys(err, "--health-log-destination %s", dest);
		if (!S_ISDIR(st.st_mode))
			return err_set(err, EK_USAGE, "--health-log-destination %s: expected local, events_logger or a directory", dest);
	}
	jval_set_str(h, "LogDestination", dir ? dir : dest);
	return 0;
}

/* ---- startup ---- */

static struct jval *new_startup(struct jval *h)
{
	struct jval *s = jval_new_object();

	jval_set(h, "Startup", s);
	jval_set_int(s, "Interval", 30 * SECOND);
	jval_set_int(s, "Timeout", 30 * SECOND);
	return s;
}

static int set_startup(const struct create_opts *o, struct jval *h, struct err *err)
{
	struct jval *s = jval_get(h, "Startup");

	if (!o->health_startup_cmd && !any_startup(o))
		return 0;
	if (!s && !o->health_startup_cmd)
		return err_set(err, EK_USAGE, "--health-startup-* options need --health-startup-cmd");
	s = s ? s : new_startup(h);
	if (o->health_startup_cmd)
		jval_set(s, "Test", test_of_option(o->health_startup_cmd));
	if (set_time(s, "Interval", "health-startup-interval", o->health_startup_interval, 0, err) < 0 ||
		set_time(s, "Timeout", "health-startup-timeout", o->health_startup_timeout, SECOND, err) < 0)
		return -1;
	if (set_number(s, "Retries", "health-startup-retries", o->health_startup_retries, 0, err) < 0)
		return -1;
	return set_number(s, "Successes", "health-startup-success", o->health_startup_success, 0, err);
}

static int apply_options(const struct create_opts *o, struct jval *h, struct err *err)
{
	if (o->health_cmd)
		jval_set(h, "Test", test_of_option(o->health_cmd));
	if (set_time(h, "Interval", "health-interval", o->health_interval, 0, err) < 0 ||
		set_time(h, "Timeout", "health-timeout", o->health_timeout, SECOND, err) < 0 ||
		set_time(h, "StartPeriod", "health-start-period", o->health_start_period, 0, err) < 0)
		return -1;
	if (set_number(h, "Retries", "health-retries", o->health_retries, 1, err) < 0)
		return -1;
	if (o->health_on_failure)
		jval_set_str(h, "OnFailure", o->health_on_failure);
	return set_startup(o, h, err) < 0 ? -1 : set_log(o, h, err);
}

static int64_t or_default(int64_t v, int64_t dflt)
{
	return v > 0 ? v : dflt;
}

static struct jval *base(const struct spec_healthcheck *image)
{
	struct jval *h = jval_new_object();

	if (image && image->test.n)
		jval_set(h, "Test", jval_new_strings(&image->test));
	jval_set_int(h, "Interval", or_default(image ? image->interval : 0, 30 * SECOND));
	jval_set_int(h, "Timeout", or_default(image ? image->timeout : 0, 30 * SECOND));
	if (image && image->start_period > 0)
		jval_set_int(h, "StartPeriod", image->start_period);
	jval_set_int(h, "Retries", or_default(image ? image->retries : 0, 3));
	return h;
}

/* What is wrong with the options alone. */
static int check(const struct create_opts *o, struct err *err)
{
	static const char *const actions[] = {"none", "kill", "restart", "stop"};
	bool known = !o->health_on_failure;

	for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
		known |= o->health_on_failure && !strcmp(o->health_on_failure, actions[i]);
	if (!known)
		return err_set(err, EK_USAGE, "invalid --health-on-failure \"%s\": expected none, kill, restart or stop", o->health_on_failure);
	if (o->no_healthcheck && any_option(o))
		return err_set(err, EK_USAGE, "cannot specify both --no-healthcheck and --health-* options");
	return 0;
}

static struct jval *none(void)
{
	struct jval *h = jval_new_object();

	jval_set(h, "Test", words("NONE", NULL));
	return h;
}

/* The options change h; a check must come out of it. Takes h. */
static struct jval *changed(const struct create_opts *o, struct jval *h, const char *who, struct err *err)
{
	auto_jval struct jval *own = h;

	if (apply_options(o, own, err) < 0)
		return NULL;
	if (jval_get(own, "Test"))
		return take_ptr(own);
	err_set(err, EK_USAGE, "%s need a health check: the %s has none, give --health-cmd",
		o->health_startup_cmd ? "--health-startup-* options" : "--health-* options", who);
	return NULL;
}

static void keep(struct jval *h, struct ctr_record *rec, struct mon_conf *conf)
{
	auto_sbuf struct sbuf text = SBUF_INIT;

	jval_print(h, false, &text);
	free(rec->health);
	rec->health = sbuf_take(&text);
	jval_free(conf->health);
	conf->health = h;
}

int specgen_health(struct specgen *g, struct err *err)
{
	const struct create_opts *o = g->o;
	const struct spec_healthcheck *image = g->cfg.healthcheck;
	struct jval *h;

	if (o->health) {
		keep(jval_copy(o->health), &g->rec, &g->mon);
		return 0;
	}
	if (check(o, err) < 0)
		return -1;
	if (!o->no_healthcheck && !any_option(o) && !(image && image->test.n))
		return 0;
	h = o->no_healthcheck ? none() : changed(o, base(image), "image", err);
	if (!h)
		return -1;
	keep(h, &g->rec, &g->mon);
	return 0;
}

int specgen_health_update(const struct create_opts *o, struct ctr_record *rec, struct mon_conf *conf, struct err *err)
{
	bool log = o->health_log_destination || o->health_max_log_count || o->health_max_log_size;
	struct jval *h;

	if (check(o, err) < 0)
		return -1;
	if (!o->no_healthcheck && !any_option(o) && !log)
		return 0;
	h = o->no_healthcheck ? none() : changed(o, conf->health ? jval_copy(conf->health) : base(NULL), "container", err);
	if (!h)
		return -1;
	keep(h, rec, conf);
	return 0;
}
