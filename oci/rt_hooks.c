#include "oci/rt_hooks.h"

#include <string.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/proc.h"

/* The state must fit into a pipe, so that nobody waits for a hook that does not read. */
#define MAX_STATE 60000
#define PID_MARK  2147483647

struct jval *rt_hooks_state(const char *id, const char *status, pid_t pid, const char *bundle,
	const struct spec_runtime *s)
{
	struct jval *v = jval_new_object();

	jval_set_str(v, "ociVersion", s->oci_version ? s->oci_version : "1.2.0");
	jval_set_str(v, "id", id);
	jval_set_str(v, "status", status);
	if (pid > 0)
		jval_set_int(v, "pid", pid);
	jval_set_str(v, "bundle", bundle);
	if (s->annotations.n) {
		struct jval *notes = jval_new_object();

		for (size_t i = 0; i < s->annotations.n; i++) {
			const char *eq = strchr(s->annotations.v[i], '=');
			auto_free char *key =
				xstrndup(s->annotations.v[i], (size_t)(eq - s->annotations.v[i]));

			jval_set_str(notes, key, eq + 1);
		}
		jval_set(v, "annotations", notes);
	}
	return v;
}

/* Wait for a hook, but not longer than it may take. Status as proc_wait, or -1 with err. */
static int wait_hook(pid_t pid, const struct spec_hook *h, struct err *err)
{
	int timeout = h->timeout > 0 ? (int)MIN_OF(h->timeout, (int64_t)86400) * 1000 : -1;
	auto_fd int pidfd = proc_open_pidfd(pid, 0);

	if (pidfd >= 0 && !proc_ends_within(pidfd, timeout)) {
		proc_signal(pidfd, SIGKILL);
		proc_wait(pid);
		return err_set(err, EK_SYSTEM, "took longer than its timeout of %lld s",
			(long long)h->timeout);
	}
	return proc_wait(pid);
}

static int run_hook(const struct spec_hook *h, const struct sbuf *state, struct err *err)
{
	auto_svec struct svec argv = SVEC_INIT, env = SVEC_INIT;
	auto_fd int in = -1, out = -1;
	struct proc_fd fds[1];
	struct proc_spec spec = {.path = h->path, .fds = fds, .nfds = 1, .dir = "/"};
	int p[2], r, status;
	pid_t pid;

	r = fd_pipe(p);
	if (r < 0)
		return err_neg(err, r, "pipe");
	in = p[0];
	out = p[1];
	if (h->args.n)
		svec_add_all(&argv, &h->args);
	else
		svec_add(&argv, h->path);
	svec_add_all(&env, &h->env);
	fds[0] = (struct proc_fd){in, 0};
	spec.argv = svec_argv(&argv);
	spec.envp = svec_argv(&env);
	pid = proc_spawn(&spec, err);
	if (pid < 0)
		return -1;
	r = fd_write_all(out, state->buf, state->len);
	fd_closep(&out);
	fd_closep(&in);
	status = wait_hook(pid, h, err);
	if (status < 0)
		return -1;
	if (status)
		return err_set(err, EK_SYSTEM, "failed with status %d", status);
	return r < 0 && r != -EPIPE ? err_neg(err, r, "write the state") : 0;
}

int rt_hooks_run(
	const struct spec_hook_list *l, const char *name, const struct jval *state, struct err *err)
{
	auto_sbuf struct sbuf text = SBUF_INIT;

	if (!l->n)
		return 0;
	jval_print(state, false, &text);
	if (text.len > MAX_STATE)
		return err_set(err, EK_INVALID, "%s hooks: the annotations are too long", name);
	for (size_t i = 0; i < l->n; i++)
		if (run_hook(&l->v[i], &text, err) < 0)
			return err_wrap(err, "%s hook %s", name, l->v[i].path);
	return 0;
}

static void copy_hooks(struct rt_plan *p, const struct spec_hook_list *l, struct rt_hook *to)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct spec_hook *h = &l->v[i];

		to[i].path = rt_plan_str(p, h->path);
		to[i].argv = h->args.n ? rt_plan_strv(p, &h->args)
				       : rt_plan_alloc(p, 2 * sizeof(char *));
		if (!h->args.n)
			to[i].argv[0] = (char *)(uintptr_t)to[i].path;
		to[i].envp = rt_plan_strv(p, &h->env);
		to[i].timeout = (int)MIN_OF(h->timeout, (int64_t)86400);
	}
}

/* The child knows its pid only from the parent: the text is cut where the number goes. */
static int cut_state(struct rt_plan *p, const struct rt_args *a, const char *status,
	struct rt_state *ret, struct err *err)
{
	auto_jval struct jval *state = rt_hooks_state(a->id, status, PID_MARK, p->bundle, a->spec);
	auto_sbuf struct sbuf text = SBUF_INIT;
	const char *mark;

	jval_print(state, false, &text);
	if (text.len > MAX_STATE)
		return err_set(err, EK_INVALID, "hooks: the annotations are too long");
	mark = strstr(text.buf, "\"pid\":2147483647");
	if (!mark)
		return err_set(err, EK_SYSTEM, "hooks: the state has no pid");
	mark += strlen("\"pid\":");
	ret->head = rt_plan_fmt(p, "%.*s", (int)(mark - text.buf), text.buf);
	ret->tail = rt_plan_str(p, mark + strlen("2147483647"));
	return 0;
}

int rt_hooks_plan(struct rt_plan *p, const struct rt_args *a, struct err *err)
{
	const struct spec_hooks *h = &a->spec->hooks;
	auto_free char *bundle = NULL;
	int fd;

	p->wait_hooks = h->prestart.n || h->create_runtime.n;
	p->ncreate_hooks = h->create_container.n;
	p->nstart_hooks = h->start_container.n;
	p->spec = a->spec;
	if (!p->wait_hooks && !p->ncreate_hooks && !p->nstart_hooks && !h->poststart.n && !p->bpf.notify)
		return 0;
	bundle = a->bundle_fd >= 0 ? fs_fd_path(a->bundle_fd) : NULL;
	p->bundle = rt_plan_str(p, bundle ? bundle : "");
	fd = fd_open(AT_FDCWD, "/dev/null", O_RDWR, 0);
	if (fd < 0)
		return err_neg(err, fd, "open /dev/null");
	p->null = rt_plan_keep_fd(p, fd);
	if (cut_state(p, a, "creating", &p->state_creating, err) < 0 ||
		cut_state(p, a, "created", &p->state_created, err) < 0)
		return -1;
	p->child_hooks =
		rt_plan_alloc(p, (p->ncreate_hooks + p->nstart_hooks) * sizeof(*p->child_hooks));
	copy_hooks(p, &h->create_container, p->child_hooks);
	copy_hooks(p, &h->start_container, p->child_hooks + p->ncreate_hooks);
	return 0;
}
