/* links: libquadlet.a libcommon.a -ljson-c */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "quadlet/conv.h"
#include "quadlet/word.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is written must read back as the same: systemd has the same grammar. */
static void check_output(const struct unit *out)
{
	auto_sbuf struct sbuf text = SBUF_INIT, again = SBUF_INIT;
	auto_svec struct svec errors = SVEC_INIT;
	struct unit back = UNIT_INIT;

	unit_print(out, &text);
	unit_parse(&back, "/again", text.buf, text.len, &errors);
	unit_print(&back, &again);
	if (errors.n || strcmp(text.buf, again.buf))
		abort();
	unit_done(&back);
}

static void check_words(const struct svec *words)
{
	auto_free char *joined = word_join(words);
	auto_svec struct svec back = SVEC_INIT;
	const char *why;

	if (!word_split(joined, &back, &why) || back.n != words->n)
		abort();
	for (size_t i = 0; i < words->n; i++)
		if (strcmp(words->v[i], back.v[i]))
			abort();
}

/* The file as each kind: parsed, merged with itself, made into a service. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct { enum source_kind kind; const char *name; } as[] = {
		{SOURCE_CONTAINER, "f@.container"}, {SOURCE_VOLUME, "f.volume"}, {SOURCE_IMAGE, "f.image"}, {SOURCE_NETWORK, "f.network"},
	};
	struct source_list none = SOURCE_LIST_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(as); i++) {
		struct source s = {.kind = as[i].kind, .name = xstrdup(as[i].name), .path = xstrdup("/fuzz/f")};
		struct conv c = {.all = &none, .src = &s, .podlite = "/bin/podlite", .out = UNIT_INIT};

		unit_parse(&s.unit, "/fuzz/f", (const char *)data, size, &s.errors);
		unit_parse(&s.unit, "/fuzz/drop-in", (const char *)data, size, &s.errors);
		conv_unit(&c);
		check_words(&c.cmd);
		if (!s.errors.n)
			check_output(&c.out);
		conv_done(&c);
		unit_done(&s.unit);
		svec_done(&s.errors);
		svec_done(&s.warnings);
		free(s.name);
		free(s.path);
	}
	return 0;
}
