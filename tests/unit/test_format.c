/* links: libpodlite.a libcommon.a -ljson-c */
#include "podlite/format.h"

#include "tests/unit/tap.h"

static const char doc[] = "{\"Name\":\"web\",\"N\":7,\"F\":1.5,\"T\":true,\"Z\":null,\"Empty\":\"\","
	"\"L\":[\"a\",\"b\",\"c\"],\"Nums\":[1,2,3],\"None\":[],"
	"\"State\":{\"Status\":\"running\",\"Pid\":42,\"OOMKilled\":false},"
	"\"Config\":{\"Env\":[\"A=1\"]},\"Bare\":{},\"Host\":{\"cgroupVersion\":\"v2\",\"OpenStdin\":false},"
	"\"At\":\"2026-11-03T09:04:05.067+01:00\",\"Row\":\"2026-11-23 19:41:16.5 +0000 UTC\",\"Never\":\"0001-01-01T00:00:00Z\","
	"\"Links\":null,\"Annotations\":null,"
	"\"Labels\":{\"b\":\"2\",\"a\":\"1\"},"
	"\"Mounts\":[{\"Source\":\"/x\",\"RW\":true},{\"Source\":\"/y\",\"RW\":false}]}";

static const char *const good[][2] = {
	/* fields, text */
	{"{{.Name}}", "web"},
	{"a{{.Name}}b{{.N}}", "aweb" "b7"},
	{"{{.State.Status}} {{.State.Pid}}", "running 42"},
	{"{{.name}} {{.state.status}}", "web running"},
	{"{{ .F }} {{.T}} {{.Z}}", "1.5 true <no value>"},
	{"{{.L}} {{.Labels}}", "[a b c] map[a:1 b:2]"},
	{"{{.Labels.a}}{{.Labels.nope}}", "1<no value>"},
	{"\\t{{.N}}\\n", "\t7\n"},
	{"{{\"\\t\"}}|{{`\\t`}}", "\t|\\t"},
	{"plain", "plain"},
	{"", ""},
	{"{{/* nothing */}}x{{- /* nothing */ -}} y", "xy"},
	{"a  {{- .N -}}  b", "a7b"},
	{"a {{.N}} b", "a 7 b"},
	{"{{3}} {{-3}} {{1.5}} {{0x10}} {{'a'}} {{true}} {{\"\\u00e9\\x41\"}}", "3 -3 1.5 16 97 true \xc3\xa9" "A"},
	/* control */
	{"{{if .T}}y{{else}}n{{end}}{{if .Z}}y{{else}}n{{end}}", "yn"},
	{"{{if .Empty}}1{{else if .T}}2{{else}}3{{end}}", "2"},
	{"{{if not .T}}1{{else if .Empty}}2{{else}}3{{end}}", "3"},
	{"{{range .L}}<{{.}}>{{end}}", "<a><b><c>"},
	{"{{range .None}}x{{else}}empty{{end}}", "empty"},
	{"{{range $i, $e := .L}}{{if $i}},{{end}}{{$i}}={{$e}}{{end}}", "0=a,1=b,2=c"},
	{"{{range $e := .L}}{{$e}}{{$.Name}}{{end}}", "aweb" "bweb" "cweb"},
	{"{{range $k, $v := .Labels}}{{$k}}:{{$v}};{{end}}", "a:1;b:2;"},
	{"{{range .Mounts}}{{.Source}}{{if .RW}}(rw){{end}} {{end}}", "/x(rw) /y "},
	{"{{range .L}}{{if eq . \"b\"}}{{break}}{{end}}{{.}}{{end}}", "a"},
	{"{{range .L}}{{if eq . \"b\"}}{{continue}}{{end}}{{.}}{{end}}", "ac"},
	{"{{with .State}}{{.Pid}}{{end}}{{with .Z}}x{{else}}none{{end}}", "42none"},
	{"{{with $x := .N}}{{$x}}{{end}}", "7"},
	{"{{$x := 1}}{{if true}}{{$x = 2}}{{end}}{{$x}}", "2"},
	{"{{$x := 1}}{{if true}}{{$x := 2}}{{$x}}{{end}}{{$x}}", "21"},
	{"{{$x := .State}}{{$x.Pid}} {{($x).Status}}", "42 running"},
	/* functions, pipes */
	{"{{json .L}}{{json .Name}}{{json .Z}}", "[\"a\",\"b\",\"c\"]\"web\"null"},
	{"{{.Labels | json}}", "{\"b\":\"2\",\"a\":\"1\"}"},
	{"{{join .L \", \"}}", "a, b, c"},
	{"{{upper .Name}} {{lower \"ABC\"}} {{title \"hello world\"}}", "WEB abc Hello World"},
	{"{{.Name | upper | lower | printf \"%s-%d\" \"x\"}}", "x-%!d(string=web)"},
	{"{{range split \"a,b\" \",\"}}[{{.}}]{{end}}", "[a][b]"},
	{"{{len .L}} {{len .Name}} {{len .Labels}}", "3 3 2"},
	{"{{index .L 1}} {{index .Labels \"a\"}} {{index .Labels \"zz\"}}|", "b 1 |"},
	{"{{(index .Mounts 0).Source}} {{index .Mounts 1 \"Source\"}}", "/x /y"},
	{"{{slice .Name 1 2}} {{slice .L 1}}", "e [b c]"},
	{"{{printf \"%s %d %q %v %t %5d|%-5s|%05d|%.2f %x\" .Name .N .Name .L .T .N .Name .N .F \"hi\"}}",
		"web 7 \"web\" [a b c] true     7|web  |00007|1.50 6869"},
	{"{{printf \"%d%%\" 5}} {{printf \"%d\"}} {{printf \"a\" 1 .Name}} {{printf \"%-10v|\" .T}}", "5% %!d(MISSING) a%!(EXTRA int=1, string=web) true      |"},
	{"{{printf \"%q %q %q|%T %T %T %T %T %6T|\" .L .Labels .None .Name .N .T .L .Labels .N}}",
		"[\"a\" \"b\" \"c\"] map[\"a\":\"1\" \"b\":\"2\"] []|string int bool []interface {} map[string]interface {}    int|"},
	{"{{html `<a&\"b'>`}} {{js `it's\\<\"=&\n>`}} {{urlquery \"a b&c~\xc3\xa9\"}} {{html .L 1}} {{.Name | js}}",
		"&lt;a&amp;&#34;b&#39;&gt; it\\'s\\\\\\u003C\\\"\\u003D\\u0026\\u000A\\u003E a+b%26c~%C3%A9 [a b c] 1 web"},
	{"{{print 1 2 \"a\" \"b\" 3}}|{{println .Name .N}}", "1 2ab3|web 7\n"},
	{"{{eq .N 7}} {{eq .Name \"x\" \"web\"}} {{ne .N 7}} {{lt 1 2}} {{le 2 2}} {{gt 1 2}} {{ge 1.5 1}}",
		"true true false true true false true"},
	{"{{and .T .Name}} {{and .Z .T}} {{or .Empty .Name}} {{or .Empty .Z}} {{not .T}}",
		"web <no value> web <no value> false"},
	{"{{if and (eq .N 7) (or (eq .Name \"a\") .T)}}ok{{end}}", "ok"},
	{"{{if or true (index .L 99)}}short{{end}}", "short"},
	{"{{truncate .Name 2}} {{truncate \"\xc3\xa9t\xc3\xa9\" 2}} {{pad .Name 1 2}}|{{pad \"\" 1 1}}|",
		"we \xc3\xa9t  web  ||"},
	/* what Go's types know and JSON does not say */
	{"{{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}}{{with .State.Health}}x{{end}}", "none"},
	{"{{.State.Health}} {{json .State.Health}} {{$h := .State.Health}}{{$h}} {{eq $h nil}}", "<nil> null <nil> true"},
	{"{{.State.ConmonPid}} {{.State.Restored}} {{.state.restorelog}}|", "0 false |"},
	{"{{.Config.Env}}{{.Config.Shell}}{{.Config.User}}{{.Config.Volumes}}{{.Config.ArgsEscaped}}{{.Bare.Env}}",
		"[A=1][]map[]false[]"},
	{"{{len .Config.Labels}} {{index .Config.Labels \"x\"}}|{{.Config.Labels.x}} {{.Config.Labels.Env}}", "0 |<no value> <no value>"},
	{"{{.Links}} {{json .Links}} {{print .Links}} {{.Links | printf \"%v\"}} {{.Links | json}} {{join .Links \",\"}}|",
		"[] null [] [] null |"},
	{"{{.Annotations}} {{json .Annotations}} {{.Annotations.x}} {{index .Annotations \"x\"}}|{{$a := .Annotations}}{{$a.x}}{{$a}}",
		"map[] null <no value> |<no value>map[]"},
	{"{{.Host.CgroupsVersion}} {{.Host.FreeLocks}} {{.Host.BuildahVersion}}|", "v2 0 |"},
	{"{{range .Links}}{{.Name}}{{else}}none{{end}}{{range $k, $v := .Annotations}}x{{end}}", "none"},
	/* times */
	{"{{.At.Unix}} {{.At.UnixMilli}} {{.At.UnixNano}}", "1793693045 1793693045067 1793693045067000000"},
	{"{{.At.Year}} {{.At.Month}} {{.At.Day}} {{.At.Hour}}:{{.At.Minute}}:{{.At.Second}} {{.At.IsZero}}", "2026 November 3 9:4:5 false"},
	{"{{.At}}|{{.At.String}}|{{.Row.String}}|{{.Row.Unix}}", "2026-11-03T09:04:05.067+01:00|2026-11-03 09:04:05.067 +0100 +0100|"
		"2026-11-23 19:41:16.5 +0000 UTC|1795462876"},
	{"{{.Never.IsZero}} {{.Never.Unix}} {{.Never.String}} {{.Never.Format \"2006 06\"}}",
		"true -62135596800 0001-01-01 00:00:00 +0000 UTC 0001 01"},
	{"{{.At.Format \"2006-01-02T15:04:05.000Z07:00 MST\"}}|{{.Row.Format \"02 Jan 06 15:04 MST Z07:00 -0700\"}}",
		"2026-11-03T09:04:05.067+01:00 +0100|23 Nov 26 19:41 UTC Z +0000"},
	{"{{.At.Format \"Mon Monday January Month _2 2 1 3:4:5 03 PM pm 002 05.99 05,000000 -07:00 -07\"}}",
		"Tue Tuesday November Month  3 3 11 9:4:5 09 AM am 307 05.06 05,067000 +01:00 +01"},
	{"{{with .Row}}{{.Unix}} {{.Format \"15h\"}}{{end}} {{(.Row).Hour}} {{if not .Row.IsZero}}y{{end}}", "1795462876 19h 19 y"},
	{"{{.Label \"a\"}}{{.Label \"x\"}}", "1"},
	{"{{1000000.0}} {{1e21}} {{0.1}} {{123456789.5}} {{-2.0}}", "1e+06 1e+21 0.1 1.234567895e+08 -2"},
};

