/* login.h - does a registry take these credentials? */
#ifndef PODLITE_LOGIN_H
#define PODLITE_LOGIN_H

#include "net/http.h"
#include "net/regconf.h"
#include "podlite/transfer/request.h"

/* rq: name is the registry ("quay.io", "quay.io/team"), creds what to try, or NULL for those that are
 * kept. Nothing is stored: ret->realm tells the caller what to keep beside them. */
int login_run(const struct request *rq, struct http *http, const struct regconf *conf, struct request_answer *ret,
	struct err *err) __must_check;

#endif
