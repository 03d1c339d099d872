/* links: libnet.a libnetin.a liboci.a libcommon.a -ljson-c -lcurl -lcrypto */
#include <stdlib.h>

#include "common/alloc.h"
#include "net/auth.h"
#include "net/authfile.h"
#include "net/base64.h"
#include "net/http.h"
#include "tests/unit/tap.h"

static void challenge(const char *header, const char *want)
{
	auto_svec struct svec list = SVEC_INIT;
	auto_sbuf struct sbuf b = SBUF_INIT;
	struct auth_challenge c;
	struct err err = ERR_INIT;

	svec_add(&list, header);
	if (auth_challenge_parse(&list, &c, &err) < 0) {
		TAP_OK(!want, "%s: %s", header, err.msg);
		return;
	}
	sbuf_addf(&b, "%s%s%s|%s", c.basic ? "basic " : "", c.bearer ? "bearer " : "", c.realm ? c.realm : "",
		c.service ? c.service : "");
	TAP_STR(b.buf, want, "%s", header);
	auth_challenge_done(&c);
}

static void test_challenges(void)
{
	challenge("Bearer realm=\"https://a/t\",service=\"s\",scope=\"x:y:z\"", "bearer https://a/t|s");
	challenge("bearer   Realm = \"r\" , service=s", "bearer r|s");
	challenge("Basic realm=\"x\"", "basic |");
	challenge("Basic realm=\"x\", Bearer realm=\"r\",service=\"s\"", "basic bearer r|s");
	challenge("Bearer realm=\"r\", Basic realm=\"x\"", "basic bearer r|");
	challenge("Bearer realm=\"a\\\"b\\\\c\"", "bearer a\"b\\c|");
	challenge("Bearer realm=\"r\",realm=\"second\"", "bearer r|");
	challenge("Negotiate, Basic realm=x", "basic |");
	challenge("NTLM abc==, x", NULL);
	challenge("Digest realm=\"x\", nonce=\"y\"", NULL);
	challenge("Bearer", NULL);
	challenge("Bearer realm=\"open", NULL);
	challenge("", NULL);
	challenge(",,, ,", NULL);
}

static void realm(const char *site, bool insecure, const char *url, const char *user, bool want)
{
	struct auth_site s = {.host = site, .tls = true, .insecure = insecure};
	struct auth_creds creds = {.user = (char *)user};
	struct http_url u;
	struct err err = ERR_INIT;

	if (http_url_parse(NULL, url, &u, &err) < 0)
		abort();
	TAP_OK((auth_realm_allowed(&s, url, u.host, u.tls, &creds, &err) == 0) == want, "%s may %ssend %s to %s %s", site,
		want ? "" : "not ", user ? "credentials" : "us", url, err.msg);
	http_url_done(&u);
}

static void test_realms(void)
{
	realm("r.io", false, "https://r.io/token", "u", true);
	realm("r.io", false, "https://auth.r.io/token", "u", true);
	realm("registry-1.docker.io", false, "https://auth.docker.io/token", "u", true);
	realm("r.io", false, "https://evil.io/token", "u", false);
	realm("r.io", false, "https://evil.io/token", NULL, true);
	realm("r.io", false, "http://r.io/token", NULL, false);
	realm("r.io", true, "http://r.io/token", "u", true);
	realm("r.io", true, "http://other.io/token", NULL, false);
	realm("r.io", true, "http://auth.r.io/token", "u", false);
	realm("r.io", false, "https://127.0.0.1/token", NULL, false);
	realm("r.io", false, "https://localhost:99/token", NULL, false);
	realm("r.io", false, "https://[::1]/token", NULL, false);
	realm("127.0.0.1", false, "https://localhost/token", NULL, true);
	realm("127.0.0.1", false, "https://localhost/token", "u", false);
	realm("127.0.0.1", false, "https://169.254.169.254/token", NULL, false);
	realm("10.0.0.1", false, "https://11.0.0.1/token", "u", false);
}

