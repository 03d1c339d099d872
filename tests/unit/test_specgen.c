/* links: libpodlite.a libmonitor.a libnetin.a libstorage.a librt.a liboci.a libcommon.a -ljson-c */
#include "tests/unit/tap.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "podlite/engine/specgen.h"
#include "podlite/engine/specgen_user.h"

static char top[] = "/tmp/test_specgen.XXXXXX";

/* ---- users (V11, V12, V37) ---- */

static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\n"
			     "bad line\n"
			     "1000:x:0:0:evil:/evil:/bin/sh\n"
			     "web:x:33:33:web:/var/www:/bin/sh\n"
			     "user:x:1000:100:user:/home/user:/bin/sh\n"
			     "neg:x:-1:-1::/:/bin/sh\n"
			     "big:x:4294967296:1::/:/bin/sh\n"
			     "esc:x:50:50::/ho\x1bme:/bin/sh\n"
			     "short:x:7\n";
static const char group[] = "root:x:0:\nadm:x:4:web,user\nweb:x:33:\nusers:x:100:\nstaff:x:50:user\nneg:x:-1:user\n"
			    "notme:x:60:users,webby,xweb\n";

/* "uid:gid gids... home" or "error" */
static char *resolve(const char *user, const struct svec *add)
{
	struct specgen_ids *ids = new0(struct specgen_ids);
	struct sbuf b = SBUF_INIT;

	if (specgen_user_resolve(user, passwd, group, add, ids, NULL) < 0) {
		free(ids);
		return xstrdup("error");
	}
	sbuf_addf(&b, "%u:%u", ids->uid, ids->gid);
	for (size_t i = 0; i < ids->ngids; i++)
		sbuf_addf(&b, " %u", ids->gids[i]);
	sbuf_addf(&b, " %s", ids->home ? ids->home : "-");
	specgen_user_done(ids);
	free(ids);
	return sbuf_take(&b);
}

static void test_users(void)
{
	static const struct {
		const char *user, *want;
	} rows[] = {
		{NULL, "0:0 0 /root"},
		{"", "0:0 0 /root"},
		{"0", "0:0 0 /root"},
		{"root", "0:0 0 /root"},
		{"1", "1:0 0 -"},
		{"1:2", "1:2 2 -"},
		{"web", "33:33 33 4 /var/www"},
		{"33", "33:33 33 4 /var/www"},
		{"web:users", "33:100 100 /var/www"},
		{"user", "1000:100 100 4 50 /home/user"},
		{"1000", "1000:100 100 4 50 /home/user"}, /* not the entry named "1000", which is root */
		{"user:1", "1000:1 1 /home/user"},
		{"2147483648", "2147483648:0 0 -"},
		{"4294967294", "4294967294:0 0 -"},
		{"4294967295", "error"},
		{"4294967296", "error"},
		{"99999999999999999999", "error"},
		{"-1", "error"},
		{"+1", "error"},
		{"1 ", "error"},
		{" 1", "error"},
		{"0x1", "error"},
		{"1:0x5", "error"},
		{":5", "error"},
		{"1:", "error"},
		{"1:2:3", "error"},
		{":", "error"},
		{"neg", "error"},
		{"big", "error"},
		{"short", "error"},
		{"bad line", "error"},
		{"nobody", "error"},
		{"web\n", "error"},
		{"1:4294967295", "error"},
		{"esc", "50:50 50 -"},
		{"01", "1:0 0 -"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		auto_free char *got = resolve(rows[i].user, NULL);

		TAP_STR(got, rows[i].want, "V11: user \"%s\"", rows[i].user ? rows[i].user : "(none)");
	}
}

static void test_groups(void)
{
	auto_svec struct svec add = SVEC_INIT, many = SVEC_INIT, bad = SVEC_INIT;
	struct specgen_ids *ids = new0(struct specgen_ids);
	auto_free char *got = NULL, *none = NULL;

	svec_add(&add, "staff");
	svec_add(&add, "77");
	svec_add(&add, "77");
	got = resolve("web:users", &add);
	TAP_STR(got, "33:100 100 50 77 /var/www", "V12: the primary group first, then what was added, once each");
	svec_add(&bad, "nogroup");
	none = resolve("web", &bad);
	TAP_STR(none, "error", "an unknown group to add is an error");
	for (int i = 1; i <= 2000; i++)
		svec_addf(&many, "%d", i);
	TAP_OK(specgen_user_resolve("1", passwd, group, &many, ids, NULL) < 0, "V38: too many groups are refused");
	TAP_OK(!specgen_user_resolve("root", NULL, NULL, NULL, ids, NULL) && ids->uid == 0 && !ids->found, "root without a passwd file");
	specgen_user_done(ids);
	TAP_OK(specgen_user_resolve("web", NULL, NULL, NULL, ids, NULL) < 0, "other names without one");
	free(ids);
}

static void test_huge_files(void)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	struct specgen_ids *ids = new0(struct specgen_ids);

	for (int i = 0; i < 1000000; i++)
		sbuf_addf(&text, "g%d:x:%d:a,b,c\n", i, i + 1);
	TAP_OK(!specgen_user_resolve("web", passwd, text.buf, NULL, ids, NULL) && ids->ngids == 1, "V38: a million groups, none of them ours");
	specgen_user_done(ids);
	free(ids);
}

