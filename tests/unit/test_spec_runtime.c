/* links: liboci.a libcommon.a -ljson-c */
#include "tests/unit/tap.h"

#include <string.h>

#include "common/alloc.h"
#include "oci/spec_runtime.h"

static const char full[] =
	"{\"ociVersion\":\"1.2.0\",\"process\":{\"terminal\":true,\"consoleSize\":{\"height\":24,"
	"\"width\":80},"
	"\"user\":{\"uid\":1,\"gid\":2,\"umask\":63,\"additionalGids\":[3,4,4294967294],"
	"\"username\":\"u\"},"
	"\"args\":[\"sh\",\"-c\",\"x\"],\"env\":[\"A=b\"],\"cwd\":\"/"
	"w\",\"capabilities\":{\"bounding\":[\"CAP_KILL\"]},"
	"\"rlimits\":[{\"type\":\"RLIMIT_CORE\",\"hard\":18446744073709551615,\"soft\":0}],"
	"\"noNewPrivileges\":true,"
	"\"oomScoreAdj\":0},\"root\":{\"path\":\"rootfs\",\"readonly\":true},\"hostname\":\"h\","
	"\"mounts\":[{\"destination\":\"/"
	"proc\",\"type\":\"proc\",\"source\":\"proc\",\"options\":[\"ro\"]}],"
	"\"hooks\":{\"createRuntime\":[{\"path\":\"/"
	"h\",\"args\":[\"h\"],\"timeout\":5}]},\"annotations\":{\"a.b\":\"c\"},"
	"\"linux\":{\"uidMappings\":[{\"containerID\":0,\"hostID\":1000,\"size\":1}],\"sysctl\":{"
	"\"net.a\":\"1\"},"
	"\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"network\",\"path\":\"/p\"}],"
	"\"devices\":[{\"path\":\"/dev/x\",\"type\":\"c\",\"major\":1,\"minor\":2,\"fileMode\":0},"
	"{\"path\":\"/dev/"
	"y\",\"type\":\"p\"}],\"resources\":{\"pids\":{\"limit\":5}},\"seccomp\":{"
	"\"defaultAction\":\"X\"},"
	"\"maskedPaths\":[\"/m\"],\"readonlyPaths\":[\"/r\"],\"cgroupsPath\":\"/c\"}}";

static char *print(struct jval *v)
{
	auto_sbuf struct sbuf b = SBUF_INIT;

	jval_print(v, false, &b);
	jval_free(v);
	return sbuf_take(&b);
}

static void round_trip(void)
{
	struct spec_runtime s, again;
	struct err err = ERR_INIT;
	auto_free char *one = NULL, *two = NULL;

	spec_runtime_init(&s);
	spec_runtime_init(&again);
	if (!TAP_OK(spec_runtime_parse(full, strlen(full), &s, &err) == 0, "parse")) {
		printf("# %s\n", err.msg);
		return;
	}
	TAP_OK(s.process.user.umask == 63 && s.process.user.additional_gids.n == 3 &&
			s.process.user.additional_gids.v[2] == 4294967294U,
		"user");
	TAP_OK(s.process.rlimits.v[0].hard == UINT64_MAX, "2^64-1");
	TAP_OK(s.process.has_oom_score_adj && s.process.oom_score_adj == 0,
		"oomScoreAdj 0 is given");
	TAP_OK(s.linux_.devices.v[0].file_mode == 0 && s.linux_.devices.v[1].file_mode == -1,
		"fileMode given and not");
	TAP_OK(spec_find_namespace(&s, "network") &&
			!strcmp(spec_find_namespace(&s, "network")->path, "/p"),
		"namespace");
	TAP_OK(!spec_find_namespace(&s, "net"), "no prefix match");
	one = print(spec_runtime_emit(&s));
	TAP_OK(spec_runtime_parse(one, strlen(one), &again, &err) == 0, "parse what was emitted");
	two = print(spec_runtime_emit(&again));
	TAP_STR(two, one, "emit, parse, emit gives the same");
	TAP_OK(strstr(one, "\"oomScoreAdj\":0") && strstr(one, "\"umask\":63"),
		"what was given is emitted");
	TAP_OK(!strstr(strstr(one, "/dev/y"), "fileMode"), "what was not is not");
	spec_runtime_done(&s);
	spec_runtime_done(&again);
}

