/*
 * download.h - a file by http or https into the descriptor that came along: for `import` and `load` of URLs.
 *
 * Nobody vouches for its bytes: who reads the file checks them. At most five redirects, never from https to http, and
 * not to loopback or link-local addresses unless the user named such. No credentials are sent.
 */
#ifndef PODLITE_DOWNLOAD_H
#define PODLITE_DOWNLOAD_H

#include "net/http.h"
#include "podlite/transfer/progress.h"
#include "podlite/transfer/request.h"

/* rq->name: the URL. out: written from where it stands. */
int download_run(const struct request *rq, struct http *http, struct progress *progress, int out, struct err *err) __must_check;

#endif
