/* links: liboci.a libcommon.a -ljson-c */
#include <stdlib.h>

#include "common/alloc.h"
#include "oci/spec_image.h"
#include "tests/unit/tap.h"

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define MANIFEST "application/vnd.oci.image.manifest.v1+json"
#define INDEX "application/vnd.oci.image.index.v1+json"
#define CONFIG "{\"mediaType\":\"application/vnd.oci.image.config.v1+json\",\"digest\":\"sha256:" HEX "\",\"size\":7}"
#define LAYER(size) "{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar+gzip\",\"digest\":\"sha256:" HEX "\",\"size\":" size "}"
#define HEAD "{\"schemaVersion\":2,\"mediaType\":\"" MANIFEST "\","

static void manifest_bad(const char *text, const char *header, const char *why)
{
	struct err err = ERR_INIT;
	struct spec_manifest m;

	if (TAP_OK(spec_manifest_parse(text, strlen(text), header, &m, &err) < 0, "refused: %s", why))
		TAP_OK(strstr(err.msg, why) != NULL, "saying so (%s)", err.msg);
	else
		spec_manifest_done(&m);
}

static void test_manifest(void)
{
	static const char good[] = HEAD "\"config\":" CONFIG ",\"layers\":[" LAYER("5") "," LAYER("0") "],\"annotations\":{\"a\":\"b\"}}";
	struct err err = ERR_INIT;
	struct spec_manifest m;

	TAP_OK(spec_manifest_parse(good, strlen(good), MANIFEST "; charset=utf-8", &m, &err) == 0, "a manifest %s", err.msg);
	TAP_OK(m.nlayers == 2 && m.layers[0].size == 5 && m.config.size == 7, "its sizes");
	TAP_OK(m.layers[0].media == SPEC_MEDIA_LAYER_GZIP && m.media == SPEC_MEDIA_OCI_MANIFEST, "its types");
	TAP_STR(m.annotations.v[0], "a=b", "its annotations");
	spec_manifest_done(&m);
	manifest_bad(good, INDEX, "media type differs");
	manifest_bad(HEAD "\"config\":" CONFIG ",\"layers\":[],\"manifests\":[]}", "", "an index's keys");
	manifest_bad(HEAD "\"config\":" CONFIG ",\"layers\":[],\"layers\":[]}", "", "same key twice");
	manifest_bad(HEAD "\"config\":" CONFIG ",\"layers\":[],\"l\\u0061yers\":[]}", "", "same key twice");
	manifest_bad(HEAD "\"layers\":[]}", "", "config: missing");
	manifest_bad(HEAD "\"config\":" CONFIG "}", "", "layers: expected an array");
	manifest_bad(HEAD "\"config\":" CONFIG ",\"layers\":[" LAYER("-1") "]}", "", "not negative");
	manifest_bad(HEAD "\"config\":" CONFIG ",\"layers\":[" LAYER("9223372036854775807") "," LAYER("1") "]}", "", "add up");
	manifest_bad(HEAD "\"config\":" CONFIG ",\"layers\":[" LAYER("9223372036854775808") "]}", "", "2^63-1");
	manifest_bad(HEAD "\"config\":" LAYER("1") ",\"layers\":[]}", "", "artifact");
	manifest_bad(HEAD "\"config\":" CONFIG ",\"layers\":[" CONFIG "]}", "", "not an image layer");
	manifest_bad("{\"schemaVersion\":1,\"fsLayers\":[]}", "", "schema 1");
	manifest_bad("{\"schemaVersion\":3}", "", "schemaVersion");
	manifest_bad("{}", "application/vnd.docker.distribution.manifest.v1+prettyjws", "schemaVersion");
	manifest_bad("{\"schemaVersion\":2,\"manifests\":[]}", "", "found an index");
	manifest_bad("{\"schemaVersion\":2,\"mediaType\":7}", "", "not a string");
	manifest_bad("{\"schemaVersion\":2,\"config\":" CONFIG ",\"layers\":[]}", "text/html", "not an image");
	TAP_OK(spec_image_kind(good, strlen(good), "", &err) == SPEC_MEDIA_OCI_MANIFEST, "kind by the body");
	TAP_OK(spec_image_kind("{\"schemaVersion\":2,\"layers\":[]}", 31, "", &err) == SPEC_MEDIA_UNKNOWN, "V46: nobody says what it is");
}

