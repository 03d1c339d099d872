#include "storage/unpack.h"

#include <signal.h>

#include "common/fd.h"
#include "common/fs.h"
#include "common/proc.h"
#include "storage/layer.h"
#include "storage/tree.h"

/* Wait for its answer; of a program that parsed foreign bytes nothing is taken for well formed. */
static int answer_of(pid_t pid, int result, struct err *err)
{
	struct layer_result res;
	int r = fd_read_full(result, &res, sizeof(res)), status = proc_wait(pid);

	if (r < 0)
		return err_set(err, EK_SYSTEM, "the unpacker ended with status %d", status);
	return res.err.kind == EK_OK ? 0 : err_take(err, &res.err);
}

static int run(const char *program, int in, int dir, bool squash, struct err *err)
{
	char *argv[] = {(char *)"podlite-unpack", (char *)"--plain", squash ? (char *)"--squash" : NULL, NULL};
	char *envp[] = {NULL};
	int out[2], r = fd_pipe(out);

	if (r < 0)
		return err_neg(err, r, "make a pipe");
	struct proc_fd fds[] = {{in, 0}, {dir, 3}, {out[1], 4}};
	struct proc_spec spec = {.path = program, .argv = argv, .envp = envp, .fds = fds, .nfds = ARRAY_SIZE(fds),
		.death_signal = SIGKILL};
	pid_t pid = proc_spawn(&spec, err);

	fd_close(out[1]);
	r = pid < 0 ? -1 : answer_of(pid, out[0], err);
	fd_close(out[0]);
	return r;
}

int unpack_tree(struct store *s, const char *program, int in, bool squash, int like, struct unpack_tree *ret, struct err *err)
{
	int r;

	*ret = (struct unpack_tree){.fd = -1};
	if (store_stage(s, &ret->stage, err) < 0)
		return -1;
	ret->staged = true;
	r = fs_mkdir(ret->stage.fd, "tree", 0755);
	if (!r)
		r = ret->fd = fd_open_dir(ret->stage.fd, "tree");
	r = r < 0 ? err_neg(err, r, "make a staging directory") : 0;
	if (!r && like >= 0)
		r = tree_copy_attrs(like, ret->fd, err);
	if (!r)
		r = run(program, in, ret->fd, squash, err);
	if (r < 0)
		unpack_tree_drop(s, ret);
	return r;
}

void unpack_tree_drop(struct store *s, struct unpack_tree *t)
{
	fd_closep(&t->fd);
	if (t->staged)
		store_stage_drop(s, &t->stage);
	t->staged = false;
}