/* ---- the merged view of layers ---- */

static void put(const char *path, const char *text)
{
	auto_free char *full = xasprintf("%s/%s", top, path);
	auto_free char *dir = xstrndup(full, (size_t)(strrchr(full, '/') - full));

	(void)!fs_mkdir_p(AT_FDCWD, dir);
	(void)!fs_write_file(AT_FDCWD, full, text, strlen(text), 0644, 0);
}

static void ln(const char *path, const char *target)
{
	auto_free char *full = xasprintf("%s/%s", top, path);

	(void)!symlink(target, full);
}

static char *view(const struct rootfs *r, const char *path)
{
	struct sbuf b = SBUF_INIT;
	int e = specgen_view_read(r, path, 100, &b);

	if (!e)
		return sbuf_take(&b);
	sbuf_done(&b);
	return xstrdup(strerror(-e));
}

static void make_layers(struct rootfs *r)
{
	auto_free char *opaque = xasprintf("%s/up/opq", top), *gone = xasprintf("%s/up/gone", top);

	put("secret", "host");
	put("low/etc/passwd", "low passwd");
	put("low/etc/only", "only low");
	put("low/opq/f", "hidden");
	put("low/gone", "whited out");
	put("low/was-dir/f", "hidden by a file");
	put("up/etc/passwd", "up passwd");
	put("up/opq/g", "seen");
	put("up/was-dir", "now a file");
	put("up/big", "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789x");
	ln("up/abs", "/etc/only");
	ln("up/rel", "etc/../etc/only");
	ln("up/out", "../../../secret");
	ln("up/loop", "loop");
	ln("up/dir", "/etc");
	ln("low/etc/up", "..");
	setxattr(opaque, "user.overlay.opaque", "y", 1, 0);
	mknod(gone, S_IFCHR, 0);
	auto_free char *fifo = xasprintf("%s/up/fifo", top);
	mkfifo(fifo, 0600);
	svec_addf(&r->lowers, "%s/up", top);
	svec_addf(&r->lowers, "%s/low", top);
}

