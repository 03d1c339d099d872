/* pull_site.h - registries as the user configured them: credentials, certificates, http or not. */
#ifndef PODLITE_PULL_SITE_H
#define PODLITE_PULL_SITE_H

#include "net/fetch.h"
#include "net/regconf.h"
#include "podlite/transfer/progress.h"
#include "podlite/transfer/request.h"

int pull_site_open(const struct request *rq, const struct regconf_source *src, struct fetch_site *ret, struct err *err) __must_check;
/* What speaking with it opens by name, for sandbox_enter: client certificates, SSL_CERT_FILE. */
void pull_site_readable(const struct fetch_site *s, struct svec *ret);
/* --retry and --retry-delay; each retry is told. */
struct fetch_policy pull_site_policy(const struct request *rq, struct progress *progress);

/* All places that an image can come from, mirrors first. Their credentials are read when they are opened: files
 * are out of reach once the first request is sent. */
struct pull_sources {
	struct regconf_source *v;
	struct fetch_site *sites; /* as many, the first nsites opened */
	size_t n, nsites;
};
int pull_sources_open(const struct request *rq, const struct regconf *conf, const struct ref *full,
	struct pull_sources *ret, struct err *err) __must_check; /* ret: also after a failure */
void pull_sources_readable(const struct pull_sources *s, struct svec *ret);
void pull_sources_done(struct pull_sources *s);

#endif
