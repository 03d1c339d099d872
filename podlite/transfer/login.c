#include "podlite/transfer/login.h"

#include <string.h>

#include "common/alloc.h"
#include "net/registry.h"
#include "podlite/transfer/pull_site.h"
#include "podlite/transfer/sandbox.h"

static int ask(const struct request *rq, struct http *http, struct fetch_site *site, struct err *err)
{
	struct registry reg = {.http = http, .site = site, .policy = {.retries = rq->retry < 0 ? 0 : (unsigned)rq->retry,
		.delay_ns = rq->retry_delay_ns}};

	auto_svec struct svec readable = SVEC_INIT;

	site->pin_realm = true;
	pull_site_readable(site, &readable);
	if (sandbox_enter(NULL, &readable, err) < 0)
		return -1;
	return registry_ping(&reg, err);
}

int login_run(const struct request *rq, struct http *http, const struct regconf *conf, struct request_answer *ret,
	struct err *err)
{
	struct regconf_source src;
	struct fetch_site site = {.host = NULL};
	int r = regconf_host(conf, rq->name, &src, err);

	if (r < 0)
		return err_wrap(err, "login %s", rq->name);
	r = pull_site_open(rq, &src, &site, err);
	if (!r)
		r = ask(rq, http, &site, err);
	if (!r && site.creds.realm)
		ret->realm = xstrdup(site.creds.realm);
	fetch_site_done(&site);
	regconf_source_done(&src);
	return r < 0 ? err_wrap(err, "login %s", rq->name) : 0;
}