static const char *const bad[] = {
	"{{.Nope}}", "{{.State.Nope}}", "{{.Name.Unix}}", "{{.At.Nope}}", "{{.Name.Format \"2006\"}}", "{{.At.Format 3}}",
	"{{.At.Format}}", "{{.N.Unix}}", "{{.Health}}", "{{.Bare.Nope}}", "{{.State.Health.Status}}", "{{.Host.Env}}", "{{.Name.X}}", "{{.Z.X}}", "{{nope}}", "{{", "{{.", "{{.Name", "}}{{}}",
	"{{if .T}}", "{{end}}", "{{else}}", "{{if .T}}{{else}}{{else}}{{end}}", "{{range}}{{end}}",
	"{{.Name | }}", "{{| .Name}}", "{{(.Name}}", "{{.Name)}}", "{{\"abc}}", "{{`abc}}", "{{\"\\q\"}}",
	"{{$x}}", "{{$x = 1}}", "{{break}}", "{{template \"x\"}}", "{{define \"x\"}}{{end}}", "{{json}}",
	"{{json .L .L}}", "{{join .L}}", "{{index .L 3}}", "{{index .L \"a\"}}", "{{index .N 1}}", "{{lt .L 1}}",
	"{{eq 1 \"a\"}}", "{{.Name \"arg\"}}", "{{1 | 2}}", "{{.A}.B}}", "{{1x}}", "{{/* open", "{{/* a */ b}}",
	"{{$a, $b := .L}}", "{{range .Name}}{{end}}", "{{3.foo}}", "{{true.x}}", "{{printf}}", "{{printf 3}}",
	"{{''}}", "{{'ab'}}", "{{\"a\"\"b\"}}", "{{len 3}}", "{{slice .L 3 2}}", "{{pad .Name 1000000 0}}", "{{#}}",
};