#define ENTRY(os, arch, more) "{\"mediaType\":\"" MANIFEST "\",\"digest\":\"sha256:" HEX "\",\"size\":1,\"platform\":{\"os\":\"" os "\",\"architecture\":\"" arch "\"" more "}}"

static void choose(const struct spec_index *idx, const char *platform, ssize_t want)
{
	struct spec_platform p;
	struct err err = ERR_INIT;
	const struct spec_descriptor *d;

	if (spec_platform_parse(platform, &p, &err) < 0)
		abort();
	d = spec_index_choose(idx, &p, &err);
	TAP_OK(want < 0 ? !d : d == &idx->v[want], "%s gets entry %zd (%s)", platform, want, err.msg);
	spec_platform_done(&p);
}

static void test_index(void)
{
	static const char text[] = "{\"schemaVersion\":2,\"mediaType\":\"" INDEX "\",\"manifests\":["
		ENTRY("linux", "amd64", "") "," ENTRY("linux", "amd64", ",\"variant\":\"v3\"") ","
		ENTRY("linux", "arm", ",\"variant\":\"v6\"") "," ENTRY("linux", "arm", ",\"variant\":\"v7\"") ","
		ENTRY("linux", "arm64", ",\"variant\":\"v8\"") "," ENTRY("windows", "amd64", "") ","
		"{\"mediaType\":\"" INDEX "\",\"digest\":\"sha256:" HEX "\",\"size\":1,\"platform\":{\"os\":\"linux\",\"architecture\":\"s390x\"}},"
		"{\"mediaType\":\"" MANIFEST "\",\"digest\":\"sha256:" HEX "\",\"size\":1,\"platform\":{\"os\":\"linux\",\"architecture\":\"riscv64\"},"
		"\"annotations\":{\"vnd.docker.reference.type\":\"attestation-manifest\"}}]}";
	struct err err = ERR_INIT;
	struct spec_index idx;

	if (!TAP_OK(spec_index_parse(text, strlen(text), INDEX, &idx, &err) == 0, "an index %s", err.msg))
		return;
	choose(&idx, "linux/amd64", 0);
	choose(&idx, "linux/x86_64", 0);
	choose(&idx, "linux/amd64/v2", 0);
	choose(&idx, "linux/amd64/v3", 1);
	choose(&idx, "linux/amd64/v4", 1);
	choose(&idx, "linux/arm/v8", 3);
	choose(&idx, "linux/arm", 3);
	choose(&idx, "linux/arm/v6", 2);
	choose(&idx, "linux/arm/v5", -1);
	choose(&idx, "arm64", 4);
	choose(&idx, "linux/arm64/v8", 4);
	choose(&idx, "linux/s390x", -1);   /* an index in an index */
	choose(&idx, "linux/riscv64", -1); /* an attestation */
	spec_index_done(&idx);
	TAP_OK(spec_index_parse("{\"schemaVersion\":2,\"manifests\":[],\"layers\":[]}", 48, "", &idx, &err) < 0, "V46: both kinds of keys");
}

