#include "podlite/engine/create_inside.h"

#include <unistd.h>

#include "common/fd.h"
#include "common/proc.h"

struct answer {
	int result;
	struct err err;
};

static void child(struct context *c, int (*fn)(struct context *, void *, struct err *), void *arg, int out)
{
	struct answer a = {-1, ERR_INIT};

	if (context_enter_userns(c, NULL, &a.err) == 0)
		a.result = fn(c, arg, &a.err);
	_exit(fd_write_all(out, &a, sizeof(a)) < 0);
}

int create_inside_run(struct context *c, int (*fn)(struct context *c, void *arg, struct err *err),
	void *arg, struct err *err)
{
	int fds[2], r;
	struct answer a;
	pid_t pid;

	r = fd_pipe(fds);
	if (r < 0)
		return err_neg(err, r, "make a pipe");
	pid = fork();
	if (pid == 0)
		child(c, fn, arg, fds[1]);
	fd_close(fds[1]);
	if (pid < 0) {
		fd_close(fds[0]);
		return err_sys(err, "fork");
	}
	r = fd_read_full(fds[0], &a, sizeof(a));
	fd_close(fds[0]);
	proc_wait(pid);
	if (r < 0)
		return err_set(err, EK_SYSTEM, "the helper process inside the user namespace died");
	return a.result < 0 ? err_take(err, &a.err) : a.result;
}
