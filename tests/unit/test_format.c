/* links: libpodlite.a libcommon.a -ljson-c */
#include "podlite/format.h"

#include "tests/unit/tap.h"

static const char doc[] = "{\"Name\":\"web\",\"N\":7,\"F\":1.5,\"T\":true,\"Z\":null,\"Empty\":\"\","
	"\"L\":[\"a\",\"b\",\"c\"],\"Nums\":[1,2,3],\"None\":[],"
	"\"State\":{\"Status\":\"running\",\"Pid\":42},"
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
	{"{{print 1 2 \"a\" \"b\" 3}}|{{println .Name .N}}", "1 2ab3|web 7\n"},
	{"{{eq .N 7}} {{eq .Name \"x\" \"web\"}} {{ne .N 7}} {{lt 1 2}} {{le 2 2}} {{gt 1 2}} {{ge 1.5 1}}",
		"true true false true true false true"},
	{"{{and .T .Name}} {{and .Z .T}} {{or .Empty .Name}} {{or .Empty .Z}} {{not .T}}",
		"web <no value> web <no value> false"},
	{"{{if and (eq .N 7) (or (eq .Name \"a\") .T)}}ok{{end}}", "ok"},
	{"{{if or true (index .L 99)}}short{{end}}", "short"},
	{"{{truncate .Name 2}} {{truncate \"\xc3\xa9t\xc3\xa9\" 2}} {{pad .Name 1 2}}|{{pad \"\" 1 1}}|",
		"we \xc3\xa9t  web  ||"},
	{"{{.Label \"a\"}}{{.Label \"x\"}}", "1"},
	{"{{1000000.0}} {{1e21}} {{0.1}} {{123456789.5}} {{-2.0}}", "1e+06 1e+21 0.1 1.234567895e+08 -2"},
};

static const char *const bad[] = {
	"{{.Nope}}", "{{.State.Nope}}", "{{.Name.X}}", "{{.Z.X}}", "{{nope}}", "{{", "{{.", "{{.Name", "}}{{}}",
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
