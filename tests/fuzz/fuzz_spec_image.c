/* links: liboci.a libcommon.a -ljson-c */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "oci/spec_image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_descriptor(const struct spec_descriptor *d)
{
	struct digest again;

	if (!digest_from_hex(d->digest.hex, &again) || d->size > INT64_MAX)
		abort();
}

static void check_index(const char *text, size_t size)
{
	struct spec_platform host;
	struct spec_index idx;

	spec_platform_host(&host);
	if (spec_index_parse(text, size, "", &idx, NULL) < 0)
		return;
	for (size_t i = 0; i < idx.n; i++)
		check_descriptor(&idx.v[i]);
	(void)spec_index_choose(&idx, &host, NULL);
	spec_index_done(&idx);
}

/* No document is two things at once, and what is accepted holds only digests that are some (V46, V47). */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = xstrndup((const char *)data, size);
	struct spec_image_config c;
	struct spec_manifest m;
	struct spec_index idx;
	struct err err = ERR_INIT;

	check_index(text, size);
	(void)spec_image_kind(text, size, "", &err);
	if (spec_manifest_parse(text, size, "", &m, &err) == 0) {
		check_descriptor(&m.config);
		for (size_t i = 0; i < m.nlayers; i++)
			check_descriptor(&m.layers[i]);
		spec_manifest_done(&m);
		if (spec_index_parse(text, size, "", &idx, NULL) == 0)
			abort();
		if (spec_image_config_parse(text, size, &c, NULL) == 0)
			abort();
	}
	if (spec_image_config_parse(text, size, &c, &err) == 0)
		spec_image_config_done(&c);
	return 0;
}
