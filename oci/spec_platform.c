#include "oci/spec_image.h"

#include <string.h>
#include <strings.h>
#include <sys/utsname.h>

#include "common/alloc.h"

/* Names of machines (the kernel's and people's) and Go's names for them. */
static const struct {
	const char *machine, *arch, *variant;
} machines[] = {
	{"x86_64", "amd64", ""},    {"x86-64", "amd64", ""},     {"aarch64", "arm64", "v8"},
	{"armv8l", "arm", "v7"},    {"armv7l", "arm", "v7"},     {"armhf", "arm", "v7"},
	{"armv6l", "arm", "v6"},    {"armel", "arm", "v6"},      {"armv5tel", "arm", "v5"},
	{"i386", "386", ""},        {"i486", "386", ""},         {"i586", "386", ""},
	{"i686", "386", ""},        {"mips64", "mips64le", ""},  {"loongarch64", "loong64", ""},
	{"amd64", "amd64", ""},     {"arm64", "arm64", ""},      {"arm", "arm", ""},
	{"386", "386", ""},         {"ppc64le", "ppc64le", ""},  {"ppc64", "ppc64", ""},
	{"s390x", "s390x", ""},     {"riscv64", "riscv64", ""},  {"loong64", "loong64", ""},
	{"mips64le", "mips64le", ""},
};

static int find_machine(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(machines); i++)
		if (!strcasecmp(name, machines[i].machine))
			return (int)i;
	return -1;
}

void spec_platform_host(struct spec_platform *ret)
{
	struct utsname u;
	int i = uname(&u) < 0 ? -1 : find_machine(u.machine);

	/* strings of the table: the caller does not free them */
	*ret = (struct spec_platform){
		.os = (char *)"linux",
		.architecture = (char *)(i < 0 ? "unknown" : machines[i].arch),
		.variant = (char *)(i < 0 ? "" : machines[i].variant),
	};
}

static bool word_ok(const char *s)
{
	return *s && strlen(s) <= 64 && *s != '.' && *s != '-' &&
		!s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")];
}

static void set_arch(struct spec_platform *p, const char *name)
{
	int i = find_machine(name);

	p->architecture = xstrdup(i < 0 ? name : machines[i].arch);
	/* arm64 has one variant in use: leave it open */
	if (i >= 0 && *machines[i].variant && !strcmp(machines[i].arch, "arm"))
		p->variant = xstrdup(machines[i].variant);
}

int spec_platform_parse(const char *text, struct spec_platform *ret, struct err *err)
{
	auto_svec struct svec parts = SVEC_INIT;
	struct spec_platform p = {.os = NULL};
	bool ok;

	svec_add_split(&parts, text, '/');
	ok = parts.n >= 1 && parts.n <= 3;
	for (size_t i = 0; i < parts.n && ok; i++)
		ok = word_ok(parts.v[i]);
	if (!ok)
		return err_set(err, EK_USAGE, "invalid platform \"%.60s\": expected OS/ARCH[/VARIANT]", text);
	if (parts.n == 1 && find_machine(parts.v[0]) >= 0) {
		p.os = xstrdup("linux");
		set_arch(&p, parts.v[0]);
	} else {
		p.os = xstrdup(parts.v[0]);
	}
	if (parts.n > 1)
		set_arch(&p, parts.v[1]);
	if (parts.n > 2) {
		free(p.variant);
		p.variant = xstrdup(parts.v[2]);
	}
	*ret = p;
	return 0;
}

int spec_platform_want(const char *text, struct spec_platform *asked, struct spec_platform *want, struct err *err)
{
	*asked = (struct spec_platform){.os = NULL};
	if (text && spec_platform_parse(text, asked, err) < 0)
		return -1;
	spec_platform_host(want);
	if (asked->architecture && strcmp(asked->architecture, want->architecture))
		want->variant = (char *)"";
	if (asked->os)
		want->os = asked->os;
	if (asked->architecture)
		want->architecture = asked->architecture;
	if (asked->variant)
		want->variant = asked->variant;
	return 0;
}

void spec_platform_done(struct spec_platform *p)
{
	free(p->os);
	free(p->architecture);
	free(p->variant);
	free(p->os_version);
	memset(p, 0, sizeof(*p));
}
