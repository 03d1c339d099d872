#include "oci/ref.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "common/alloc.h"
#include "common/id.h"
#include "common/sbuf.h"
#include "common/units.h"

#define REF_MAX 255
#define TAG_MAX 128

static const char lower_digits[] = "abcdefghijklmnopqrstuvwxyz0123456789";

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* tag: [A-Za-z0-9_][A-Za-z0-9_.-]{0,127} */
static bool tag_ok(const char *s)
{
	size_t n = strlen(s);

	if (!n || n > TAG_MAX || (!is_alnum(*s) && *s != '_'))
		return false;
	for (; *s; s++)
		if (!is_alnum(*s) && !strchr("_.-", *s))
			return false;
	return true;
}

/* One path component: [a-z0-9]+ joined by '.', '_', '__' or any number of '-'. */
static bool component_ok(const char *s, size_t n)
{
	size_t i = 0;

	for (;;) {
		size_t word = 0, sep;

		while (i + word < n && s[i + word] && strchr(lower_digits, s[i + word]))
			word++;
		if (!word)
			return false;
		i += word;
		if (i == n)
			return true;
		if (s[i] == '-')
			for (sep = 0; i + sep < n && s[i + sep] == '-'; sep++)
				;
		else if (s[i] == '_')
			sep = i + 1 < n && s[i + 1] == '_' ? 2 : 1;
		else if (s[i] == '.')
			sep = 1;
		else
			return false;
		i += sep;
	}
}

static bool path_ok(const char *s)
{
	for (;;) {
		size_t n = strcspn(s, "/");

		if (!component_ok(s, n))
			return false;
		if (!s[n])
			return true;
		s += n + 1;
	}
}

static bool port_ok(const char *s)
{
	uint64_t port;

	return strlen(s) <= 5 && units_parse_u64(s, &port) && port >= 1 && port <= 65535;
}

/* A DNS name or IPv4 address: labels of letters, digits and inner '-'. */
static bool dns_ok(const char *s, size_t n)
{
	bool start = true;

	for (size_t i = 0; i < n; i++) {
		if (s[i] == '.') {
			if (start || s[i - 1] == '-')
				return false;
			start = true;
			continue;
		}
		if (!is_alnum(s[i]) && (s[i] != '-' || start))
			return false;
		start = false;
	}
	return n && !start && s[n - 1] != '-';
}

static bool host_ok(const char *s)
{
	size_t n;

	if (*s == '[') {
		n = strspn(s + 1, "0123456789abcdefABCDEF:.");
		if (n < 2 || s[n + 1] != ']')
			return false;
		s += n + 2;
		return !*s || (*s == ':' && port_ok(s + 1));
	}
	n = strcspn(s, ":");
	return dns_ok(s, n) && (!s[n] || port_ok(s + n + 1));
}

/* Does the first component name a registry? (docker's rule) */
static bool is_host(const char *s, size_t n)
{
	return memchr(s, '.', n) || memchr(s, ':', n) || (n == 9 && !memcmp(s, "localhost", 9));
}

static bool is_docker_hub(const char *host)
{
	return !strcmp(host, "docker.io") || !strcmp(host, "index.docker.io");
}

static int bad(const char *text, const char *why, struct err *err)
{
	auto_sbuf struct sbuf safe = SBUF_INIT;

	sbuf_addsafe(&safe, text, strnlen(text, 80));
	return err_set(err, EK_INVALID, "invalid image reference \"%s\"%s: %s", safe.buf,
		strlen(text) > 80 ? "..." : "", why);
}

/* Cut digest and tag off the end of name. */
static int split_suffixes(char *name, const char *text, struct ref *r, struct err *err)
{
	char *at = strchr(name, '@'), *slash, *colon;

	if (at) {
		if (!digest_parse(at + 1, &r->digest))
			return bad(text, "the digest must be sha256: and 64 lower-case hex digits", err);
		*at = '\0';
	}
	slash = strrchr(name, '/');
	colon = strrchr(slash ? slash : name, ':');
	if (colon) {
		if (!tag_ok(colon + 1))
			return bad(text, "the tag must be 1 to 128 letters, digits, '_', '.' or '-'", err);
		r->tag = xstrdup(colon + 1);
		*colon = '\0';
	}
	return 0;
}

