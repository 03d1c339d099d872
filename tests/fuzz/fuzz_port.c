/* links: libnetin.a libcommon.a -ljson-c */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "net/hosts.h"
#include "net/port.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is accepted must be within bounds; resolv.conf gains no line of its own (V37). */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = xstrndup((const char *)data, size);
	auto_sbuf struct sbuf out = SBUF_INIT;
	auto_svec struct svec extra = SVEC_INIT;
	struct hosts_dns d = {.host = text, .forwarder = "10.0.2.3"};
	struct hosts h = {.hostname = "x", .extra = &extra};
	struct port p;
	bool forward;

	if (port_parse(text, &p, NULL) == 0 &&
		(!p.container_port || !p.range || p.container_port + p.range > 65536 || (p.host_port && p.host_port + p.range > 65536)))
		abort();
	(void)!port_parse_exposed(text, &p, NULL);
	(void)!hosts_resolv(&d, &out, &forward, NULL);
	sbuf_reset(&out);
	svec_add(&extra, text);
	if (hosts_file(&h, &out, NULL) == 0) {
		int lines = 0;

		for (size_t i = 0; i < out.len; i++)
			lines += out.buf[i] == '\n';
		if (lines != 4)
			abort();
	}
	return 0;
}
