#include "monitor/health.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/units.h"

#define DEFAULT_TIME 30000000000LL

/* ---- configuration ---- */

static bool runs(const struct jval *test)
{
	const char *kind = jval_str(jval_at(test, 0), "NONE");

	return jval_len(test) >= 2 && strcmp(kind, "NONE");
}

static void read_check(const struct jval *v, struct health_check *ret)
{
	ret->test = jval_get(v, "Test");
	ret->interval = jval_get_int(v, "Interval", 0);
	if (ret->interval > 0)
		ret->interval = MIN_OF(MAX_OF(ret->interval, HEALTH_INTERVAL_MIN), HEALTH_TIME_MAX);
	ret->timeout = jval_get_int(v, "Timeout", 0);
	if (ret->timeout <= 0)
		ret->timeout = DEFAULT_TIME;
	ret->timeout = MIN_OF(ret->timeout, HEALTH_TIME_MAX);
	ret->retries = jval_get_int(v, "Retries", 0);
	ret->successes = jval_get_int(v, "Successes", 0);
}

static enum health_action action_of(const char *text)
{
	static const char *const words[] = {"none", "kill", "restart", "stop"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (!strcmp(text, words[i]))
			return (enum health_action)i;
	return HEALTH_NONE;
}

bool health_conf_read(const struct jval *v, struct health_conf *ret)
{
	const struct jval *startup = jval_get(v, "Startup");
	const char *log = jval_get_str(v, "LogDestination", "local");

	*ret = (struct health_conf){.start_period = jval_get_int(v, "StartPeriod", 0)};
	read_check(v, &ret->regular);
	if (!runs(ret->regular.test))
		return false;
	ret->regular.retries = MAX_OF(ret->regular.retries, 1);
	read_check(startup, &ret->startup);
	ret->has_startup = runs(ret->startup.test);
	ret->on_failure = action_of(jval_get_str(v, "OnFailure", "none"));
	ret->log_dir = *log == '/' ? log : NULL;
	ret->log_events = !strcmp(log, "events_logger");
	ret->max_count = jval_get_int(v, "MaxLogCount", 5);
	ret->max_size = jval_get_int(v, "MaxLogSize", 500);
	if (ret->max_count <= 0 || ret->max_count > HEALTH_COUNT_MAX)
		ret->max_count = HEALTH_COUNT_MAX;
	if (ret->max_size <= 0 || ret->max_size > HEALTH_OUTPUT_MAX)
		ret->max_size = HEALTH_OUTPUT_MAX;
	return true;
}

/* ---- status ---- */

const char *health_status_text(enum health_status s)
{
	return s == HEALTH_HEALTHY ? "healthy" : s == HEALTH_UNHEALTHY ? "unhealthy" : "starting";
}

const struct health_check *health_due(const struct health_conf *c, const struct health_state *s)
{
	return c->has_startup && !s->startup_over ? &c->startup : &c->regular;
}

/* Until the startup check has passed often enough the status stays "starting": a container is not
 * called healthy before its first real check may run. */
static enum health_action startup_next(const struct health_conf *c, struct health_state *s, bool passed)
{
	if (passed) {
		s->startup_bad = 0;
		s->startup_over = ++s->startup_good >= c->startup.successes;
		if (s->startup_over)
			s->status = HEALTH_HEALTHY;
		return HEALTH_NONE;
	}
	s->startup_good = 0;
	s->startup_bad++;
	return c->startup.retries && s->startup_bad >= c->startup.retries ? HEALTH_RESTART : HEALTH_NONE;
}

enum health_action health_next(const struct health_conf *c, struct health_state *s, bool passed, int64_t age_ns)
{
	if (health_due(c, s) == &c->startup)
		return startup_next(c, s, passed);
	if (passed) {
		s->status = HEALTH_HEALTHY;
		s->streak = 0;
		return HEALTH_NONE;
	}
	if (age_ns < c->start_period)
		return HEALTH_NONE;
	if (++s->streak < c->regular.retries)
		return HEALTH_NONE;
	s->status = HEALTH_UNHEALTHY;
	return c->on_failure;
}

/* ---- the file ---- */

static int open_place(int ctr_fd, const char *id, const char *dir, char *ret_name, size_t size)
{
	snprintf(ret_name, size, HEALTH_FILE);
	if (!dir)
		return fd_open_dir(ctr_fd, ".");
	snprintf(ret_name, size, "%s-healthcheck.log", id);
	return fd_open(AT_FDCWD, dir, O_RDONLY | O_DIRECTORY, 0);
}

static struct jval *entry_json(const struct health_entry *e)
{
	struct jval *o = jval_new_object();
	char text[40];

