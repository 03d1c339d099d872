/* links: libstorage.a liboci.a libcommon.a -ljson-c */
/* The store's tree, version, staging, sweep, trash, blobs, and layers with their locks. */
#include <signal.h>
#include <sys/wait.h>

#include "common/lock.h"
#include "storage/gc.h"
#include "tests/unit/storage_test.h"

static mode_t mode_of(int dirfd, const char *name)
{
	struct stat st;

	return fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) ? 0 : st.st_mode & 07777;
}

static void test_tree(const char *dir)
{
	auto_free char *root = xasprintf("%s/a/b/store", dir);
	struct err e = ERR_INIT;
	struct store s;
	mode_t old = umask(0);

	TAP_OK(!store_open(root, NULL, &s, &e), "store opens where nothing was");
	TAP_OK(mode_of(AT_FDCWD, root) == 0700, "V29: the store is 0700 with umask 0");
	TAP_OK(mode_of(s.fd, "layers") == 0700 && mode_of(s.fd, "blobs/sha256") == 0700, "so is all below");
	TAP_OK(mode_of(s.fd, "version") == 0600, "version is 0600");
	store_close(&s);
	TAP_OK(!store_open(root, "vfs", &s, &e) && s.driver == STORE_COPY && s.driver_set, "it opens again, driver as asked");
	TAP_OK(chmod(root, 0755) == 0, "somebody opens it up");
	store_close(&s);
	TAP_OK(!store_open(root, NULL, &s, &e) && mode_of(AT_FDCWD, root) == 0700, "opening closes it");
	test_file(s.fd, "version", "2\n");
	store_close(&s);
	TAP_OK(store_open(root, NULL, &s, &e) < 0 && strstr(e.msg, "format 2"), "an unknown version is refused: %s", e.msg);
	TAP_OK(store_open(root, "zfs", &s, &e) < 0, "so it is with an unknown driver");
	umask(old);
}

static void test_foreign(const char *dir)
{
	auto_free char *root = xasprintf("%s/home", dir);
	struct err e = ERR_INIT;
	struct store s;

	mkdir(root, 0755);
	auto_fd int fd = fd_open_dir(AT_FDCWD, root);

	test_file(fd, "letters", "x");
	TAP_OK(store_open(root, NULL, &s, &e) < 0 && strstr(e.msg, "neither empty"), "a directory of other things is refused: %s", e.msg);
	TAP_OK(mode_of(AT_FDCWD, root) == 0755, "and left as it is");
}

/* Many commands at once, on a store that is not there yet. */
static void test_first(const char *dir)
{
	auto_free char *root = xasprintf("%s/first", dir);
	int good = 0, status;

	for (int i = 0; i < 20; i++)
		if (!fork()) {
			struct err e = ERR_INIT;
			struct store s;
			int r = store_open(root, NULL, &s, &e);

			if (r < 0)
				printf("# %s\n", e.msg);
			_exit(r < 0);
		}
	while (wait(&status) > 0)
		good += !status;
	TAP_OK(good == 20, "20 commands make one store: %d", good);
}

static void test_staging(struct store *s)
{
	struct store_stage st, other;
	struct err e = ERR_INIT;
	pid_t pid;

	TAP_OK(!store_stage(s, &st, &e), "stage");
	test_file(st.fd, "x/y", "1");
	TAP_OK(!store_sweep(s, &e) && fs_exists(s->tmp, st.name), "the sweep leaves living staging alone");
	store_stage_drop(s, &st);
	TAP_OK(!fs_exists(s->tmp, st.name), "drop removes it");
	pid = fork();
	if (!pid) {
		if (store_stage(s, &other, &e) < 0)
			_exit(1);
		test_file(other.fd, "x/y", "1");
		kill(getpid(), SIGKILL);
	}
	waitpid(pid, NULL, 0);
	(void)!fs_mkdir(s->tmp, "without-lock", 0700);
	(void)!fs_mkdir(s->tmp, "trash-1", 0700);
	TAP_OK(!store_sweep(s, &e), "U23: sweep after kill -9");
	auto_free char *path = fs_fd_path(s->tmp);

	TAP_OK(rmdir(path) == 0, "tmp is empty afterwards");
	mkdir(path, 0700);
	store_close(s);
}

