#include "storage/layer.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/jval.h"
#include "common/lock.h"
#include "common/msg.h"
#include "common/proc.h"
#include "storage/feed.h"

#define LAYER_JSON_MAX 65536

bool layer_has(struct store *s, const struct digest *d)
{
	char path[80];

	snprintf(path, sizeof(path), "%s/diff", d->hex);
	return digest_is_set(d) && fs_exists(s->layers, path);
}

static void text_to_digest(const struct jval *v, const char *key, struct digest *ret)
{
	if (!digest_parse(jval_get_str(v, key, ""), ret))
		memset(ret, 0, sizeof(*ret));
}

int layer_read(struct store *s, const struct digest *d, struct layer_info *ret, struct err *err)
{
	auto_jval struct jval *v = NULL;
	char path[80];

	snprintf(path, sizeof(path), "%s/layer.json", d->hex);
	v = jval_read_file(s->layers, path, LAYER_JSON_MAX, err);
	if (!v)
		return err_wrap(err, "layer %.12s", d->hex);
	memset(ret, 0, sizeof(*ret));
	ret->diff_id = *d;
	text_to_digest(v, "blob", &ret->blob);
	ret->blob_size = jval_uint(jval_get(v, "blobSize"), 0);
	ret->tar_size = jval_uint(jval_get(v, "tarSize"), 0);
	ret->disk_bytes = jval_uint(jval_get(v, "diskBytes"), 0);
	ret->inodes = jval_uint(jval_get(v, "inodes"), 0);
	ret->implied_dirs = jval_uint(jval_get(v, "impliedDirs"), 0);
	ret->replaced = jval_uint(jval_get(v, "replaced"), 0);
	ret->opaque_root = jval_get_bool(v, "opaqueRoot", false);
	ret->inventory = jval_get_bool(v, "inventory", false);
	ret->summed = jval_get(v, "tarSum") != NULL;
	ret->tar_sum = (uint32_t)jval_uint(jval_get(v, "tarSum"), 0);
	return 0;
}

static int write_info(int dirfd, const struct layer_info *info, struct err *err)
{
	auto_jval struct jval *v = jval_new_object();
	char text[DIGEST_TEXT_LEN + 1];

	jval_set_str(v, "diffId", digest_text(&info->diff_id, text));
	if (digest_is_set(&info->blob))
		jval_set_str(v, "blob", digest_text(&info->blob, text));
	jval_set(v, "blobSize", jval_new_uint(info->blob_size));
	jval_set(v, "tarSize", jval_new_uint(info->tar_size));
	jval_set(v, "diskBytes", jval_new_uint(info->disk_bytes));
	jval_set(v, "inodes", jval_new_uint(info->inodes));
	if (info->implied_dirs)
		jval_set(v, "impliedDirs", jval_new_uint(info->implied_dirs));
	if (info->replaced)
		jval_set(v, "replaced", jval_new_uint(info->replaced));
	if (info->opaque_root)
		jval_set_bool(v, "opaqueRoot", true);
	if (info->inventory)
		jval_set_bool(v, "inventory", true);
	if (info->summed)
		jval_set(v, "tarSum", jval_new_uint(info->tar_sum));
	return jval_write_file(dirfd, "layer.json", v, FS_SYNC | FS_FRESH, err);
}

static void lock_name(const struct digest *d, char ret[80])
{
	snprintf(ret, 80, ".lock-%s", d->hex);
}

static void unlock(struct store *s, struct layer_stage *st)
{
	char name[80];

	lock_name(&st->diff_id, name);
	if (st->lock >= 0)
		unlinkat(s->layers, name, 0);
	fd_closep(&st->lock);
}

static bool is_renewed(const struct store *s, const struct digest *d)
{
	return s->renew && svec_has(s->renew, d->hex);
}

bool layer_wanted(struct store *s, const struct digest *d)
{
	return !layer_has(s, d) || is_renewed(s, d);
}

static int begin(struct store *s, const struct digest *d, struct layer_stage *st, bool wait, struct err *err)
{
	char name[80];
	int r;

	*st = (struct layer_stage){.diff_id = *d, .diff = -1, .lock = -1, .stage = {.fd = -1}};
	lock_name(d, name);
	st->lock = lock_open(s->layers, name, LOCK_EXCLUSIVE_, wait);
	if (!wait && (st->lock == -EAGAIN || st->lock == -EACCES))
		return 2;
	if (st->lock < 0)
		return err_neg(err, st->lock, "layer %.12s: lock", d->hex);
	if (!layer_wanted(s, d)) {
		unlock(s, st);
		return 1;
	}
	if (store_stage(s, &st->stage, err) < 0) {
		unlock(s, st);
		return err_wrap(err, "layer %.12s", d->hex);
	}
	r = fs_mkdir(st->stage.fd, "diff", 0755);
	if (!r)
		r = st->diff = fd_open_dir(st->stage.fd, "diff");
	if (r < 0) {
		layer_abort(s, st);
		return err_neg(err, r, "layer %.12s: make directory", d->hex);
	}
	return 0;
}