static void test_view(void)
{
	static const struct {
		const char *path, *want;
	} rows[] = {
		{"/etc/passwd", "up passwd"},
		{"/etc/only", "only low"},
		{"etc//./only", "only low"},
		{"/abs", "only low"},
		{"/rel", "only low"},
		{"/dir/only", "only low"},
		{"/etc/up/etc/only", "only low"},
		{"/dir/up/dir/passwd", "up passwd"},
		{"/../../etc/passwd", "up passwd"},
		{"/out", "No such file or directory"},
		{"/loop", "Too many levels of symbolic links"},
		{"/opq/g", "seen"},
		{"/was-dir", "now a file"},
		{"/was-dir/f", "Not a directory"},
		{"/etc", "Is a directory"},
		{"/", "Is a directory"},
		{"/fifo", "Invalid argument"},
		{"/big", "File too large"},
		{"/none/x", "No such file or directory"},
	};
	struct rootfs r = {.driver = STORE_OVERLAY};
	struct stat st;
	bool empty;

	make_layers(&r);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		auto_free char *got = view(&r, rows[i].path);

		TAP_STR(got, rows[i].want, "view %s", rows[i].path);
	}
	if (getxattr(r.lowers.v[0], "user.none", NULL, 0) < 0 && errno == ENODATA) {
		auto_free char *got = view(&r, "/opq/f");

		TAP_STR(got, "No such file or directory", "view: an opaque directory hides what is below");
	}
	auto_free char *gone = xasprintf("%s/up/gone", top);

	if (access(gone, F_OK) == 0) {
		auto_free char *got = view(&r, "/gone");

		TAP_STR(got, "No such file or directory", "view: a whiteout hides what is below");
	}
	TAP_OK(specgen_view_stat(&r, "/etc", &st, &empty) == 0 && S_ISDIR(st.st_mode) && !empty, "stat of a directory");
	TAP_OK(specgen_view_stat(&r, "/abs", &st, &empty) == 0 && S_ISREG(st.st_mode), "stat follows links");
	TAP_OK(specgen_view_stat(&r, "/nope", &st, &empty) == -ENOENT, "stat of nothing");
	svec_done(&r.lowers);
}

static void test_host_dir(void)
{
	auto_free char *dir = xasprintf("%s/up", top);
	struct rootfs r = {.host_dir = dir};
	auto_free char *a = view(&r, "/etc/passwd"), *b = view(&r, "/out");

	TAP_STR(a, "up passwd", "--rootfs: a file");
	TAP_STR(b, "No such file or directory", "--rootfs: a link cannot leave it (V38)");
}

/* ---- what reaches config.json (M10, V10, V15, V35) ---- */

struct made {
	struct jval *config;
	char *text, *error;
	bool ok;
};

static void made_done(struct made *m)
{
	jval_free(m->config);
	free(m->text);
	free(m->error);
}

/* config.json of an image configuration and options. */
static struct made make(const struct create_opts *o, const char *image)
{
	struct context c = CONTEXT_INIT;
	struct specgen *g = new0(struct specgen);
	auto_free char *dir = xasprintf("%s/stage", top);
	auto_sbuf struct sbuf text = SBUF_INIT;
	struct err e = ERR_INIT;
	struct made m = {NULL, NULL, NULL, false};

	(void)!fs_remove_tree(AT_FDCWD, dir);
	(void)!fs_mkdir_p(AT_FDCWD, dir);
	c.store.root = top;
	c.libexec = top;
	specgen_init(g, &c, o);
	if (specgen_parse(g, &e) == 0 && spec_image_config_parse(image, strlen(image), &g->cfg, &e) == 0) {
		g->has_image = true;
		memset(g->id, 'a', 64);
		g->rec.name = xstrdup("web");
		g->ctrdir = xstrdup("/ctr");
		g->stagedir = xstrdup(dir);
		g->dir = fd_open_dir(AT_FDCWD, dir);
		svec_addf(&g->rootfs.lowers, "%s/up", top);
		svec_addf(&g->rootfs.lowers, "%s/low", top);
		if (specgen_build(g, &e) == 0) {
			m.ok = true;
			m.config = spec_runtime_emit(&g->spec);
			jval_print(m.config, false, &text);
			m.text = sbuf_take(&text);
		}
	}
	m.error = xstrdup(e.msg);
	specgen_done(g);
	free(g);
	return m;
}

#define IMAGE(config)                                                                              \
	"{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]},\"config\":{" config "}}"