static int split_host(const char *name, const char *text, struct ref *r, struct err *err)
{
	size_t n = strcspn(name, "/");

	if (name[n] && is_host(name, n)) {
		r->host = xstrndup(name, n);
		if (!host_ok(r->host))
			return bad(text, "the registry's name is malformed", err);
		name += n + 1;
		if (is_docker_hub(r->host)) {
			free(r->host);
			r->host = xstrdup("docker.io");
			if (!strchr(name, '/')) {
				r->path = xasprintf("library/%s", name);
				return 0;
			}
		}
	}
	r->path = xstrdup(name);
	return 0;
}

static int parse(const char *text, char *name, struct ref *r, struct err *err)
{
	if (split_suffixes(name, text, r, err) < 0 || split_host(name, text, r, err) < 0)
		return -1;
	if (path_ok(r->path) && !r->host && id_is_full(r->path))
		return bad(text, "64 hex digits are an image id, not a name", err);
	if (path_ok(r->path))
		return 0;
	for (const char *p = r->path; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			return bad(text, "the repository must be lower case", err);
	return bad(text, "a repository is words of lower-case letters and digits, joined by '.', '_', "
		"'__' or '-', and separated by '/'", err);
}

int ref_parse(const char *text, struct ref *ret, struct err *err)
{
	const char *start = strncmp(text, "docker://", 9) ? text : text + 9;
	struct ref r = {.host = NULL};

	if (strlen(start) > REF_MAX)
		return bad(text, "longer than 255 bytes", err);
	auto_free char *name = xstrdup(start);
	if (parse(text, name, &r, err) < 0) {
		ref_done(&r);
		return -1;
	}
	*ret = r;
	return 0;
}

void ref_done(struct ref *r)
{
	free(r->host);
	free(r->path);
	free(r->tag);
	memset(r, 0, sizeof(*r));
}

void ref_copy(const struct ref *from, struct ref *ret)
{
	ret->host = xstrdup(from->host);
	ret->path = xstrdup(from->path);
	ret->tag = xstrdup(from->tag);
	ret->digest = from->digest;
}

int ref_parse_at(const char *text, const char *host, struct ref *ret, struct err *err)
{
	auto_free char *full = NULL;

	if (ref_parse(text, ret, err) < 0)
		return -1;
	if (ret->host)
		return 0;
	ref_done(ret);
	full = xasprintf("%s/%s", host, text);
	return ref_parse(full, ret, err);
}

char *ref_repository(const struct ref *r)
{
	return r->host ? xasprintf("%s/%s", r->host, r->path) : xstrdup(r->path);
}

char *ref_text(const struct ref *r, bool default_tag)
{
	auto_sbuf struct sbuf b = SBUF_INIT;
	char text[DIGEST_TEXT_LEN + 1];

	if (r->host)
		sbuf_addf(&b, "%s/", r->host);
	sbuf_addstr(&b, r->path);
	if (r->tag)
		sbuf_addf(&b, ":%s", r->tag);
	else if (default_tag && !digest_is_set(&r->digest))
		sbuf_addstr(&b, ":latest");
	if (digest_is_set(&r->digest))
		sbuf_addf(&b, "@%s", digest_text(&r->digest, text));
	return sbuf_take(&b);
}

bool ref_path_matches(const struct ref *full, const struct ref *shortname)
{
	auto_free char *repo = ref_repository(full);
	auto_free char *tail = ref_repository(shortname);
	size_t n = strlen(repo), t = strlen(tail);

	return n >= t && !strcmp(repo + n - t, tail) && (n == t || repo[n - t - 1] == '/');
}
