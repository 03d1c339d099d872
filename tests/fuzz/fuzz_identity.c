/* links: libnetin.a liboci.a libcommon.a -ljson-c */
/* fuzz_identity.c - a rule, an image and a signature's claim, a line each: whatever they are, only rules that name another
 * repository themselves let a claim of another one pass. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "net/identity.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool names_another(const struct jval *rule)
{
	const char *type = jval_get_str(rule, "type", "");

	return !strncmp(type, "exact", 5) || !strcmp(type, "remapIdentity");
}

/* The repository without docker.io and library/, which may be left out. */
static const char *short_of(const char *repository)
{
	static const char *const implied[] = {"docker.io/", "library/"};

	for (size_t i = 0; i < ARRAY_SIZE(implied); i++)
		if (!strncmp(repository, implied[i], strlen(implied[i])))
			repository += strlen(implied[i]);
	return repository;
}

static void check(const struct jval *rule, const struct ref *image, const char *claimed)
{
	auto_free char *own = ref_text(image, true), *mine = ref_repository(image), *theirs = NULL;
	struct ref r;

	if (!names_another(rule) && !identity_matches(rule, image, own))
		abort();
	if (!identity_matches(rule, image, claimed))
		return;
	if (ref_parse(claimed, &r, NULL) < 0)
		abort();
	theirs = ref_repository(&r);
	if (!names_another(rule) && strcmp(short_of(mine), short_of(theirs)))
		abort();
	ref_done(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_svec struct svec lines = SVEC_INIT;
	auto_free char *text = xstrndup((const char *)data, size);
	auto_jval struct jval *rule = NULL;
	struct ref image;

	svec_add_split(&lines, text, '\n');
	if (lines.n != 3 || ref_parse(lines.v[1], &image, NULL) < 0)
		return 0;
	rule = *lines.v[0] ? jval_parse(lines.v[0], strlen(lines.v[0]), 0, NULL) : NULL;
	if (image.host && (rule || !*lines.v[0]) && identity_check(rule, NULL) == 0)
		check(rule, &image, lines.v[2]);
	ref_done(&image);
	return 0;
}