static void test_blobs(struct store *s)
{
	struct digest d = test_digest('a');
	auto_sbuf struct sbuf b = SBUF_INIT;
	struct err e = ERR_INIT;

	TAP_OK(!store_blob_has(s, &d), "no blob yet");
	TAP_OK(!store_blob_put(s, &d, "data", 4, &e) && store_blob_has(s, &d), "put");
	TAP_OK(!store_blob_put(s, &d, "data", 4, &e), "put again");
	TAP_OK(mode_of(s->blobs, d.hex) == 0600, "0600");
	test_file(s->blobs, d.hex, "");
	TAP_OK(!store_blob_put(s, &d, "data", 4, &e), "one emptied by a power cut");
	TAP_OK(!store_blob_read(s, &d, 100, &b, &e) && b.len == 4, "is replaced");
	TAP_OK(store_blob_read(s, &d, 3, &b, &e) < 0, "a limit is kept");
}

static void test_layers(struct store *s)
{
	struct digest d = test_digest('1'), other = test_digest('2'), *list;
	struct layer_stage st;
	struct layer_info info = {.diff_id = other}, back;
	struct err e = ERR_INIT;
	size_t n;

	TAP_OK(layer_begin(s, &d, &st, &e) == 0 && !layer_has(s, &d), "begin");
	test_file(st.diff, "f", "1");
	TAP_OK(layer_commit(s, &st, &info, &e) < 0, "R16: other bytes do not get the name: %s", e.msg);
	layer_abort(s, &st);
	TAP_OK(!layer_has(s, &d), "nothing is there");
	TAP_OK(test_layer(s, d, "f", "1") && layer_has(s, &d), "commit");
	TAP_OK(layer_begin(s, &d, &st, &e) == 1, "begin finds it");
	TAP_OK(!layer_read(s, &d, &back, &e) && back.disk_bytes == 4096 && !strcmp(back.diff_id.hex, d.hex), "read");
	TAP_OK(!layer_list(s, &list, &n, &e) && n == 1, "list");
	free(list);
}

/* Two pulls of one layer: the second waits and finds it. */
static void test_race(struct store *s)
{
	struct digest d = test_digest('3');
	struct layer_stage st;
	struct layer_info info = {.diff_id = d};
	struct err e = ERR_INIT;
	int status;
	pid_t pid;

	TAP_OK(layer_begin(s, &d, &st, &e) == 0, "first begins");
	pid = fork();
	if (!pid) {
		struct layer_stage mine;

		fd_close(st.lock); /* the lock belongs to the open file: ours must not keep it */
		_exit(layer_begin(s, &d, &mine, &e));
	}
	usleep(50000);
	TAP_OK(waitpid(pid, &status, WNOHANG) == 0, "second waits");
	TAP_OK(!layer_commit(s, &st, &info, &e), "first commits");
	waitpid(pid, &status, 0);
	TAP_OK(WIFEXITED(status) && WEXITSTATUS(status) == 1, "second finds it done");
	TAP_OK(layer_begin(s, &(struct digest){.hex = "4"}, &st, &e) == 0, "V52: begin");
	layer_abort(s, &st);
	TAP_OK(layer_begin(s, &(struct digest){.hex = "4"}, &st, &e) == 0, "and again after an abort");
	layer_abort(s, &st);
}

/* A container below tmp/ whose root stands on the layer. */
static void put_container(struct store *s, const char *name, const struct digest *d)
{
	auto_free char *path = xasprintf("%s/rootfs.json", name);
	auto_free char *text = xasprintf("{\"lowers\": [\"/x/layers/%s/diff\"]}", d->hex);

	test_file(s->tmp, path, text);
}

static void test_hold(struct store *s)
{
	struct digest d = test_digest('1');
	struct err e = ERR_INIT;
	int hold = store_hold(s, &e);

	put_container(s, "boot-1-1", &d);
	put_container(s, STORE_TRASH "2", &d);

	TAP_OK(hold >= 0 && !gc_collect(s, &e) && layer_has(s, &d), "nothing is collected while somebody holds");
	fd_close(hold);
	TAP_OK(!gc_collect(s, &e) && layer_has(s, &d), "nor what a container on its way in needs");
	(void)!fs_remove_tree(s->tmp, "boot-1-1");
	TAP_OK(!gc_collect(s, &e) && !layer_has(s, &d), "layers of no image are collected, also below a container's trash");
}

int main(void)
{
	struct err e = ERR_INIT;
	struct store s;

	test_enter();
	char *dir = test_dir();
	auto_free char *root = xasprintf("%s/store", dir);

	test_tree(dir);
	test_foreign(dir);
	test_first(dir);
	if (!TAP_OK(!store_open(root, NULL, &s, &e), "open"))
		return tap_done();
	test_blobs(&s);
	test_layers(&s);
	test_race(&s);
	test_hold(&s);
	test_staging(&s);
	test_remove(dir);
	return tap_done();
}
