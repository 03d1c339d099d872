/* links: libnetin.a liboci.a libcommon.a -ljson-c */
/* registries.d: the YAML that it is written in, and whose signatures are looked for. */
#include <stdlib.h>

#include "common/alloc.h"
#include "net/registriesd.h"
#include "tests/unit/tap.h"

static void reads(const char *text, const char *json)
{
	auto_jval struct jval *doc = jval_new_object();
	auto_sbuf struct sbuf out = SBUF_INIT;
	struct err err = ERR_INIT;

	TAP_OK(registriesd_add(doc, text, strlen(text), "x.yaml", &err) == 0, "it is read %s", err.msg);
	jval_print(doc, false, &out);
	TAP_STR(out.buf, json, "as %s", json);
}

static void refused_bytes(const char *text, size_t n, const char *why)
{
	auto_jval struct jval *doc = jval_new_object();
	struct err err = ERR_INIT;

	TAP_OK(registriesd_add(doc, text, n, "x.yaml", &err) < 0 && strstr(err.msg, why) && strstr(err.msg, "x.yaml"),
		"refused: %s (%s)", why, err.msg);
}

static void refused(const char *text, const char *why)
{
	refused_bytes(text, strlen(text), why);
}

static void test_yaml(void)
{
	reads("", "{}");
	reads("---\n# a comment\n\n...\n", "{}");
	reads("docker:\n  r.example:\n    use-sigstore-attachments: true\n",
		"{\"docker\":{\"r.example\":{\"use-sigstore-attachments\":true}}}");
	reads("docker:\r\n    'r.example:5000/a':  # quoted\r\n        \"use-sigstore-attachments\": False # no\r\n",
		"{\"docker\":{\"r.example:5000/a\":{\"use-sigstore-attachments\":false}}}");
	reads("docker:\n  r.example:5000:\n    lookaside: https://s.example/x#y\n",
		"{\"docker\":{\"r.example:5000\":{\"lookaside\":\"https://s.example/x#y\"}}}");
	reads("default-docker:\n  use-sigstore-attachments: 'true'\n", "{\"default-docker\":{\"use-sigstore-attachments\":\"true\"}}");
	reads("docker: {}\ndefault-docker:\n", "{\"default-docker\":{},\"docker\":{}}");
	reads("docker:\n  a.example:\n  b.example:\n    lookaside: x\n", "{\"docker\":{\"a.example\":{},\"b.example\":{\"lookaside\":\"x\"}}}");
	refused("\tdocker:\n", "line 1: a tab");
	refused("docker:\n    a:\n  b:\n", "line 3: it is indented");
	refused("docker:\n  a:\n    b:\n      c:\n        d: e\n", "nested too deeply");
	refused("docker:\n  a: [x]\n", "line 2: expected a plain or quoted word");
	refused("docker:\n  a: &x y\n", "expected a plain or quoted word");
	refused("docker:\n  a: 'x\n", "expected a plain or quoted word");
	refused("docker:\n  a: \"x\\\"\"\n", "expected a plain or quoted word");
	refused("docker\n", "expected KEY: VALUE");
	refused("docker:\n  - a\n", "expected KEY: VALUE");
	refused("docker:\n  a:\n  a:\n", "line 3: the key is there twice");
	refused("other:\n", "unknown key \"other\"");
	refused("docker: yes\n", "docker: expected a mapping");
	refused("default-docker: yes\n", "default-docker: expected a mapping");
	refused("docker:\n  r.example: true\n", "r.example: expected a mapping");
	refused_bytes("docker:\n\0  r.example:\n", 22, "a NUL byte");
}

static void test_files(void)
{
	static const char one[] = "docker:\n  r.example:\n    lookaside: x\n", two[] = "docker:\n  s.example:\n    lookaside: y\n";
	static const char fallback[] = "default-docker:\n  lookaside: z\n";
	auto_jval struct jval *doc = jval_new_object();
	struct err err = ERR_INIT;

	TAP_OK(!registriesd_add(doc, one, strlen(one), "1.yaml", &err) && !registriesd_add(doc, two, strlen(two), "2.yaml", &err) &&
		!registriesd_add(doc, fallback, strlen(fallback), "3.yaml", &err), "three files %s", err.msg);
	TAP_OK(registriesd_add(doc, one, strlen(one), "4.yaml", &err) < 0 && strstr(err.msg, "in another file too"), "a scope twice");
	TAP_OK(registriesd_add(doc, fallback, strlen(fallback), "5.yaml", &err) < 0 && strstr(err.msg, "in another file too"),
		"the default twice");
}

static void attached(const struct jval *doc, const char *image, bool want)
{
	struct err err = ERR_INIT;
	struct ref r;

	if (!TAP_OK(ref_parse(image, &r, &err) == 0, "image %s", image))
		return;
	TAP_OK(registriesd_attachments(doc, &r) == want, "%s: %s", image, want ? "looked for" : "not looked for");
	ref_done(&r);
}

static void test_sections(void)
{
	static const char text[] = "default-docker:\n  use-sigstore-attachments: true\n"
		"docker:\n"
		"  r.example:\n    use-sigstore-attachments: false\n"
		"  r.example/a/b:\n    use-sigstore-attachments: true\n"
		"  r.example/a/b:old:\n    use-sigstore-attachments: false\n"
		"  '*.w.example':\n    use-sigstore-attachments: false\n"
		"  r.example/silent:\n    lookaside: x\n"
		"  quoted.example:\n    use-sigstore-attachments: 'true'\n";
	auto_jval struct jval *doc = jval_new_object();
	struct err err = ERR_INIT;

	TAP_OK(registriesd_add(doc, text, strlen(text), "x", &err) == 0, "sections %s", err.msg);
	attached(doc, "other.example/x:1", true);
	attached(doc, "r.example/x:1", false);
	attached(doc, "r.example/a/b:1", true);
	attached(doc, "r.example/a/b/c:1", true);
	attached(doc, "r.example/a/bc:1", false);
	attached(doc, "r.example/a/b:old", false);
	attached(doc, "r.example.org/x:1", true);
	attached(doc, "r.example/silent:1", false); /* it says nothing, its parent does */
	attached(doc, "a.w.example/x:1", false);
	attached(doc, "a.b.w.example:5000/x:1", false); /* a domain is one with any port */
	attached(doc, "w.example/x:1", true);
	attached(doc, "quoted.example/x:1", false); /* a string, no boolean */
}

int main(void)
{
	test_yaml();
	test_files();
	test_sections();
	return tap_done();
}
