/* links: libnetin.a liboci.a libcommon.a -ljson-c */
/* fuzz_registriesd.c - a file of registries.d: what is accepted has the shape that is asked later, and says nothing twice. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "net/registriesd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_shape(const struct jval *doc)
{
	for (const struct jval_iter *it = jval_first(doc); it; it = jval_next(it))
		if (jval_type(jval_value(it)) != JV_OBJECT || (strcmp(jval_key(it), "docker") && strcmp(jval_key(it), "default-docker")))
			abort();
	for (const struct jval_iter *it = jval_first(jval_get(doc, "docker")); it; it = jval_next(it))
		if (jval_type(jval_value(it)) != JV_OBJECT)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_jval struct jval *doc = jval_new_object();
	struct ref image;

	if (registriesd_add(doc, (const char *)data, size, "fuzz", NULL) < 0)
		return 0;
	check_shape(doc);
	if ((jval_get(doc, "default-docker") || jval_len(jval_get(doc, "docker"))) &&
		registriesd_add(doc, (const char *)data, size, "again", NULL) == 0)
		abort();
	if (ref_parse("r.example:5000/a/b:1", &image, NULL) < 0)
		abort();
	(void)registriesd_attachments(doc, &image);
	ref_done(&image);
	return 0;
}