static bool run(const char *text, struct sbuf *out, struct err *err)
{
	auto_jval struct jval *v = jval_parse(doc, sizeof(doc) - 1, 0, err);
	auto_cleanup(format_autop) struct format *f = format_parse(text, err);

	return v && f && format_run(f, v, out, err) == 0;
}

static void deep(void)
{
	auto_sbuf struct sbuf b = SBUF_INIT, out = SBUF_INIT;
	struct err err = ERR_INIT;

	for (int i = 0; i < 10000; i++)
		sbuf_addstr(&b, "{{if (");
	TAP_OK(!run(b.buf, &out, &err) && err.msg[0], "unclosed nesting: %s", err.msg);
	sbuf_reset(&b);
	sbuf_addstr(&b, "{{");
	for (int i = 0; i < 10000; i++)
		sbuf_addstr(&b, "(");
	sbuf_addstr(&b, "}}");
	TAP_OK(!run(b.buf, &out, &err) && strstr(err.msg, "nested"), "deep parentheses: %.80s", err.msg);
	sbuf_reset(&b);
	for (int i = 0; i < 10000; i++)
		sbuf_addstr(&b, "{{if 1}}");
	TAP_OK(!run(b.buf, &out, &err) && strstr(err.msg, "nested"), "deep ifs: %.80s", err.msg);
	sbuf_reset(&b);
	sbuf_addstr(&b, "{{if 0}}");
	for (int i = 0; i < 10000; i++)
		sbuf_addstr(&b, "{{else if 0}}");
	TAP_OK(!run(b.buf, &out, &err) && strstr(err.msg, "nested"), "many else ifs: %.80s", err.msg);
	sbuf_reset(&b);
	for (int i = 0; i < 10000; i++)
		sbuf_addstr(&b, "{{$x := 1}}");
	TAP_OK(!run(b.buf, &out, &err) && strstr(err.msg, "variables"), "many variables: %.80s", err.msg);
}

int main(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		auto_sbuf struct sbuf out = SBUF_INIT;
		struct err err = ERR_INIT;

		if (TAP_OK(run(good[i][0], &out, &err), "runs: %s", good[i][0]))
			TAP_STR(out.buf, good[i][1], "gives the right text");
		else
			printf("# %s\n", err.msg);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		auto_sbuf struct sbuf out = SBUF_INIT;
		struct err err = ERR_INIT;

		TAP_OK(!run(bad[i], &out, &err) && err.msg[0], "refused: %s: %s", bad[i], err.msg);
	}
	deep();
	return tap_done();
}