static void test_config(void)
{
	static const char text[] = "{\"architecture\":\"amd64\",\"os\":\"linux\",\"created\":\"2024-01-01T00:00:00Z\",\"config\":{"
		"\"User\":\"1:2\",\"Env\":[\"A=b\"],\"Cmd\":\"one string\",\"Entrypoint\":[\"/x\",\"y\"],\"Volumes\":{\"/v\":{}},"
		"\"ExposedPorts\":{\"80/tcp\":{}},\"Labels\":{\"k\":\"v\"},\"Healthcheck\":{\"Test\":[\"CMD\",\"t\"],\"Interval\":5},"
		"\"OnBuild\":null,\"Shell\":null},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:" HEX "\"]},"
		"\"history\":[{\"created_by\":\"x\",\"empty_layer\":true},{\"comment\":\"c\"}]}";
	struct err err = ERR_INIT;
	struct spec_image_config c;

	if (!TAP_OK(spec_image_config_parse(text, strlen(text), &c, &err) == 0, "a config %s", err.msg))
		return;
	TAP_STR(c.user, "1:2", "user");
	TAP_STR(c.cmd.v[0], "one string", "a Cmd that is a string");
	TAP_OK(c.entrypoint.n == 2 && c.env.n == 1 && c.shell.n == 0, "lists");
	TAP_STR(c.volumes.v[0], "/v", "volumes");
	TAP_STR(c.exposed_ports.v[0], "80/tcp", "ports");
	TAP_STR(c.labels.v[0], "k=v", "labels");
	TAP_OK(c.healthcheck && c.healthcheck->interval == 5 && c.healthcheck->test.n == 2, "health check");
	TAP_OK(c.ndiff_ids == 1 && c.nhistory == 2 && c.history[0].empty_layer, "layers and history");
	spec_image_config_done(&c);
	TAP_OK(spec_image_config_parse("{\"layers\":[]}", 13, &c, &err) < 0, "a manifest is no config");
	TAP_OK(spec_image_config_parse("{\"rootfs\":{\"diff_ids\":[\"x\"]}}", 30, &c, &err) < 0, "V47: a DiffID that is none");
	TAP_OK(spec_image_config_parse("{\"config\":{\"Env\":[1]}}", 22, &c, &err) < 0, "types are strict");
	TAP_OK(spec_image_config_parse("{}", 2, &c, &err) == 0, "an empty one is fine");
	spec_image_config_done(&c);
}

static void test_platform(void)
{
	struct spec_platform p;
	struct err err = ERR_INIT;
	static const char *const bad[] = {"", "/", "linux/", "linux/amd64/v1/x", "li nux/amd64", "linux/../x", "linux/\n"};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		TAP_OK(spec_platform_parse(bad[i], &p, &err) < 0, "bad platform %zu is refused", i);
	spec_platform_host(&p);
	TAP_STR(p.os, "linux", "this is linux");
	TAP_OK(strcmp(p.architecture, "unknown") != 0, "on %s", p.architecture);
	TAP_OK(spec_media_parse("APPLICATION/vnd.oci.empty.v1+json ; x") == SPEC_MEDIA_EMPTY, "media types ignore case and parameters");
	TAP_OK(spec_media_parse("application/vnd.oci.empty.v1+jsonx") == SPEC_MEDIA_UNKNOWN, "but not their end");
}

/* What is asked is taken, and this machine's for the rest; another architecture has not this one's variant. */
static void test_platform_want(void)
{
	struct spec_platform host, asked, want;
	struct err err = ERR_INIT;

	spec_platform_host(&host);
	TAP_OK(spec_platform_want(NULL, &asked, &want, &err) == 0 && !asked.os && !asked.architecture, "nothing is asked");
	TAP_OK(!strcmp(want.os, host.os) && !strcmp(want.architecture, host.architecture) && !strcmp(want.variant, host.variant),
		"then this machine is wanted");
	TAP_OK(spec_platform_want("linux", &asked, &want, &err) == 0 && !strcmp(asked.os, "linux") && !asked.architecture, "a system alone");
	TAP_STR(want.architecture, host.architecture, "is for this architecture");
	spec_platform_done(&asked);
	TAP_OK(spec_platform_want("linux/s390x", &asked, &want, &err) == 0, "another architecture");
	TAP_OK(!strcmp(want.architecture, "s390x") && !*want.variant, "has no variant of this one");
	spec_platform_done(&asked);
	TAP_OK(spec_platform_want("linux/arm/v6", &asked, &want, &err) == 0 && !strcmp(want.variant, "v6"), "but its own");
	spec_platform_done(&asked);
	TAP_OK(spec_platform_want("linux/", &asked, &want, &err) < 0, "what is none is refused");
}

int main(void)
{
	test_manifest();
	test_index();
	test_config();
	test_platform();
	test_platform_want();
	return tap_done();
}