static void test_tokens(void)
{
	static const char *const bad[] = {"", "{}", "{\"token\":7}", "{\"token\":\"a b\"}", "{\"token\":\"a\\r\\nX: y\"}",
		"{\"token\":\"é\"}", "[]", "{\"token\":\"a\",\"token\":\"b\"}"};
	struct err err = ERR_INIT;
	auto_free char *t = auth_token_parse("{\"access_token\":\"abc\"}", 22, &err);

	TAP_STR(t, "abc", "access_token");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		auto_free char *no = auth_token_parse(bad[i], strlen(bad[i]), &err);

		TAP_OK(!no, "no token: %s", bad[i]);
	}
}

static void url(const char *base, const char *text, const char *want_url, const char *want_origin)
{
	struct http_url u;
	struct err err = ERR_INIT;

	if (http_url_parse(base, text, &u, &err) < 0) {
		TAP_OK(!want_url, "%s", err.msg);
		return;
	}
	TAP_STR(u.url, want_url, "%s is a URL", text);
	TAP_STR(u.origin, want_origin, "of %s", want_origin);
	http_url_done(&u);
}

static void test_urls(void)
{
	url(NULL, "https://A.io/x", "https://A.io/x", "https://a.io:443");
	url("https://a.io/v2/x", "/y?z", "https://a.io/y?z", "https://a.io:443");
	url("https://a.io/v2/x", "//b.io/y", "https://b.io/y", "https://b.io:443");
	url("https://a.io/v2/x", "http://b.io:80/y", "http://b.io:80/y", "http://b.io:80");
	url(NULL, "https://u:p@a.io/", NULL, NULL);
	url(NULL, "ftp://a.io/", NULL, NULL);
	url(NULL, "file:///etc/passwd", NULL, NULL);
	url(NULL, "/x", NULL, NULL);
	url(NULL, "https://a.io/\r\nX", NULL, NULL);
}

static void entry(const char *json, const char *name, const char *want)
{
	auto_jval struct jval *doc = jval_parse(json, strlen(json), 0, NULL);
	struct auth_creds c = {.user = NULL};
	auto_sbuf struct sbuf b = SBUF_INIT;
	struct err err = ERR_INIT;
	int r = authfile_find(doc, name, &c, &err);

	sbuf_addf(&b, "%d %s:%s", r, c.user ? c.user : "", c.password ? c.password : c.identity ? c.identity : "");
	TAP_STR(b.buf, want, "%s finds %s", name, want);
	auth_creds_done(&c);
}

static void test_authfile(void)
{
	static const char doc[] = "{\"auths\":{\"q.io\":{\"auth\":\"aDpx\"},\"q.io/a/b\":{\"auth\":\"Yjpx\"},"
		"\"https://index.docker.io/v1/\":{\"auth\":\"ZDpwOnE=\"},\"t.io\":{\"identitytoken\":\"tok\"},\"bad.io\":{\"auth\":\"!!\"},"
		"\"empty.io\":{}}}";

	entry(doc, "q.io/a/b/c", "1 b:q");
	entry(doc, "q.io/a/bc", "1 h:q");
	entry(doc, "q.io.evil/a", "0 :");
	entry(doc, "docker.io/library/x", "1 d:p:q");
	entry(doc, "t.io/x", "1 :tok");
	entry(doc, "bad.io/x", "-1 :");
	entry(doc, "empty.io/x", "0 :");
	entry("{}", "q.io/a", "0 :");
	entry("[]", "q.io/a", "0 :");
}

static void test_base64(void)
{
	static const char *const pairs[][2] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}};
	static const char *const bad[] = {"Z", "Zg=", "Zg==x", "Z g=", "====", "Zg=a"};

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		auto_sbuf struct sbuf e = SBUF_INIT, d = SBUF_INIT;

		base64_encode(pairs[i][0], strlen(pairs[i][0]), &e);
		TAP_STR(e.buf, pairs[i][1], "base64 of %s", pairs[i][0]);
		TAP_OK(base64_decode(pairs[i][1], &d) && !strcmp(d.buf, pairs[i][0]), "and back");
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		auto_sbuf struct sbuf d = SBUF_INIT;

		TAP_OK(!base64_decode(bad[i], &d), "no base64: %s", bad[i]);
	}
}

int main(void)
{
	test_challenges();
	test_realms();
	test_tokens();
	test_urls();
	test_authfile();
	test_base64();
	return tap_done();
}
