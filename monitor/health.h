/*
 * health.h - health checks: what monitor.json says about them, how results become a status, and
 * the file that tells it (health.json in podman's shape: Status, FailingStreak, Log).
 *
 * Shared by the monitor, which runs the checks, and the engine, which shows them. The status is a
 * pure function of results and time, so the monitor and the child that probes for it compute the
 * same. Everything is bounded: times from above, intervals from below too, count and size of what is logged from above.
 */
#ifndef PODLITE_MONITOR_HEALTH_H
#define PODLITE_MONITOR_HEALTH_H

#include "common/jval.h"

#define HEALTH_FILE "health.json"

#define HEALTH_INTERVAL_MIN 200000000LL /* an image that asks for more often gets this */
#define HEALTH_TIME_MAX     (100LL * 365 * 86400 * 1000000000) /* a longer time is this one: sums with it fit */
#define HEALTH_OUTPUT_MAX   (64 << 10)  /* kept of one check's output, whatever is asked for */
#define HEALTH_COUNT_MAX    100
#define HEALTH_FILE_MAX     (1 << 20)

enum health_status { HEALTH_STARTING, HEALTH_HEALTHY, HEALTH_UNHEALTHY };
enum health_action { HEALTH_NONE, HEALTH_KILL, HEALTH_RESTART, HEALTH_STOP };

struct health_check {
	const struct jval *test;      /* ["CMD", ...] or ["CMD-SHELL", TEXT] */
	int64_t interval, timeout;    /* ns; interval 0: only when asked */
	int64_t retries, successes;   /* of the startup check: 0 retries never restart */
};

struct health_conf {
	struct health_check regular, startup;
	bool has_startup;
	int64_t start_period;
	enum health_action on_failure;
	const char *log_dir;          /* NULL: health.json */
	bool log_events;              /* the log goes to the events alone */
	int64_t max_count, max_size;
};

struct health_state {
	enum health_status status;
	int64_t streak;               /* failures in a row */
	bool startup_over;
	int64_t startup_good, startup_bad;
};

struct health_entry {
	int64_t start_ns, end_ns;
	int code;                     /* -1: it took too long */
	const char *output;
	size_t len;
};

/* False: there is nothing to check. Borrows from v, which may be NULL. */
bool health_conf_read(const struct jval *v, struct health_conf *ret);
/* The check that is due in this state. */
const struct health_check *health_due(const struct health_conf *c, const struct health_state *s);
/* A check has passed or failed, age_ns after the container's start. What is to be done about it. */
enum health_action health_next(const struct health_conf *c, struct health_state *s, bool passed, int64_t age_ns);
const char *health_status_text(enum health_status s);
/* Write the status and one more entry of the log. ctr_fd: the container's directory. */
int health_write(int ctr_fd, const char *id, const struct health_conf *c, const struct health_state *s,
	const struct health_entry *e, struct err *err);
/* At a start: the status of the run before is over, its log stays. */
void health_reset(int ctr_fd, const char *id, const struct health_conf *c);
/* What was written, or the status before the first check; NULL if v says there is none. */
struct jval *health_read(int ctr_fd, const char *id, const struct jval *v);

#endif