int layer_begin(struct store *s, const struct digest *d, struct layer_stage *st, struct err *err)
{
	return begin(s, d, st, true, err);
}

int layer_try_begin(struct store *s, const struct digest *d, struct layer_stage *st, struct err *err)
{
	return begin(s, d, st, false, err);
}

void layer_abort(struct store *s, struct layer_stage *st)
{
	fd_closep(&st->diff);
	store_stage_drop(s, &st->stage);
	unlock(s, st);
}

/* Into its place, or into that of a damaged one, which is then where the staging was. -errno. */
static int take_place(struct store *s, struct layer_stage *st)
{
	bool there = is_renewed(s, &st->diff_id) && fs_exists(s->layers, st->diff_id.hex);

	if (renameat2(s->tmp, st->stage.name, s->layers, st->diff_id.hex, there ? RENAME_EXCHANGE : RENAME_NOREPLACE) < 0)
		return -errno;
	if (there)
		(void)!fs_remove_tree(s->tmp, st->stage.name); /* or by the next sweep */
	return 0;
}

int layer_commit(struct store *s, struct layer_stage *st, const struct layer_info *info, struct err *err)
{
	int r;

	/* Only what was unpacked may take the name (threats.md R16). */
	if (!digest_equal(&info->diff_id, &st->diff_id))
		return err_set(err, EK_INVALID, "layer %.12s: unpacked bytes have DiffID %.12s", st->diff_id.hex,
			info->diff_id.hex);
	if (write_info(st->stage.fd, info, err) < 0)
		return err_wrap(err, "layer %.12s", st->diff_id.hex);
	if (fsync(st->stage.fd) < 0)
		return err_sys(err, "layer %.12s: write to disk", st->diff_id.hex);
	r = take_place(s, st);
	if (r < 0)
		return err_neg(err, r, "layer %.12s: move into the store", st->diff_id.hex);
	fd_closep(&st->diff);
	store_stage_done(&st->stage);
	unlock(s, st);
	return 0;
}

int layer_remove_all(struct store *s, const struct svec *hex, struct err *err)
{
	return store_trash_all(s, s->layers, hex, err);
}

int layer_list(struct store *s, struct digest **ret, size_t *ret_n, struct err *err)
{
	auto_dir DIR *dir = fs_dir(fd_open_dir(s->layers, "."));
	struct digest *v = NULL, d;
	size_t n = 0, cap = 0;
	const char *name;

	if (!dir)
		return err_sys(err, "open %s/layers", s->root);
	while ((name = fs_dir_next(dir))) {
		if (!digest_from_hex(name, &d))
			continue;
		if (n == cap) {
			cap = cap ? cap * 2 : 64;
			v = xrealloc(v, cap, sizeof(*v));
		}
		v[n++] = d;
	}
	*ret = v;
	*ret_n = n;
	return 0;
}

/* --- the unpacker, seen from outside --------------------------------------------------------------- */

static void close_pair(int p[2])
{
	fd_closep(&p[0]);
	fd_closep(&p[1]);
}

/* What the unpacker has open: our ends of the pipes are not among them. */
struct unpack_fds {
	struct feed_fds feed;
	int out[2];
	int index, files, inventory;
};

static void close_unpack_fds(struct unpack_fds *f)
{
	close_pair(f->feed.pipe);
	fd_closep(&f->feed.mem);
	fd_closep(&f->feed.mem_read);
	close_pair(f->out);
	fd_closep(&f->index);
	fd_closep(&f->files);
	fd_closep(&f->inventory);
}

static int open_unpack_fds(struct layer_stage *st, struct unpack_fds *f, struct err *err)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
	int r = feed_make(&f->feed);

	if (!r)
		r = fd_pipe(f->out);
	if (r < 0)
		return err_neg(err, r, "layer %.12s: make pipes and memory for its bytes", st->diff_id.hex);
	f->index = fd_open(st->stage.fd, LAYER_INDEX, flags, 0600);
	f->files = fd_open(st->stage.fd, LAYER_FILES, flags, 0600);
	f->inventory = fd_open(st->stage.fd, LAYER_INVENTORY, flags, 0600);
	r = MIN_OF(MIN_OF(f->index, f->files), f->inventory);
	return r < 0 ? err_neg(err, r, "layer %.12s: create its index", st->diff_id.hex) : 0;
}

