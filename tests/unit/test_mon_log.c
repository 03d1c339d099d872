/* links: libmonitor.a libcommon.a -ljson-c */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "monitor/mon_log.h"
#include "tap.h"

/* The text of one stream put together again from all files, oldest first. */
static void collect(int dir, bool json, int files, bool is_stderr, struct sbuf *ret)
{
	auto_sbuf struct sbuf scratch = SBUF_INIT;

	for (int i = files - 1; i >= 0; i--) {
		auto_free char *name = i ? xasprintf("c.log.%d", i) : xstrdup("c.log");
		auto_sbuf struct sbuf all = SBUF_INIT;

		if (fs_read_file(dir, name, 64 << 20, &all) < 0)
			continue;
		for (char *p = all.buf, *nl; (nl = memchr(p, '\n', (size_t)(all.buf + all.len - p))); p = nl + 1) {
			struct logfile_record r;

			if (!logfile_parse(p, (size_t)(nl - p), json, &scratch, &r) || r.is_stderr != is_stderr)
				continue;
			sbuf_add(ret, r.text, r.len);
			if (!r.partial)
				sbuf_addch(ret, '\n');
		}
	}
}

static struct mon_log *open_log(const char *dir, bool json, int64_t max, int64_t files)
{
	struct mon_log *l = new0(struct mon_log);
	auto_free char *path = xasprintf("%s/c.log", dir);
	struct err e = ERR_INIT;

	if (!TAP_OK(mon_log_open(l, json ? "json-file" : "k8s-file", path, max, files, &e) == 0, "open %s", e.msg))
		exit(1);
	return l;
}

/* Random text with random cuts, as reads from a pipe give it. */
static void test_pieces(int dir, const char *path, bool json)
{
	auto_sbuf struct sbuf out = SBUF_INIT, got = SBUF_INIT;
	struct mon_log *l = open_log(path, json, 0, 1);
	static const char *const words[] = {"a", "line\n", "gr\xc3\xbc\xc3\x9f", "\xf0\x9f\x90\xb3", "\n", "\t\"\\", "longer text here "};

	srand(7);
	for (int i = 0; i < 60000; i++)
		sbuf_addstr(&out, words[(size_t)rand() % ARRAY_SIZE(words)]);
	for (size_t at = 0; at < out.len;) {
		size_t n = MIN_OF(1 + (size_t)rand() % (rand() % 3 ? 7 : 30000), out.len - at);

		mon_log_write(l, false, out.buf + at, n);
		mon_log_write(l, true, "e\n", 2); /* the other stream between: partial lines stay apart */
		if (!(rand() % 3))
			mon_log_flush(l);
		at += n;
	}
	mon_log_close(l);
	free(l);
	collect(dir, json, 1, false, &got);
	TAP_OK(got.len == out.len && !memcmp(got.buf, out.buf, out.len), "%s: %zu bytes in pieces come back", json ? "json" : "k8s", out.len);
	unlinkat(dir, "c.log", 0);
}

static void test_rotation(int dir, const char *path)
{
	struct mon_log *l = open_log(path, false, 5000, 3);
	struct stat st;
	char line[64];
	bool fits = true;

	for (int i = 0; i < 1000; i++)
		mon_log_write(l, false, line, (size_t)snprintf(line, sizeof(line), "line number %d\n", i));
	mon_log_close(l);
	free(l);
	for (int i = 0; i < 3; i++) {
		auto_free char *name = i ? xasprintf("c.log.%d", i) : xstrdup("c.log");

		fits = fits && !fstatat(dir, name, &st, 0) && st.st_size <= 5000 && (st.st_mode & 07777) == 0600;
		unlinkat(dir, name, 0);
	}
	TAP_OK(fits, "three files, each within the limit, 0600");
	TAP_OK(fstatat(dir, "c.log.3", &st, 0) < 0, "no fourth");
	l = open_log(path, false, 300, 1);
	for (int i = 0; i < 100; i++)
		mon_log_write(l, false, "0123456789\n", 11);
	mon_log_close(l);
	free(l);
	TAP_OK(!fstatat(dir, "c.log", &st, 0) && st.st_size <= 300 && st.st_size > 0, "one file: cut, never over the limit");
	unlinkat(dir, "c.log", 0);
}

static void test_odd_files(int dir, const char *path)
{
	auto_free char *file = xasprintf("%s/c.log", path);
	struct mon_log *l = new0(struct mon_log);
	struct err e = ERR_INIT;

	TAP_OK(!mkfifoat(dir, "c.log", 0600) && mon_log_open(l, "k8s-file", file, 0, 1, &e) < 0, "a FIFO in its place: %s", e.msg);
	unlinkat(dir, "c.log", 0);
	TAP_OK(!symlinkat("/dev/null", dir, "c.log") && mon_log_open(l, "k8s-file", file, 0, 1, &e) < 0, "a link in its place: %s", e.msg);
	unlinkat(dir, "c.log", 0);
	TAP_OK(mon_log_open(l, "syslog", file, 0, 1, &e) < 0 && e.kind == EK_UNSUPPORTED, "%s", e.msg);
	TAP_OK(mon_log_open(l, "none", NULL, 0, 1, &e) == 0 && l->fd < 0, "none keeps nothing");
	mon_log_write(l, false, "x\n", 2);
	mon_log_close(l);
	free(l);
}

/* V43: a full disk (here: a file size limit) drops whole records and leaves no torn one. */
static void test_full_disk(int dir, const char *path)
{
	struct mon_log *l = open_log(path, false, 0, 1);
	auto_sbuf struct sbuf all = SBUF_INIT;
	auto_free char *full = xasprintf("%s/c.log", path);

	fd_close(l->fd);
	l->fd = fd_open(AT_FDCWD, "/dev/full", O_WRONLY, 0);
	mon_log_write(l, false, "lost\n", 5);
	mon_log_flush(l);
	TAP_OK(l->dropped == 1 && l->len == 0, "what cannot be written is dropped and counted");
	fd_close(l->fd);
	l->fd = fd_open(AT_FDCWD, full, O_WRONLY | O_APPEND, 0);
	l->size = 0;
	mon_log_write(l, false, "kept\n", 5);
	mon_log_close(l);
	free(l);
	TAP_OK(fs_read_file(dir, "c.log", 4096, &all) == 0 && strstr(all.buf, "kept"), "and later ones are written again");
	unlinkat(dir, "c.log", 0);
}

int main(void)
{
	char path[] = "/tmp/test_mon_log.XXXXXX";
	int dir;

	if (!mkdtemp(path))
		return 1;
	dir = fd_open_dir(AT_FDCWD, path);
	test_pieces(dir, path, false);
	test_pieces(dir, path, true);
	test_rotation(dir, path);
	test_odd_files(dir, path);
	test_full_disk(dir, path);
	fd_close(dir);
	rmdir(path);
	return tap_done();
}
