/* links: libmonitor.a libcommon.a -ljson-c */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/fs.h"
#include "common/jval.h"
#include "monitor/eventlog.h"
#include "monitor/health.h"
#include "tap.h"

#define SEC 1000000000LL

static struct jval *parse(const char *text)
{
	return jval_parse(text, strlen(text), 0, NULL);
}

static bool reads(const char *text)
{
	auto_jval struct jval *v = parse(text);
	struct health_conf c;

	return health_conf_read(v, &c);
}

static void test_conf(void)
{
	auto_jval struct jval *v = parse("{\"Test\":[\"CMD\",\"x\"],\"Interval\":1,\"Timeout\":-5,\"Retries\":-1,\"MaxLogCount\":0,"
					 "\"MaxLogSize\":99999999,\"LogDestination\":\"relative\",\"OnFailure\":\"explode\"}");
	auto_jval struct jval *big = parse("{\"Test\":[\"CMD\",\"x\"],\"Interval\":9223372036854775807,\"Timeout\":9223372036854775807}");
	struct health_conf c, never;

	TAP_OK(!reads("{}") && !reads("{\"Test\":[]}") && !reads("{\"Test\":[\"NONE\"]}") && !reads("{\"Test\":[\"CMD\"]}") &&
		!reads("{\"Test\":\"x\"}") && !reads("[]") && !health_conf_read(NULL, &c), "nothing to check");
	TAP_OK(health_conf_read(v, &c) && health_conf_read(big, &never), "an image's odd numbers are read");
	TAP_OK(c.regular.interval == HEALTH_INTERVAL_MIN && c.regular.timeout == 30 * SEC && c.regular.retries == 1,
		"and bounded: not more often, not for ever, at least once");
	TAP_OK(never.regular.interval == HEALTH_TIME_MAX && never.regular.timeout == HEALTH_TIME_MAX, "nor so seldom that sums overflow");
	TAP_OK(c.max_count == HEALTH_COUNT_MAX && c.max_size == HEALTH_OUTPUT_MAX, "the log is bounded");
	TAP_OK(!c.log_dir && !c.log_events && c.on_failure == HEALTH_NONE && !c.has_startup, "unknown words do nothing");
}

static void test_states(void)
{
	struct health_conf c = {.regular = {.retries = 2}, .start_period = 10 * SEC, .on_failure = HEALTH_KILL};
	struct health_state s = {.status = HEALTH_STARTING};

	TAP_OK(health_next(&c, &s, false, 9 * SEC) == HEALTH_NONE && !s.streak, "start period: a failure does not count");
	TAP_OK(health_next(&c, &s, false, 10 * SEC) == HEALTH_NONE && s.streak == 1 && s.status == HEALTH_STARTING, "first failure");
	TAP_OK(health_next(&c, &s, false, 11 * SEC) == HEALTH_KILL && s.status == HEALTH_UNHEALTHY, "second: unhealthy, action");
	TAP_OK(health_next(&c, &s, false, 12 * SEC) == HEALTH_KILL && s.streak == 3, "and again");
	TAP_OK(health_next(&c, &s, true, 13 * SEC) == HEALTH_NONE && s.status == HEALTH_HEALTHY && !s.streak, "healthy again");
	TAP_OK(health_next(&c, &s, false, 14 * SEC) == HEALTH_NONE && s.status == HEALTH_HEALTHY, "one failure is none yet");
}

static void test_startup(void)
{
	struct health_conf c = {.regular = {.retries = 1}, .startup = {.retries = 2, .successes = 2}, .has_startup = true};
	struct health_state s = {.status = HEALTH_STARTING};

	TAP_OK(health_due(&c, &s) == &c.startup, "the startup check first");
	TAP_OK(health_next(&c, &s, true, 0) == HEALTH_NONE && s.status == HEALTH_STARTING, "one success of two");
	TAP_OK(health_next(&c, &s, false, 0) == HEALTH_NONE && !s.startup_good, "a failure begins anew");
	TAP_OK(health_next(&c, &s, false, 0) == HEALTH_RESTART && s.status == HEALTH_STARTING, "two failures restart");
	health_next(&c, &s, true, 0);
	health_next(&c, &s, true, 0);
	TAP_OK(s.status == HEALTH_HEALTHY && health_due(&c, &s) == &c.regular, "two in a row: the regular check takes over");
}

