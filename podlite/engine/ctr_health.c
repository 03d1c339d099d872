#include "podlite/engine/ctr_health.h"

#include <string.h>

#include "common/fd.h"
#include "common/msg.h"
#include "monitor/health.h"
#include "podlite/engine/monitor_client.h"

static struct jval *configured(const struct ctr *ctr)
{
	const char *text = ctr->rec.health;

	return text ? jval_parse(text, strlen(text), 0, NULL) : NULL;
}

static int ask(struct context *c, const char *id, struct mon_healthy *ret, struct err *err)
{
	auto_fd int dir = ctr_open_dir(c, id, err);
	auto_fd int sock = dir < 0 ? -1 : monitor_client_connect(dir, err);
	char buf[1 + sizeof(*ret)];

	if (sock < 0 || monitor_client_send(sock, MON_HEALTH, NULL, 0, err) < 0)
		return -1;
	if (msg_recv(sock, buf, sizeof(buf), NULL, 0, NULL) != (ssize_t)sizeof(buf) || buf[0] != MON_HEALTHY)
		return err_set(err, EK_NOT_FOUND, "container %.12s ended during its health check", id);
	memcpy(ret, buf + 1, sizeof(*ret));
	return 0;
}

static int check(struct context *c, const struct ctr *ctr, struct mon_healthy *ret, struct err *err)
{
	auto_jval struct jval *v = configured(ctr);
	const struct ctr_record *rec = &ctr->rec;
	struct health_conf conf;

	if (!health_conf_read(v, &conf))
		return err_set(err, EK_INVALID, "container %s has no defined healthcheck; give it one with --health-cmd", rec->name);
	if (ctr->status != CTR_RUNNING)
		return err_set(err, EK_INVALID, "container %s is not running", rec->name);
	if (ask(c, rec->id, ret, err) < 0)
		return -1;
	if (!ret->defined)
		return err_set(err, EK_INVALID, "container %s has no defined healthcheck", rec->name);
	if (ret->timed_out) {
		const struct health_check *which = ret->startup ? &conf.startup : &conf.regular;

		return err_set(err, EK_SYSTEM, "healthcheck command of %s exceeded timeout of %.3gs and was killed; see --health-timeout",
			rec->name, (double)which->timeout / 1e9);
	}
	return 0;
}

int ctr_health_run(struct context *c, const char *id, bool *ret_passed, bool *ret_startup, struct err *err)
{
	struct mon_healthy result = {0};
	struct ctr ctr;
	int r;

	if (ctr_load(c, id, &ctr, err) < 0)
		return -1;
	r = check(c, &ctr, &result, err);
	ctr_done(&ctr);
	*ret_passed = result.passed;
	*ret_startup = result.startup;
	return r;
}

struct jval *ctr_health_state(struct context *c, const struct ctr *ctr)
{
	auto_fd int dir = ctr_open_dir(c, ctr->rec.id, NULL);
	auto_jval struct jval *v = configured(ctr);

	return v && dir >= 0 ? health_read(dir, ctr->rec.id, v) : NULL;
}

/* In the order and with the omissions of podman. */
static struct jval *pick(const struct jval *v)
{
	static const char *const keys[] = {"Test", "StartPeriod", "Interval", "Timeout", "Retries", "Successes"};
	struct jval *o = jval_new_object();

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (jval_get(v, keys[i]))
			jval_set(o, keys[i], jval_copy(jval_get(v, keys[i])));
	return o;
}

void ctr_health_config(const struct ctr *ctr, struct jval *config)
{
	auto_jval struct jval *v = configured(ctr);

	if (jval_get(v, "Startup"))
		jval_set(config, "StartupHealthCheck", pick(jval_get(v, "Startup")));
	if (v)
		jval_set(config, "Healthcheck", pick(v));
	jval_set_str(config, "HealthcheckOnFailureAction", jval_get_str(v, "OnFailure", "none"));
	jval_set_str(config, "HealthLogDestination", jval_get_str(v, "LogDestination", "local"));
	jval_set_int(config, "HealthcheckMaxLogCount", jval_get_int(v, "MaxLogCount", 5));
	jval_set_int(config, "HealthcheckMaxLogSize", jval_get_int(v, "MaxLogSize", 500));
}
