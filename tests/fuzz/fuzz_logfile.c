/* links: libmonitor.a libcommon.a -ljson-c */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/sbuf.h"
#include "monitor/logfile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void format_and_parse(bool json, const char *text, size_t n)
{
	auto_sbuf struct sbuf scratch = SBUF_INIT;
	size_t room = LOGFILE_ROOM(json, n), len;
	char *buf = malloc(room);
	struct logfile_record r;

	len = logfile_format(buf, room, json, 1795323063000000042LL, n & 1, n & 2, text, n);
	if (!len || !logfile_parse(buf, len - 1, json, &scratch, &r) || r.time_ns != 1795323063000000042LL)
		abort();
	if (!json && (r.len != n || memcmp(r.text, text, n)))
		abort();
	free(buf);
}

/* Reading arbitrary lines is safe; what is written can be read again. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	auto_sbuf struct sbuf scratch = SBUF_INIT;
	struct logfile_record r;

	(void)!logfile_parse(text, size, false, &scratch, &r);
	(void)!logfile_parse(text, size, true, &scratch, &r);
	if (logfile_utf8_tail(text, size) > size)
		abort();
	if (!memchr(text, '\n', size)) {
		format_and_parse(false, text, size);
		if (!size || text[size - 1])
			format_and_parse(true, text, size);
	}
	return 0;
}
