#include "podlite/cmd/registry_opts.h"

#define O(n, l, t, m, a, h) OPT_ROW(n, l, t, struct registry_opts, m, a, h)
const struct option_def registry_opts_auth[] = {
	O("authfile", 0, OPT_STR, authfile, "FILE", "Credentials file instead of the default ones"),
	O("cert-dir", 0, OPT_STR, cert_dir, "DIR", "Certificates of the registry"),
	O("creds", 0, OPT_STR, creds, "USER:PASSWORD", "Credentials for the registry"),
	O("tls-verify", 0, OPT_TRI, tls_verify, NULL, "Check the registry's certificate and refuse plain http"),
	OPT_ROWS_END,
};

const struct option_def registry_opts_retry[] = {
	{"retry", 0, OPT_STR, offsetof(struct registry_opts, retry), "N", "Further attempts when the network fails", 0, "3", NULL, NULL},
	{"retry-delay", 0, OPT_STR, offsetof(struct registry_opts, retry_delay), "DURATION", "Pause before the first of them; doubles", 0, "1s", NULL, NULL},
	OPT_ROWS_END,
};
