/* links: libnetin.a liboci.a libcommon.a -ljson-c */
#include <stdlib.h>

#include "common/alloc.h"
#include "common/toml.h"
#include "net/regconf.h"
#include "tests/unit/tap.h"

static void toml_is(const char *text, const char *json)
{
	struct err err = ERR_INIT;
	auto_jval struct jval *v = toml_parse(text, strlen(text), &err);
	auto_sbuf struct sbuf out = SBUF_INIT;

	if (!TAP_OK(v != NULL, "TOML for %s %s", json, err.msg))
		return;
	jval_print(v, false, &out);
	TAP_STR(out.buf, json, "is %s", json);
}

static void toml_bad(const char *text, const char *why)
{
	struct err err = ERR_INIT;
	auto_jval struct jval *v = toml_parse(text, strlen(text), &err);

	TAP_OK(!v && strstr(err.msg, why), "TOML refused: %s (%s)", why, err.msg);
}

static void test_toml(void)
{
	toml_is("a = 1 # c\nb=\"x\\ty\\u00e9\"\n'c d' = 'l\\n'\r\n", "{\"a\":1,\"b\":\"x\\tyé\",\"c d\":\"l\\\\n\"}");
	toml_is("[t.u]\nx=true\n[[l]]\na=1\n[[l]]\na=2\n[[l.m]]\nb=0x1f\n",
		"{\"t\":{\"u\":{\"x\":true}},\"l\":[{\"a\":1},{\"a\":2,\"m\":[{\"b\":31}]}]}");
	toml_is("a = [ 'x', # c\n \"y\",\n]\ni = {p=1, q.r=[1_000]}\n", "{\"a\":[\"x\",\"y\"],\"i\":{\"p\":1,\"q\":{\"r\":[1000]}}}");
	toml_is("m = \"\"\"\nl1\nl2 \\\n   l3\"\"\"\nn = '''a'b'''\nd = 1979-05-27\n", "{\"m\":\"l1\\nl2 l3\",\"n\":\"a'b\",\"d\":\"1979-05-27\"}");
	toml_is("", "{}");
	toml_bad("a = 1\na = 2\n", "line 2: the key is defined twice");
	toml_bad("[t]\n[t]\n", "defined twice");
	toml_bad("a = \"x\n", "without an end");
	toml_bad("a\n", "expected '='");
	toml_bad("a = 1 2\n", "unexpected text");
	toml_bad("a = [1 2]", "expected ','");
	toml_bad("a = 1\n[a]\n", "in use for a value");
	toml_bad("a = {", "expected a key");
	toml_bad("a = [[[[[[[[[[[[[[[[[[[[", "too deep");
}

static void load(struct regconf *c, const char *text)
{
	struct err err = ERR_INIT;

	TAP_OK(regconf_add(c, text, strlen(text), "test", &err) == 0, "configuration %s", err.msg);
}

static void candidates(const struct regconf *c, const char *name, const char *want)
{
	auto_svec struct svec got = SVEC_INIT;
	auto_free char *text = NULL;
	struct err err = ERR_INIT;
	struct ref r;

	if (ref_parse(name, &r, &err) < 0)
		abort();
	if (regconf_candidates(c, &r, &got, &err) < 0)
		TAP_OK(!want, "%s: %s", name, err.msg);
	else {
		text = svec_join(&got, " ");
		TAP_STR(text, want, "%s stands for %s", name, want ? want : "nothing");
	}
	ref_done(&r);
}

/* "host repo i m" of every source, joined by "; "; or NULL for an error */
static void sources(const struct regconf *c, const char *name, const char *want)
{
	auto_sbuf struct sbuf b = SBUF_INIT;
	struct regconf_source *v = NULL;
	struct err err = ERR_INIT;
	struct ref r;
	size_t n = 0;

	if (ref_parse(name, &r, &err) < 0)
		abort();
	if (regconf_sources(c, &r, &v, &n, &err) < 0) {
		TAP_OK(!want, "%s: %s", name, err.msg);
	} else {
		for (size_t i = 0; i < n; i++)
			sbuf_addf(&b, "%s%s %s%s%s", i ? "; " : "", v[i].host, v[i].repo, v[i].insecure ? " insecure" : "",
				v[i].mirror ? " mirror" : "");
		TAP_STR(b.buf, want, "%s comes from %s", name, want ? want : "nowhere");
	}
	regconf_sources_free(v, n);
	ref_done(&r);
}

static void refused(struct regconf *c, const char *text, const char *why)
{
	struct err err = ERR_INIT;

	TAP_OK(regconf_add(c, text, strlen(text), "x", &err) < 0 && strstr(err.msg, why), "refused: %s (%s)", why, err.msg);
}

