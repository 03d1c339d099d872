/* links: libnetin.a liboci.a libcommon.a -ljson-c */
/* policy.json: which rule an image falls under. */
#include <stdlib.h>

#include "common/alloc.h"
#include "net/policy.h"
#include "tests/unit/tap.h"

static void scopes_are(const char *image, const char *want)
{
	auto_svec struct svec names = SVEC_INIT;
	auto_free char *got = NULL;
	struct err err = ERR_INIT;
	struct ref r;

	if (!TAP_OK(ref_parse(image, &r, &err) == 0, "image %s", image))
		return;
	policy_scopes(&r, &names);
	got = svec_join(&names, " ");
	TAP_STR(got, want, "scopes of %s", image);
	ref_done(&r);
}

static void decides(const char *rules, const char *image, bool want)
{
	struct policy p = {.path = (char *)"policy.json"};
	const struct jval *demand;
	struct err err = ERR_INIT;
	struct ref r;

	p.doc = jval_parse(rules, strlen(rules), JVAL_UNIQUE_KEYS, &err);
	if (TAP_OK(p.doc && ref_parse(image, &r, &err) == 0, "policy for %s %s", image, err.msg)) {
		TAP_OK((policy_check_docker(&p, &r, &demand, &err) == 0) == want, "%s is %s %s", image, want ? "accepted" : "rejected", err.msg);
		ref_done(&r);
	}
	jval_free(p.doc);
}

int main(void)
{
	static const char rules[] = "{\"default\":[{\"type\":\"insecureAcceptAnything\"}],\"transports\":{\"docker\":{"
		"\"*.example\":[{\"type\":\"reject\"}],\"ok.example\":[{\"type\":\"insecureAcceptAnything\"}],"
		"\"ok.example/no\":[{\"type\":\"reject\"}],\"p.example:5000\":[{\"type\":\"insecureAcceptAnything\"}]}}}";

	scopes_are("r.example/a/b:1", "r.example/a/b:1 r.example/a/b r.example/a r.example *.example");
	scopes_are("x.r.example:5000/a:1", "x.r.example:5000/a:1 x.r.example:5000/a x.r.example:5000 *.r.example *.example");
	scopes_are("localhost:5000/a:1", "localhost:5000/a:1 localhost:5000/a localhost:5000");
	decides(rules, "other.org/a:1", true);
	decides(rules, "r.example/a:1", false);
	decides(rules, "r.example:5000/a:1", false); /* a port is no way around a domain's rule */
	decides(rules, "deep.r.example:5000/a:1", false);
	decides(rules, "ok.example/a:1", true);
	decides(rules, "ok.example/no/a:1", false);
	decides(rules, "ok.example/now:1", true);
	decides(rules, "p.example:5000/a:1", true);
	decides(rules, "p.example:5001/a:1", false);
	return tap_done();
}