static bool env_has(const struct made *m, const char *entry)
{
	auto_svec struct svec env = SVEC_INIT;

	return jval_strings(jval_path(m->config, "process.env"), &env) && svec_has(&env, entry);
}

static void test_allow_list(void)
{
	struct create_opts o = {.image = "x"};
	struct made plain, evil;

	svec_add(&o.networks, "none");
	svec_add(&o.cap_drop, "ALL");
	plain = make(&o, IMAGE("\"Cmd\":[\"sh\"]"));
	evil = make(&o, IMAGE("\"Cmd\":[\"sh\"],\"Labels\":{\"run.oci.keep_original_groups\":\"1\",\"run.oci.handler\":\"krun\","
			      "\"io.podman.annotations.seccomp\":\"unconfined\",\"org.criu.config\":\"/x\",\"cdi.k8s.io/x\":\"vendor.com/d=all\","
			      "\"containerd.io/restart.loguri\":\"binary:///bin/sh\"},\"Shell\":[\"/bin/evil\"],\"OnBuild\":[\"RUN x\"],"
			      "\"ArgsEscaped\":true,\"HostConfig\":{\"Privileged\":true},\"Hostname\":\"evil\",\"Tty\":true"));
	TAP_OK(plain.ok && evil.ok, "both configurations are accepted %s%s", plain.error, evil.error);
	TAP_STR(evil.text, plain.text, "V15: labels and unknown keys of an image change nothing in config.json");
	TAP_OK(!jval_path(plain.config, "linux.resources"), "no resources asked for, no section");
	TAP_OK(!jval_len(jval_path(plain.config, "process.capabilities.bounding")), "--cap-drop ALL leaves none");
	made_done(&plain);
	made_done(&evil);
	svec_done(&o.networks);
	svec_done(&o.cap_drop);
}

static void test_environment(void)
{
	struct create_opts o = {.image = "x"};
	struct made m;

	svec_add(&o.networks, "none");
	svec_add(&o.env, "GIVEN");
	setenv("AWS_SECRET", "leak", 1);
	setenv("HOMER", "leak", 1);
	setenv("GIVEN", "wanted", 1);
	setenv("http_proxy", "http://user:password@proxy", 1);
	m = make(&o, IMAGE("\"Cmd\":[\"sh\"],\"Env\":[\"AWS_SECRET\",\"HOME*\",\"*\",\"=x\",\"A=1\",\"P*=x\",\"A=2\"]"));
	TAP_OK(m.ok, "V35: an image with odd variables still runs %s", m.error);
	TAP_OK(m.ok && !strstr(m.text, "leak"), "V35: no variable of the host gets in by the image");
	TAP_OK(m.ok && !strstr(m.text, "password"), "V36: proxies only on request");
	TAP_OK(m.ok && env_has(&m, "A=2") && !env_has(&m, "A=1"), "the last one counts");
	TAP_OK(m.ok && env_has(&m, "GIVEN=wanted"), "-e NAME passes the host's value");
	TAP_OK(m.ok && env_has(&m, "container=podlite") && env_has(&m, "HOSTNAME=aaaaaaaaaaaa"), "container and HOSTNAME");
	made_done(&m);
	svec_done(&o.networks);
	svec_done(&o.env);
}