static void test_file(void)
{
	char dir[] = "/tmp/podlite-health-XXXXXX", *big = malloc(HEALTH_OUTPUT_MAX);
	auto_fd int fd = mkdtemp(dir) ? fd_open_dir(AT_FDCWD, dir) : -1;
	auto_jval struct jval *v = parse("{\"Test\":[\"CMD\",\"x\"],\"MaxLogCount\":100,\"MaxLogSize\":0}");
	struct health_state s = {.status = HEALTH_UNHEALTHY, .streak = 7};
	struct health_conf c;
	bool ok = health_conf_read(v, &c);

	memset(big, 1, HEALTH_OUTPUT_MAX); /* six bytes each, escaped */
	for (int i = 0; i < 110; i++) {
		struct health_entry e = {i, i + 1, i, big, i < 105 ? 10 : HEALTH_OUTPUT_MAX};

		ok &= health_write(fd, "id", &c, &s, &e, NULL) == 0;
		if (i == 104) {
			auto_jval struct jval *now = health_read(fd, "id", v);

			TAP_OK(jval_len(jval_get(now, "Log")) == 100 && jval_get_int(now, "FailingStreak", 0) == 7, "a hundred entries are kept");
			TAP_OK(jval_get_int(jval_at(jval_get(now, "Log"), 99), "ExitCode", 0) == 104, "the newest last");
		}
	}
	auto_jval struct jval *now = health_read(fd, "id", v);

	TAP_OK(ok && jval_len(jval_get(now, "Log")) >= 1 && !strcmp(jval_get_str(now, "Status", ""), "unhealthy"), "big ones push out others, and the file stays readable");
	health_reset(fd, "id", &c);
	auto_jval struct jval *reset = health_read(fd, "id", v);

	TAP_OK(!strcmp(jval_get_str(reset, "Status", ""), "starting") && jval_len(jval_get(reset, "Log")) >= 1, "a new start keeps the log");
	free(big);
	(void)!fs_remove_tree(AT_FDCWD, dir);
}

static void test_event_lines(void)
{
	auto_sbuf struct sbuf b = SBUF_INIT;
	auto_svec struct svec labels = SVEC_INIT;
	char *big = malloc(EVENTLOG_LINE);

	memset(big, 'x', EVENTLOG_LINE - 1);
	big[EVENTLOG_LINE - 1] = '\0';
	svec_add(&labels, "bad=\xff\xfe\n\"\\");
	svec_addf(&labels, "big=%s", big);
	svec_add(&labels, "empty");
	eventlog_add(&b, &(struct eventlog_event){.type = "container", .status = "died", .id = "i", .name = "n\n\"", .attributes = &labels,
		.has_code = true, .code = 3, .time_ns = 5 * SEC + 1});
	auto_jval struct jval *v = jval_parse(b.buf, b.len - 1, 0, NULL);

	TAP_OK(v && b.buf[b.len - 1] == '\n' && !memchr(b.buf, '\n', b.len - 1), "one line, one object, whatever the texts hold");
	TAP_OK(jval_len(jval_get(v, "Attributes")) == 2 && b.len < EVENTLOG_LINE, "labels that are too long are left out");
	TAP_OK(jval_get_int(v, "time", 0) == 5 && jval_get_int(v, "timeNano", 0) == 5 * SEC + 1 && jval_get_int(v, "ContainerExitCode", 0) == 3, "numbers");
	free(big);
}

int main(void)
{
	test_conf();
	test_states();
	test_startup();
	test_file();
	test_event_lines();
	return tap_done();
}
