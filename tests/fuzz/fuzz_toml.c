/* links: libnetin.a liboci.a libcommon.a -ljson-c */
#include <stdint.h>

#include "common/toml.h"
#include "net/regconf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_jval struct jval *v __unused = toml_parse((const char *)data, size, NULL);
	struct regconf c = {.search_set = false};

	(void)!regconf_add(&c, (const char *)data, size, "fuzz", NULL);
	regconf_done(&c);
	return 0;
}