static void host(const struct regconf *c, const char *name, const char *want)
{
	struct regconf_source s = {.name = NULL};
	struct err err = ERR_INIT;
	auto_free char *got = NULL;

	if (regconf_host(c, name, &s, &err) < 0) {
		TAP_OK(!want, "login to %s: %s", name, err.msg);
		return;
	}
	got = xasprintf("%s%s", s.host, s.insecure ? " insecure" : "");
	TAP_STR(got, want, "login to %s", name);
	regconf_source_done(&s);
}

static const char conf[] =
	"unqualified-search-registries = ['q.io', 'docker.io']\n"
	"[[registry]]\nlocation = '127.0.0.1:5000'\ninsecure = true\n"
	"[[registry]]\nprefix = 'team.io/a'\nlocation = 'other.io/b/c'\n"
	"[[registry.mirror]]\nlocation = 'm1.io'\ninsecure = true\n"
	"[[registry.mirror]]\nlocation = 'm2.io/x'\npull-from-mirror = 'digest-only'\n"
	"[[registry]]\nprefix = '*.wild.io'\nblocked = true\n"
	"[[registry]]\nprefix = 'ok.wild.io'\n"
	"[aliases]\nnick = 'q.io/real/name'\n";

static void test_version1(void)
{
	struct regconf c = {.search_set = false};

	load(&c, "[registries.search]\nregistries=['s1.io']\n[registries.insecure]\nregistries=['in.io', 'both.io/']\n"
		"[registries.block]\nregistries=['bad.io', 'both.io']\n");
	TAP_OK(c.version1, "a file of version 1 is known as such");
	candidates(&c, "app", "s1.io/app");
	sources(&c, "in.io/app", "in.io app insecure");
	sources(&c, "s1.io/app", "s1.io app");
	sources(&c, "bad.io/app", NULL);
	sources(&c, "both.io/app", NULL);
	refused(&c, "[registries.search]\nregistries=['a']\n[[registry]]\nlocation='b'\n", "cannot be mixed");
	refused(&c, "unqualified-search-registries=['b']\n[registries.block]\nregistries=['a']\n", "cannot be mixed");
	refused(&c, "[registries.block]\nregistries='a'\n", "not a list");
	refused(&c, "[registries.insecure]\nregistries=['https://x']\n", "HOST");
	refused(&c, "[registries.block]\nregistries=['/']\n", "empty name");
	/* the lists that are empty, as distributions had them, are no version 1 */
	load(&c, "unqualified-search-registries=['b.io']\n[registries.insecure]\nregistries=[]\n");
	candidates(&c, "app", "b.io/app");
	regconf_done(&c);
}

int main(void)
{
	struct regconf c = {.search_set = false}, none = {.search_set = false};
	struct err err = ERR_INIT;

	test_toml();
	test_version1();
	candidates(&none, "alpine", "docker.io/library/alpine");
	candidates(&none, "team/app", "docker.io/team/app");
	load(&c, conf);
	candidates(&c, "nick", "q.io/real/name");
	candidates(&c, "alpine", NULL); /* R15 */
	load(&c, "short-name-mode = 'permissive'\n");
	candidates(&c, "alpine", "q.io/alpine docker.io/library/alpine");
	load(&c, "unqualified-search-registries = []\n");
	candidates(&c, "alpine", NULL);
	sources(&c, "docker.io/alpine", "registry-1.docker.io library/alpine");
	sources(&c, "127.0.0.1:5000/x:1", "127.0.0.1:5000 x insecure");
	sources(&c, "127.0.0.1:50001/x", "127.0.0.1:50001 x");
	sources(&c, "team.io/a/app:1", "m1.io app insecure mirror; other.io b/c/app");
	sources(&c, "team.io/ab/app:1", "team.io ab/app"); /* V27: a sibling prefix */
	sources(&c, "team.io/a/app@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
		"m1.io app insecure mirror; m2.io x/app mirror; other.io b/c/app");
	sources(&c, "a.wild.io/x", NULL);
	sources(&c, "a.b.wild.io/x", NULL);
	sources(&c, "wild.io/x", "wild.io x");
	sources(&c, "awild.io/x", "awild.io x");
	sources(&c, "ok.wild.io/x", "ok.wild.io x");
	refused(&c, "[[registry]]\nlocation='m.io'\n[[registry.mirror]]\nlocation='n.io'\npull-from-mirror='never'\n", "pull-from-mirror");
	refused(&c, "[[registry]]\nlocation='m.io'\nmirror-by-digest-only=true\n[[registry.mirror]]\nlocation='n.io'\n"
		"pull-from-mirror='all'\n", "excludes");
	host(&c, "docker.io", "registry-1.docker.io");
	host(&c, "127.0.0.1:5000/team", "127.0.0.1:5000 insecure");
	host(&c, "x.wild.io", NULL);
	host(&c, "a//b", NULL);
	TAP_OK(regconf_add(&c, "[[registry]]\nlocation='https://x'\n", 34, "url", &err) < 0, "a location is no URL");
	regconf_done(&c);
	return tap_done();
}
