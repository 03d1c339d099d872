/* pull_site.h - a registry as the user configured it: credentials, certificates, http or not. */
#ifndef PODLITE_PULL_SITE_H
#define PODLITE_PULL_SITE_H

#include "net/fetch.h"
#include "net/regconf.h"
#include "podlite/transfer/request.h"

int pull_site_open(const struct request *rq, const struct regconf_source *src, struct fetch_site *ret, struct err *err) __must_check;
/* What speaking with it opens by name, for sandbox_enter: client certificates, SSL_CERT_FILE. */
void pull_site_readable(const struct fetch_site *s, struct svec *ret);

#endif
