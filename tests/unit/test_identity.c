/* links: libnetin.a liboci.a libcommon.a -ljson-c */
/* signedIdentity: which names a signature speaks for, by the table of containers-policy.json(5). */
#include <stdlib.h>

#include "common/alloc.h"
#include "net/identity.h"
#include "tests/unit/tap.h"

#define D1 "sha256:1111111111111111111111111111111111111111111111111111111111111111"
#define D2 "sha256:2222222222222222222222222222222222222222222222222222222222222222"

static struct jval *rule_of(const char *text)
{
	struct err err = ERR_INIT;
	struct jval *v = *text ? jval_parse(text, strlen(text), 0, &err) : NULL;

	TAP_OK(!*text || v, "rule %s %s", text, err.msg);
	return v;
}

static void is(const char *rule, const char *image, const char *claimed, bool want)
{
	auto_jval struct jval *v = rule_of(rule);
	struct err err = ERR_INIT;
	struct ref r;

	TAP_OK(identity_check(v, &err) == 0, "it is well-formed %s", err.msg);
	if (!TAP_OK(ref_parse(image, &r, &err) == 0, "image %s", image))
		return;
	TAP_OK(identity_matches(v, &r, claimed) == want, "%s %s %s", image, want ? "may be" : "is not", claimed);
	ref_done(&r);
}

static void bad(const char *rule, const char *why)
{
	auto_jval struct jval *v = rule_of(rule);
	struct err err = ERR_INIT;

	TAP_OK(identity_check(v, &err) < 0 && strstr(err.msg, why), "refused: %s (%s)", why, err.msg);
}

static void test_default(void)
{
	static const char *const same[] = {"", "{\"type\":\"matchRepoDigestOrExact\"}"};

	for (size_t i = 0; i < ARRAY_SIZE(same); i++) {
		is(same[i], "r.example/a/b:1", "r.example/a/b:1", true);
		is(same[i], "r.example/a/b:1", "r.example/a/b:2", false);
		is(same[i], "r.example/a/b:1", "r.example/a/c:1", false);
		is(same[i], "r.example/a/b:1", "r.example:443/a/b:1", false);
		is(same[i], "r.example/a/b:1", "r.example/a/b", false);
		is(same[i], "r.example/a/b@" D1, "r.example/a/b:any", true);
		is(same[i], "r.example/a/b@" D1, "r.example/a/b@" D2, true); /* the digest itself was compared before */
		is(same[i], "r.example/a/b@" D1, "r.example/a/c:any", false);
		is(same[i], "r.example/a/b:1", "r.example/a/b@" D1, false);
	}
	is("", "docker.io/library/busybox:1", "busybox:1", true);
	is("", "docker.io/library/busybox:1", "library/busybox:1", true);
	is("", "docker.io/me/busybox:1", "busybox:1", false);
	is("", "r.example/a:1", "", false);
	is("", "r.example/a:1", "R.example/../a:1", false);
}

static void test_types(void)
{
	const char *exact = "{\"type\":\"matchExact\"}", *repository = "{\"type\":\"matchRepository\"}";

	is(exact, "r.example/a:1", "r.example/a:1", true);
	is(exact, "r.example/a@" D1, "r.example/a@" D1, true);
	is(exact, "r.example/a@" D1, "r.example/a@" D2, false);
	is(exact, "r.example/a@" D1, "r.example/a:1", false);
	is(exact, "r.example/a:1", "r.example/a", false);
	is(repository, "r.example/a:1", "r.example/a:2", true);
	is(repository, "r.example/a:1", "r.example/a", true);
	is(repository, "r.example/a:1", "r.example/a/b:1", false);
	is("{\"type\":\"exactReference\",\"dockerReference\":\"s.example/x:9\"}", "r.example/a:1", "s.example/x:9", true);
	is("{\"type\":\"exactReference\",\"dockerReference\":\"s.example/x:9\"}", "r.example/a:1", "r.example/a:1", false);
	is("{\"type\":\"exactReference\",\"dockerReference\":\"s.example/x:9\"}", "r.example/a:1", "s.example/x", false);
	is("{\"type\":\"exactRepository\",\"dockerRepository\":\"s.example/x\"}", "r.example/a:1", "s.example/x:7", true);
	is("{\"type\":\"exactRepository\",\"dockerRepository\":\"s.example/x\"}", "r.example/a:1", "s.example/x", true);
	is("{\"type\":\"exactRepository\",\"dockerRepository\":\"s.example/x\"}", "r.example/a:1", "s.example/xy:7", false);
}

static void test_remap(void)
{
	const char *rule = "{\"type\":\"remapIdentity\",\"prefix\":\"mirror.example/up\",\"signedPrefix\":\"up.example\"}";

	is(rule, "mirror.example/up/a:1", "up.example/a:1", true);
	is(rule, "mirror.example/up/a:1", "mirror.example/up/a:1", false);
	is(rule, "mirror.example/up/a:1", "up.example/a:2", false);
	is(rule, "mirror.example/up/a@" D1, "up.example/a:2", true);
	/* only at a boundary: what merely begins alike keeps its name */
	is(rule, "mirror.example/upper/a:1", "up.exampleper/a:1", false);
	is(rule, "mirror.example/upper/a:1", "mirror.example/upper/a:1", true);
	is(rule, "other.example/a:1", "other.example/a:1", true);
}

static void test_malformed(void)
{
	bad("{}", "unknown signedIdentity type");
	bad("{\"type\":\"matchAll\"}", "unknown signedIdentity type");
	bad("{\"type\":7}", "unknown signedIdentity type");
	bad("{\"type\":\"matchExact\",\"prefix\":\"a\"}", "unknown key");
	bad("{\"type\":\"exactReference\"}", "is missing");
	bad("{\"type\":\"exactReference\",\"dockerReference\":\"r.example/a\"}", "with tag or digest");
	bad("{\"type\":\"exactReference\",\"dockerReference\":\"r.example/../a:1\"}", "dockerReference");
	bad("{\"type\":\"exactRepository\",\"dockerRepository\":\"r.example/a:1\"}", "without tag or digest");
	bad("{\"type\":\"remapIdentity\",\"prefix\":\"a\"}", "is missing");
	bad("{\"type\":\"remapIdentity\",\"prefix\":\"\",\"signedPrefix\":\"b\"}", "is missing");
}

int main(void)
{
	test_default();
	test_types();
	test_remap();
	test_malformed();
	return tap_done();
}
