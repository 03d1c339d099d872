/* links: podlite/transfer/request.c libcommon.a -ljson-c */
/* The worker's lines of progress: it spoke with strangers, so nothing unknown is passed on. */
#include "podlite/transfer/request.h"

#include "common/alloc.h"
#include "tests/unit/tap.h"

#define BLOB "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static int parse(const char *line, struct request_progress *ret)
{
	struct err e = ERR_INIT;

	*ret = (struct request_progress){.stage = NULL};
	return request_progress_parse(line, strlen(line), ret, &e);
}

static void refused(const char *line, int want, const char *name)
{
	struct request_progress p;
	int r = parse(line, &p);

	TAP_OK(r == want, "%s: %d", name, r);
	request_progress_done(&p);
}

static void round_trip(void)
{
	struct request_progress in = {.blob = (char *)(uintptr_t)BLOB, .stage = (char *)(uintptr_t)"fetching", .bytes = 5,
		.total = UINT64_MAX}, out;
	auto_jval struct jval *v = jval_new_object();
	auto_sbuf struct sbuf text = SBUF_INIT;

	jval_set(v, REQUEST_PROGRESS, request_progress_emit(&in));
	jval_print(v, false, &text);
	TAP_OK(parse(text.buf, &out) == 1, "what is written is read");
	TAP_STR(out.blob, BLOB, "blob");
	TAP_STR(out.stage, "fetching", "stage");
	TAP_OK(out.bytes == 5 && out.total == UINT64_MAX, "sizes");
	request_progress_done(&out);
}

int main(void)
{
	round_trip();
	refused("{\"progress\":{\"stage\":\"done\"}}", 1, "an archive has no digest");
	refused("{\"images\":[]}", 0, "an answer");
	refused("", 0, "nothing");
	refused(" {\"progress\":{\"stage\":\"done\"}}", 0, "not as it is written");
	refused("{\"progress\":{\"stage\":\"done\"}", -1, "cut short");
	refused("{\"progress\":[]}", -1, "no object");
	refused("{\"progress\":{}}", -1, "no stage");
	refused("{\"progress\":{\"stage\":\"exploding\"}}", -1, "an unknown stage");
	refused("{\"progress\":{\"stage\":\"done\",\"blob\":\"sha256:00\"}}", -1, "no digest");
	refused("{\"progress\":{\"stage\":\"done\",\"blob\":\"\\u001b[2J\"}}", -1, "a terminal's escape");
	refused("{\"progress\":{\"stage\":\"done\",\"bytes\":-1}}", -1, "less than nothing");
	refused("{\"progress\":{\"stage\":\"done\",\"bytes\":\"many\"}}", -1, "a word for a number");
	return tap_done();
}