	units_print_time(e->start_ns, true, text);
	jval_set_str(o, "Start", text);
	units_print_time(e->end_ns, true, text);
	jval_set_str(o, "End", text);
	jval_set_int(o, "ExitCode", e->code);
	jval_set(o, "Output", jval_new_strn(e->output, e->len));
	return o;
}

/* The newest entries that count and size allow. */
static struct jval *cut_log(const struct jval *old, const struct health_entry *e, const struct health_conf *c)
{
	struct jval *log = jval_new_array();
	size_t n = jval_len(old), keep = (size_t)c->max_count - 1;
	size_t room = HEALTH_FILE_MAX / 8 - e->len, /* a byte may take six, escaped */
		first = n > keep ? n - keep : 0;

	for (size_t i = n; i > first; i--) {
		size_t len = strlen(jval_get_str(jval_at(old, i - 1), "Output", "")) + 200;

		if (len > room) {
			first = i;
			break;
		}
		room -= len;
	}
	for (size_t i = first; i < n; i++)
		jval_add(log, jval_copy(jval_at(old, i)));
	jval_add(log, entry_json(e));
	return log;
}

int health_write(int ctr_fd, const char *id, const struct health_conf *c, const struct health_state *s,
	const struct health_entry *e, struct err *err)
{
	char name[96];
	auto_fd int dir = open_place(ctr_fd, id, c->log_dir, name, sizeof(name));
	auto_jval struct jval *old = dir < 0 ? NULL : jval_read_file(dir, name, HEALTH_FILE_MAX, NULL);
	auto_jval struct jval *o = jval_new_object();

	jval_set_str(o, "Status", health_status_text(s->status));
	jval_set_int(o, "FailingStreak", s->streak);
	jval_set(o, "Log", c->log_events ? jval_new_null() : cut_log(jval_get(old, "Log"), e, c));
	if (dir < 0)
		return err_neg(err, dir, "open %s for the health check's log", c->log_dir ? c->log_dir : "the container");
	return jval_write_file(dir, name, o, 0, err);
}

struct jval *health_read(int ctr_fd, const char *id, const struct jval *v)
{
	struct health_conf c;
	char name[96];
	struct jval *o;

	if (!health_conf_read(v, &c))
		return NULL;
	auto_fd int dir = open_place(ctr_fd, id, c.log_dir, name, sizeof(name));

	o = dir < 0 ? NULL : jval_read_file(dir, name, HEALTH_FILE_MAX, NULL);
	if (o)
		return o;
	o = jval_new_object();
	jval_set_str(o, "Status", health_status_text(HEALTH_STARTING));
	jval_set_int(o, "FailingStreak", 0);
	jval_set(o, "Log", jval_new_null());
	return o;
}

void health_reset(int ctr_fd, const char *id, const struct health_conf *c)
{
	char name[96];
	auto_fd int dir = open_place(ctr_fd, id, c->log_dir, name, sizeof(name));
	auto_jval struct jval *o = dir < 0 ? NULL : jval_read_file(dir, name, HEALTH_FILE_MAX, NULL);

	if (dir >= 0 && !o)
		unlinkat(dir, name, 0);
	if (!o)
		return;
	jval_set_str(o, "Status", health_status_text(HEALTH_STARTING));
	jval_set_int(o, "FailingStreak", 0);
	(void)!jval_write_file(dir, name, o, 0, NULL);
}
