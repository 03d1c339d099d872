/* links: libmonitor.a libcommon.a -ljson-c */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/sbuf.h"
#include "common/units.h"
#include "monitor/logfile.h"
#include "tap.h"

#define T0 1795323063000000042LL

static void round_trip(bool json, bool is_stderr, bool partial, const char *text, size_t n, const char *what)
{
	auto_sbuf struct sbuf scratch = SBUF_INIT;
	size_t size = LOGFILE_ROOM(json, n), len;
	char *buf = malloc(size);
	struct logfile_record r;

	len = logfile_format(buf, size, json, T0, is_stderr, partial, text, n);
	TAP_OK(len > 0 && len <= size && buf[len - 1] == '\n', "%s: formatted within its room", what);
	TAP_OK(logfile_parse(buf, len - 1, json, &scratch, &r), "%s: parsed", what);
	TAP_OK(r.len == n && !memcmp(r.text, text, n), "%s: same text", what);
	TAP_OK(r.time_ns == T0 && r.is_stderr == is_stderr && r.partial == partial, "%s: same time, stream, flag", what);
	free(buf);
}

static void test_round_trips(void)
{
	static const char nul[] = "a\0b\001\177\"\\\t\r";
	char *big = malloc(1 << 20);

	memset(big, 'x', 1 << 20);
	for (int json = 0; json < 2; json++) {
		round_trip(json, false, false, "hello", 5, "plain");
		round_trip(json, true, true, "part", 4, "partial");
		round_trip(json, false, false, "", 0, "empty");
		round_trip(json, true, false, nul, sizeof(nul) - 1, "NUL and controls");
		round_trip(json, false, false, "gr\xc3\xbc\xc3\x9f \xf0\x9f\x90\xb3", 11, "UTF-8");
		for (size_t n = 8190; n < 8195; n++)
			round_trip(json, false, true, big, n, "around 8 KiB");
		round_trip(json, false, false, big, 1 << 20, "1 MiB");
	}
	round_trip(false, false, false, "\xff\xfe raw", 6, "bytes that are not UTF-8");
	/* V43: text cannot forge the prefix */
	round_trip(false, false, false, "2026-01-01T00:00:00Z stderr F x", 31, "forged prefix");
	round_trip(true, false, false, "\"stream\":\"stderr\"}", 18, "forged member");
	free(big);
}

static void test_shapes(void)
{
	auto_sbuf struct sbuf s = SBUF_INIT;
	static const char docker[] = "{\"log\":\"hi\\u00e9\\ud83d\\udc33\\n\",\"attrs\":{\"a\":[1,\"}\"]},\"stream\":\"stdout\","
				     "\"time\":\"2026-11-22T04:06:49.5+01:00\"}";
	struct logfile_record r;
	char buf[256];
	size_t n;

	n = logfile_format(buf, sizeof(buf), false, 0, false, false, "x", 1);
	buf[n] = '\0';
	TAP_STR(buf, "1970-01-01T00:00:00.000000000Z stdout F x\n", "k8s-file line");
	n = logfile_format(buf, sizeof(buf), true, 951782400000000000LL, true, false, "a\"\xff", 3);
	buf[n] = '\0';
	TAP_STR(buf, "{\"log\":\"a\\\"\\ufffd\\n\",\"stream\":\"stderr\",\"time\":\"2000-02-29T00:00:00.000000000Z\"}\n",
		"json-file line, leap day, bad byte");
	TAP_OK(!logfile_format(buf, 10, false, 0, false, false, "long text", 9), "no room is refused");
	TAP_OK(logfile_parse(docker, strlen(docker), true, &s, &r),
		"docker's members in docker's order");
	TAP_OK(r.len == 8 && !memcmp(r.text, "hi\xc3\xa9\xf0\x9f\x90\xb3", 8) && !r.partial, "escapes and surrogates");
	TAP_OK(logfile_parse("2026-11-22T04:06:49.123+02:00 stderr P x", 40, false, &s, &r) && r.partial && r.is_stderr,
		"conmon's local offset");
}

static void test_refused(void)
{
	static const char *const k8s[] = {"", "x", "2026-11-22T04:06:49Z", "2026-11-22T04:06:49Z stdout", "2026-11-22T04:06:49Z stdout F",
		"2026-11-22T04:06:49Z stdxxx F a", "2026-11-22T04:06:49Z stdout X a", "nonsense-time-here-and stdout F a"};
	static const char *const json[] = {"", "{", "{}", "[]", "{\"log\":\"x\"}", "{\"log\":\"x", "{\"log\":\"\\u12\"}",
		"{\"log\":\"\\q\",\"stream\":\"stdout\",\"time\":\"2026-11-22T04:06:49Z\"}",
		"{\"log\":\"x\",\"stream\":\"stdout\",\"time\":\"2026-11-22T04:06:49Z\"", "{\"log\":{{{{", "{\"a\":"};
	auto_sbuf struct sbuf s = SBUF_INIT;
	struct logfile_record r;

	for (size_t i = 0; i < ARRAY_SIZE(k8s); i++)
		TAP_OK(!logfile_parse(k8s[i], strlen(k8s[i]), false, &s, &r), "refused: %s", k8s[i]);
	for (size_t i = 0; i < ARRAY_SIZE(json); i++)
		TAP_OK(!logfile_parse(json[i], strlen(json[i]), true, &s, &r), "refused: %s", json[i]);
}

static void test_stamps(void)
{
	int64_t at[] = {0, 1, 951868799999999999LL, 1709164800000000000LL, 4102444799123456789LL, T0};
	char mine[LOGFILE_STAMP_LEN + 1];

	for (size_t i = 0; i < ARRAY_SIZE(at); i++) {
		int64_t back = -1;

		logfile_stamp(at[i], mine);
		TAP_OK(strlen(mine) == LOGFILE_STAMP_LEN && units_parse_time(mine, 0, &back) && back == at[i], "stamp %s", mine);
	}
}

static void test_tails(void)
{
	TAP_OK(logfile_utf8_tail("abc", 3) == 0, "ASCII has no tail");
	TAP_OK(logfile_utf8_tail("a\xc3", 2) == 1, "half of two");
	TAP_OK(logfile_utf8_tail("a\xf0\x9f\x90", 4) == 3, "three of four");
	TAP_OK(logfile_utf8_tail("\xf0\x9f\x90\xb3", 4) == 0, "whole sequence");
	TAP_OK(logfile_utf8_tail("a\xff", 2) == 0, "a byte that begins nothing");
	TAP_OK(logfile_utf8_tail("\x80\x80\x80\x80", 4) == 0, "continuations only");
	TAP_OK(logfile_utf8_tail("", 0) == 0, "empty");
}

int main(void)
{
	test_round_trips();
	test_shapes();
	test_refused();
	test_stamps();
	test_tails();
	return tap_done();
}
