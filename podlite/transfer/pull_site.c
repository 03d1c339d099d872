#include "podlite/transfer/pull_site.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/account.h"
#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "net/authfile.h"

#define DEFAULT_RETRIES 3
#define CERT_MAX   (1u << 20)
#define BUNDLE_MAX (8u << 20)

/* Where distributions keep their bundle of certificate authorities. */
static const char *const bundles[] = {
	"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
	"/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
};

static void add_system_bundle(struct sbuf *pem)
{
	for (size_t i = 0; i < ARRAY_SIZE(bundles); i++)
		if (!fs_read_file(AT_FDCWD, bundles[i], BUNDLE_MAX, pem))
			return;
}

/* NAME.crt: authorities; NAME.cert with NAME.key: ours (containers-certs.d(5)). */
static int read_cert_dir(const char *dir, struct fetch_site *s, struct err *err)
{
	auto_dir DIR *d = fs_dir(fd_open(AT_FDCWD, dir, O_RDONLY | O_DIRECTORY, 0));
	auto_sbuf struct sbuf pem = SBUF_INIT;
	const char *name;
	int r = 0;

	if (!d)
		return err_sys(err, "certificates: open %s", dir);
	while (!r && (name = fs_dir_next(d))) {
		size_t n = strlen(name);

		if (ends_with(name, ".crt")) {
			r = fs_read_file(dirfd(d), name, CERT_MAX, &pem);
			sbuf_addch(&pem, '\n');
		} else if (ends_with(name, ".cert") && !s->cert_file) {
			s->cert_file = xasprintf("%s/%s", dir, name);
			s->key_file = xasprintf("%s/%.*s.key", dir, (int)(n - 5), name);
		}
	}
	if (r < 0)
		return err_neg(err, r, "certificates: read %s", dir);
	if (pem.len) {
		add_system_bundle(&pem);
		s->ca_pem = sbuf_take(&pem);
	}
	return 0;
}

/* The user's own directory counts only if it is the user's (threats.md R8); below /etc only root
 * can put anything. */
static bool usable(const char *dir, bool own)
{
	struct stat st;

	return stat(dir, &st) == 0 && S_ISDIR(st.st_mode) && (!own || (st.st_uid == geteuid() && !(st.st_mode & 022)));
}

static int find_certs(const char *named, const char *host, struct fetch_site *s, struct err *err)
{
	auto_free char *own = xasprintf("containers/certs.d/%s", host);
	char *dirs[] = {
		account_config(own),
		xasprintf("/etc/containers/certs.d/%s", host),
		xasprintf("/etc/docker/certs.d/%s", host),
	};
	int r = named ? read_cert_dir(named, s, err) : 0;
	bool done = named;

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		if (!done && dirs[i] && usable(dirs[i], i == 0)) {
			r = read_cert_dir(dirs[i], s, err);
			done = true;
		}
		free(dirs[i]);
	}
	return r;
}

int pull_site_open(const struct request *rq, const struct regconf_source *src, struct fetch_site *ret, struct err *err)
{
	struct fetch_site s = {.host = xstrdup(src->host)};
	int r = 0;

	s.insecure = rq->tls_verify ? rq->tls_verify < 0 : src->insecure;
	/* --creds are the registry's the user named, not its mirrors' */
	if (rq->creds && !src->mirror)
		r = authfile_parse_creds(rq->creds, &s.creds, err);
	else
		r = authfile_lookup_by(src->helpers, rq->authfile, src->name, &s.creds, err);
	if (!r)
		r = find_certs(rq->cert_dir, src->host, &s, err);
	if (r < 0) {
		fetch_site_done(&s);
		return -1;
	}
	*ret = s;
	return 0;
}

void pull_site_readable(const struct fetch_site *s, struct svec *ret)
{
	const char *named[] = {getenv("SSL_CERT_FILE"), getenv("SSL_CERT_DIR"), s->cert_file, s->key_file};

	for (size_t i = 0; i < ARRAY_SIZE(named); i++)
		if (named[i] && *named[i] && !svec_has(ret, named[i]))
			svec_add(ret, named[i]);
}

static void note(void *arg, const char *text)
{
	progress_line(arg, "%s", text);
}

struct fetch_policy pull_site_policy(const struct request *rq, struct progress *progress)
{
	return (struct fetch_policy){
		.retries = rq->retry < 0 ? DEFAULT_RETRIES : (unsigned)rq->retry,
		.delay_ns = rq->retry_delay_ns,
		.note = note,
		.note_arg = progress,
	};
}

int pull_sources_open(const struct request *rq, const struct regconf *conf, const struct ref *full,
	struct pull_sources *ret, struct err *err)
{
	if (regconf_sources(conf, full, &ret->v, &ret->n, err) < 0)
		return -1;
	ret->sites = xcalloc(ret->n, sizeof(*ret->sites));
	for (; ret->nsites < ret->n; ret->nsites++)
		if (pull_site_open(rq, &ret->v[ret->nsites], &ret->sites[ret->nsites], err) < 0)
			return -1;
	return 0;
}

void pull_sources_readable(const struct pull_sources *s, struct svec *ret)
{
	for (size_t i = 0; i < s->nsites; i++)
		pull_site_readable(&s->sites[i], ret);
}

void pull_sources_done(struct pull_sources *s)
{
	for (size_t i = 0; i < s->nsites; i++)
		fetch_site_done(&s->sites[i]);
	free(s->sites);
	regconf_sources_free(s->v, s->n);
}