static void refused(const char *text, const char *words, const char *what)
{
	struct spec_runtime s;
	struct err err = ERR_INIT;

	spec_runtime_init(&s);
	if (!TAP_OK(spec_runtime_parse(text, strlen(text), &s, &err) < 0 && strstr(err.msg, words),
		    "refused: %s", what))
		printf("# %s\n", err.msg);
	spec_runtime_done(&s);
}

#define DOC(process, rest) "{\"ociVersion\":\"1.0.2\",\"process\":{" process "}" rest "}"
#define OK_PROCESS	   "\"args\":[\"x\"],\"cwd\":\"/\""

static void checks(void)
{
	refused("", "config.json", "nothing");
	refused("[]", "an object", "an array");
	refused("{\"ociVersion\":\"2.0.0\",\"process\":{" OK_PROCESS "}}", "version 1",
		"a newer version");
	refused("{\"process\":{" OK_PROCESS "}}", "ociVersion", "no version");
	refused(DOC("\"args\":[],\"cwd\":\"/\"", ""), "no command", "no command");
	refused(DOC("\"args\":[\"x\"],\"cwd\":\"w\"", ""), "absolute",
		"a relative working directory");
	refused(DOC("\"args\":[1],\"cwd\":\"/\"", ""), "args: expected", "a number as argument");
	refused(DOC("\"args\":[\"a\\u0000b\"],\"cwd\":\"/\"", ""), "config.json",
		"NUL in an argument");
	refused(DOC(OK_PROCESS ",\"user\":{\"uid\":-1}", ""), "uid", "V11: uid -1");
	refused(DOC(OK_PROCESS ",\"user\":{\"uid\":4294967295}", ""), "no id", "V11: uid 2^32-1");
	refused(DOC(OK_PROCESS ",\"user\":{\"uid\":4294967296}", ""), "uid", "V11: uid 2^32");
	refused(DOC(OK_PROCESS ",\"user\":{\"uid\":\"0\"}", ""), "uid", "V11: uid as text");
	refused(DOC(OK_PROCESS ",\"user\":{\"additionalGids\":[4294967295]}", ""), "additionalGids",
		"group 2^32-1");
	refused(DOC(OK_PROCESS ",\"oomScoreAdj\":1001", ""), "oomScoreAdj", "oomScoreAdj 1001");
	refused(DOC(OK_PROCESS, ",\"mounts\":[{\"destination\":\"x\"}]"), "mounts[0]",
		"a relative mount point");
	refused(DOC(OK_PROCESS, ",\"mounts\":[{}]"), "destination", "a mount without destination");
	refused(DOC(OK_PROCESS, ",\"linux\":{\"namespaces\":[{\"type\":\"net\"}]}"), "net",
		"an unknown namespace");
	refused(DOC(OK_PROCESS,
			",\"linux\":{\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"pid\"}]}"),
		"twice", "one twice");
	refused(DOC(OK_PROCESS, ",\"linux\":{\"namespaces\":[{\"type\":\"pid\",\"path\":\"x\"}]}"),
		"absolute", "a relative one");
	refused(DOC(OK_PROCESS, ",\"hooks\":{\"poststop\":[{\"path\":\"x\"}]}"), "poststop",
		"a relative hook");
	refused(DOC(OK_PROCESS, "") "x", "config.json", "text after the end");
}

static void building(void)
{
	struct spec_runtime s;
	struct spec_process p;
	struct err err = ERR_INIT;
	static const char process[] = "{\"args\":[\"a\"],\"cwd\":\"/\"}";
	auto_free char *text = NULL;

	spec_runtime_init(&s);
	spec_add_mount(&s, "/a", "bind", "/b", "rbind,ro");
	spec_add_mount(&s, "/c", "tmpfs", NULL, NULL);
	spec_add_namespace(&s, "pid", NULL);
	spec_add_rlimit(&s, "RLIMIT_CORE", 0, 1);
	spec_add_gid(&s.process.user, 7);
	text = print(spec_runtime_emit(&s));
	TAP_OK(strstr(text, "\"options\":[\"rbind\",\"ro\"]") &&
			strstr(text, "\"additionalGids\":[7]"),
		"build and emit");
	TAP_OK(!strstr(text, "umask") && !strstr(text, "oomScoreAdj"), "defaults are not emitted");
	spec_runtime_done(&s);
	TAP_OK(spec_process_parse(process, strlen(process), &p, &err) == 0 && p.user.umask == -1 &&
			!p.has_oom_score_adj,
		"a process alone");
	spec_process_done(&p);
}

int main(void)
{
	round_trip();
	checks();
	building();
	return tap_done();
}
