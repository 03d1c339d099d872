/* links: liboci.a libcommon.a -ljson-c */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "oci/ref.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is accepted has a canonical text that parses to itself and is harmless in a path or URL. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = xstrndup((const char *)data, size), *first = NULL, *second = NULL;
	struct ref r, again;

	if (ref_parse(text, &r, NULL) < 0)
		return 0;
	first = ref_text(&r, true);
	if (strstr(first, "/.") || *first == '.' || strpbrk(first, " \t\r\n%?#\\\"'<>") || *first == '/' || *first == '-')
		abort();
	for (const char *p = first; *p; p++)
		if (*p < '!' || *p > '~')
			abort();
	/* the default tag or library/ may make it too long; nothing else may fail */
	if (strlen(first) <= 255) {
		if (ref_parse(first, &again, NULL) < 0)
			abort();
		second = ref_text(&again, true);
		if (strcmp(first, second) != 0)
			abort();
		ref_done(&again);
	}
	ref_done(&r);
	return 0;
}
