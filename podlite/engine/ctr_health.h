/* ctr_health.h - health checks from outside: asking the monitor for one now, and what inspect shows. */
#ifndef PODLITE_ENGINE_CTR_HEALTH_H
#define PODLITE_ENGINE_CTR_HEALTH_H

#include "common/jval.h"
#include "podlite/engine/ctr_record.h"

/* Run the check that is due (the startup check until it has passed) and wait for its end.
 * *ret_passed; an error when there is none, it took too long or the container ended. */
int ctr_health_run(struct context *c, const char *id, bool *ret_passed, bool *ret_startup, struct err *err) __must_check;
/* State.Health, or NULL. */
struct jval *ctr_health_state(struct context *c, const struct ctr *ctr);
/* The keys of Config that speak of health: Healthcheck, StartupHealthCheck, ... */
void ctr_health_config(const struct ctr *ctr, struct jval *config);

#endif
