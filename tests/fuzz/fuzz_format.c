/* links: libpodlite.a libcommon.a -ljson-c */
/* fuzz_format.c - templates of --format: whatever the text, a result or an error. */
#include "podlite/format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char doc[] = "{\"Name\":\"web\",\"N\":7,\"F\":1.5,\"T\":true,\"Z\":null,\"Empty\":\"\","
	"\"L\":[\"a\",\"b\",\"c\"],\"None\":[],\"State\":{\"Status\":\"running\",\"Pid\":42},"
	"\"Labels\":{\"b\":\"2\",\"a\":\"1\"},\"Mounts\":[{\"Source\":\"/x\",\"RW\":true}]}";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_jval struct jval *v = jval_parse(doc, sizeof(doc) - 1, 0, NULL);
	auto_free char *text = size < 4096 ? xstrndup((const char *)data, size) : NULL;
	auto_sbuf struct sbuf out = SBUF_INIT;
	struct err err = ERR_INIT;
	auto_cleanup(format_autop) struct format *f = text ? format_parse(text, &err) : NULL;

	if (f && format_run(f, v, &out, &err) < 0 && !err.msg[0])
		abort();
	return 0;
}