static void test_users_of_config(void)
{
	struct create_opts o = {.image = "x"};
	struct made m;

	svec_add(&o.networks, "none");
	svec_add(&o.cap_add, "NET_ADMIN");
	m = make(&o, IMAGE("\"Cmd\":[\"sh\"],\"User\":\"1000\""));
	TAP_OK(m.ok && jval_int(jval_path(m.config, "process.user.uid"), -1) == 1000, "USER of the image %s", m.error);
	TAP_OK(m.ok && !jval_len(jval_path(m.config, "process.capabilities.effective")) &&
		!jval_len(jval_path(m.config, "process.capabilities.permitted")) &&
		!jval_len(jval_path(m.config, "process.capabilities.ambient")) &&
		!jval_len(jval_path(m.config, "process.capabilities.inheritable")) &&
		jval_len(jval_path(m.config, "process.capabilities.bounding")) == 12, "V10: not root: only a bounding set");
	made_done(&m);
	m = make(&o, IMAGE("\"Cmd\":[\"sh\"],\"User\":\"nobody\""));
	TAP_OK(!m.ok && strstr(m.error, "unable to find user nobody"), "an unknown USER is an error");
	made_done(&m);
	m = make(&o, IMAGE("\"Entrypoint\":[]"));
	TAP_OK(!m.ok && strstr(m.error, "no command"), "no command is an error");
	made_done(&m);
	svec_done(&o.networks);
	svec_done(&o.cap_add);
}

static const struct jval *mount_at(const struct made *m, const char *dest)
{
	struct jval *list = jval_get(m->config, "mounts");

	for (size_t i = 0; i < jval_len(list); i++)
		if (!strcmp(jval_get_str(jval_at(list, i), "destination", ""), dest))
			return jval_at(list, i);
	return NULL;
}

static void test_mounts(void)
{
	struct create_opts o = {.image = "x", .read_only = true};
	struct made m;
	auto_svec struct svec options = SVEC_INIT;

	svec_add(&o.networks, "none");
	svec_addf(&o.volumes, "%s:/data/deep", top);
	svec_addf(&o.volumes, "%s:/data", top);
	svec_addf(&o.volumes, "%s:/etc/hosts", top);
	svec_add(&o.tmpfs, "/dev/shm:size=1m");
	m = make(&o, IMAGE("\"Cmd\":[\"sh\"],\"Volumes\":{\"/proc\":{},\"/sys/fs/cgroup\":{},\"/dev\":{}}"));
	TAP_OK(m.ok, "mounts %s", m.error);
	TAP_STR(jval_get_str(mount_at(&m, "/proc"), "type", ""), "proc", "V3: a VOLUME of the image does not replace /proc");
	TAP_STR(jval_get_str(mount_at(&m, "/dev"), "type", ""), "tmpfs", "V7: nor /dev");
	jval_strings(jval_get(mount_at(&m, "/data"), "options"), &options);
	TAP_OK(svec_has(&options, "nosuid") && svec_has(&options, "nodev") && svec_has(&options, "rprivate") &&
		svec_has(&options, "rbind"), "V18, U9: binds are nosuid, nodev and private");
	TAP_STR(jval_get_str(mount_at(&m, "/etc/hosts"), "source", ""), top, "the user's mount replaces ours");
	svec_done(&options);
	jval_strings(jval_get(mount_at(&m, "/dev/shm"), "options"), &options);
	TAP_OK(svec_has(&options, "size=1m"), "and that of /dev/shm");
	TAP_OK(mount_at(&m, "/tmp") && mount_at(&m, "/run") && mount_at(&m, "/var/tmp"), "--read-only has a tmpfs on /tmp, /run, /var/tmp");
	const char *text = m.text ? m.text : "";

	TAP_OK(strstr(text, "\"/data\"") < strstr(text, "\"/data/deep\""), "parents are mounted first");
	made_done(&m);
	svec_addf(&o.volumes, "%s:/data/:ro", top);
	m = make(&o, IMAGE("\"Cmd\":[\"sh\"]"));
	TAP_OK(!m.ok && strstr(m.error, "duplicate mount destination"), "twice at one place");
	made_done(&m);
	svec_done(&o.networks);
	svec_done(&o.volumes);
	svec_done(&o.tmpfs);
}

int main(void)
{
	if (!mkdtemp(top))
		return 99;
	test_users();
	test_groups();
	test_huge_files();
	test_view();
	test_host_dir();
	test_allow_list();
	test_environment();
	test_users_of_config();
	test_mounts();
	(void)!fs_remove_tree(AT_FDCWD, top);
	return tap_done();
}
