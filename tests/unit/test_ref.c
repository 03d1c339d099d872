/* links: liboci.a libcommon.a -ljson-c */
#include <stdlib.h>

#include "common/alloc.h"
#include "oci/ref.h"
#include "tests/unit/tap.h"

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void accepts(const char *text, const char *canonical)
{
	struct err err = ERR_INIT;
	struct ref r, again;
	auto_free char *got = NULL, *twice = NULL;

	if (!TAP_OK(ref_parse(text, &r, &err) == 0, "%s is a reference %s", text, err.msg))
		return;
	got = ref_text(&r, true);
	TAP_STR(got, canonical, "%s is %s", text, canonical);
	if (TAP_OK(ref_parse(got, &again, &err) == 0, "the canonical text parses")) {
		twice = ref_text(&again, true);
		TAP_STR(twice, got, "and is itself");
		ref_done(&again);
	}
	ref_done(&r);
}

static void refuses(const char *text, const char *why)
{
	struct err err = ERR_INIT;
	struct ref r;

	if (TAP_OK(ref_parse(text, &r, &err) < 0, "refused for: %s", why))
		TAP_OK(strstr(err.msg, why) != NULL, "saying %s (%s)", why, err.msg);
	else
		ref_done(&r);
}

static void test_grammar(void)
{
	accepts("alpine", "alpine:latest");
	accepts("team/app:1.2", "team/app:1.2");
	accepts("docker.io/alpine", "docker.io/library/alpine:latest");
	accepts("index.docker.io/alpine:3", "docker.io/library/alpine:3");
	accepts("docker.io/team/app", "docker.io/team/app:latest");
	accepts("docker://quay.io/x/y", "quay.io/x/y:latest");
	accepts("localhost/x", "localhost/x:latest");
	accepts("localhost:5000/x:y", "localhost:5000/x:y");
	accepts("127.0.0.1:5000/a/b/c@sha256:" HEX, "127.0.0.1:5000/a/b/c@sha256:" HEX);
	accepts("q.io/a:t@sha256:" HEX, "q.io/a:t@sha256:" HEX);
	accepts("[::1]:5000/x", "[::1]:5000/x:latest");
	accepts("a__b/c--d/e.f_g", "a__b/c--d/e.f_g:latest");
	accepts("Host.Example.COM/x", "Host.Example.COM/x:latest");
	refuses("", "a repository is");
	refuses("UPPER", "lower case");
	refuses("q.io/Upper", "lower case");
	refuses("a..b", "a repository is");
	refuses("a___b", "a repository is");
	refuses("-a", "a repository is");
	refuses("a-", "a repository is");
	refuses("/a", "a repository is");
	refuses("a//b", "a repository is");
	refuses("a/", "a repository is");
	refuses("../x", "malformed");
	refuses("q.io/../x", "a repository is");
	refuses("a b", "a repository is");
	refuses("a:", "tag");
	refuses("a:-x", "tag");
	refuses("a:x y", "tag");
	refuses("a:x\n", "tag");
	refuses("a@sha256:", "digest");
	refuses("a@sha256:" HEX "0", "digest");
	refuses("a@sha512:" HEX, "digest");
	refuses("a@sha256:../../x", "digest");
	refuses("q.io:0/x", "malformed");
	refuses("q.io:99999/x", "malformed");
	refuses("-q.io/x", "malformed");
	refuses("q-.io/x", "malformed");
	refuses("q..io/x", "malformed");
	refuses("[::1/x", "malformed");
	refuses(HEX, "image id");
	accepts("q.io/" HEX, "q.io/" HEX ":latest");
	refuses("\x1b[31mx", "\\x1b");
}

static void test_lengths(void)
{
	char text[300], want[320];

	memset(text, 'a', 250);
	text[250] = '\0';
	snprintf(want, sizeof(want), "%s:1234", text);
	accepts(want, want);
	snprintf(want, sizeof(want), "%s:12345", text);
	refuses(want, "255");
	memset(text, 't', 131);
	memcpy(text, "a:", 2);
	text[131] = '\0';
	refuses(text, "128");
	text[130] = '\0';
	accepts(text, text);
}

static void matches(const char *full, const char *shortname, bool want)
{
	struct ref a, b;

	if (ref_parse(full, &a, NULL) < 0 || ref_parse(shortname, &b, NULL) < 0)
		abort();
	TAP_OK(ref_path_matches(&a, &b) == want, "%s %s %s", shortname, want ? "matches" : "does not match", full);
	ref_done(&a);
	ref_done(&b);
}

int main(void)
{
	struct ref r, copy;
	auto_free char *repo = NULL;

	test_grammar();
	test_lengths();
	matches("docker.io/library/alpine", "alpine", true);
	matches("docker.io/library/alpine", "library/alpine", true);
	matches("docker.io/library/alpine", "pine", false);
	matches("q.io/x/myalpine", "alpine", false);
	matches("q.io/x", "q.io/x", true);
	if (ref_parse("q.io/a:b", &r, NULL) < 0)
		abort();
	ref_copy(&r, &copy);
	ref_done(&r);
	repo = ref_repository(&copy);
	TAP_STR(repo, "q.io/a", "a copy owns its strings");
	ref_done(&copy);
	return tap_done();
}