/* Its socket, or -1. */
static int start_forks(const char *program, bool squash, struct err *err)
{
	char *argv[] = {(char *)"podlite-unpack", (char *)"--forks", (char *)"--index", (char *)"--feed",
		squash ? (char *)"--squash" : NULL, NULL};
	char *envp[] = {NULL};
	int s[2], r = fd_socketpair(SOCK_SEQPACKET, s);
	struct proc_fd fds[] = {{r < 0 ? -1 : s[1], 3}};
	struct proc_spec spec = {
		.path = program,
		.argv = argv,
		.envp = envp,
		.fds = fds,
		.nfds = ARRAY_SIZE(fds),
		.death_signal = SIGKILL,
	};
	pid_t pid;

	if (r < 0)
		return err_neg(err, r, "unpack: socket");
	pid = proc_spawn(&spec, err);
	fd_close(s[1]);
	if (pid < 0)
		fd_closep(&s[0]);
	return s[0];
}

/* Ask for one; its pidfd. */
static int ask_fork(int forks, const struct layer_stage *st, const struct unpack_fds *f, struct err *err)
{
	const int fds[] = {f->feed.pipe[0], st->diff, f->out[1], f->index, f->files, f->inventory, f->feed.mem_read};
	struct layer_fork ask = {.beside = st->beside};
	int failed = 0, pidfd = -1;
	size_t n = 0;
	ssize_t got;

	_Static_assert(sizeof(fds) == sizeof((int[])LAYER_FORK_FDS), "each has its place");
	got = msg_send(forks, &ask, sizeof(ask), fds, ARRAY_SIZE(fds));
	if (!got)
		got = msg_recv(forks, &failed, sizeof(failed), &pidfd, 1, &n);
	if (got == (ssize_t)sizeof(failed) && n == 1)
		return pidfd;
	if (got == (ssize_t)sizeof(failed))
		got = failed;
	if (!msg_gone(got))
		return err_neg(err, (int)got, "layer %.12s: start an unpacker", st->diff_id.hex);
	return err_set(err, EK_SYSTEM, "layer %.12s: podlite-unpack, which unpackers are forks of, ended: it could not be loaded, or was killed",
		st->diff_id.hex);
}

int layer_spawn_unpack(int *forks, struct layer_stage *st, const char *program, bool squash, struct layer_unpack *u,
	struct err *err)
{
	struct unpack_fds f = {FEED_FDS_INIT, {-1, -1}, -1, -1, -1};
	int r;

	*u = (struct layer_unpack)LAYER_UNPACK_NONE;
	if (*forks < 0)
		*forks = start_forks(program, squash, err);
	r = *forks < 0 ? -1 : open_unpack_fds(st, &f, err);
	if (!r)
		r = u->pidfd = ask_fork(*forks, st, &f, err);
	if (r >= 0) {
		u->input = take_fd(f.feed.pipe[1]);
		u->mem = take_fd(f.feed.mem);
		u->result = take_fd(f.out[0]);
	}
	close_unpack_fds(&f);
	return MIN_OF(r, 0);
}

static int check_result(const struct layer_stage *st, struct layer_result *res, int r, struct err *err)
{
	if (r < 0)
		return err_set(err, EK_SYSTEM, "layer %.12s: the unpacker ended without an answer: it was killed, or crashed", st->diff_id.hex);
	/* The unpacker parsed hostile bytes: nothing in its answer is taken for well formed. */
	if (res->err.kind != EK_OK) {
		err_take(err, &res->err);
		return err_wrap(err, "layer %.12s", st->diff_id.hex);
	}
	res->diff_id.hex[64] = '\0';
	if (!digest_equal(&res->diff_id, &st->diff_id))
		return err_set(err, EK_INVALID, "layer has DiffID sha256:%.64s, the image's config says sha256:%s",
			res->diff_id.hex, st->diff_id.hex);
	return 0;
}

int layer_finish_unpack(struct layer_stage *st, struct layer_unpack *u, struct layer_info *ret,
	struct layer_result *ret_result, struct err *err)
{
	struct layer_result res;
	int r = fd_read_full(u->result, &res, sizeof(res));

	fd_closep(&u->result);
	if (check_result(st, &res, r, err) < 0)
		return -1;
	*ret = (struct layer_info){
		.diff_id = res.diff_id,
		.tar_size = res.tar_size,
		.disk_bytes = res.disk_bytes,
		.inodes = res.inodes,
		.opaque_root = res.opaque_root,
		.implied_dirs = res.implied_dirs,
		.replaced = res.replaced,
		.inventory = true,
		.summed = true,
		.tar_sum = res.tar_sum,
	};
	if (ret_result)
		*ret_result = res;
	return 0;
}

void layer_kill_unpack(struct layer_unpack *u)
{
	fd_closep(&u->input);
	fd_closep(&u->mem);
	fd_closep(&u->result);
	if (u->pidfd < 0)
		return;
	proc_signal(u->pidfd, SIGKILL);
	(void)proc_ends_within(u->pidfd, 10000);
	fd_closep(&u->pidfd);
}
