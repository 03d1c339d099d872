#include "podlite/engine/transfer.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/loop.h"
#include "common/proc.h"
#include "podlite/engine/events.h"
#include "podlite/report.h"

#define ANSWER_MAX (64u << 20)

static struct request pull_request(const struct context *c, const char *text, const struct img_pull_opts *o)
{
	return (struct request){
		.root = c->root,
		.driver = c->storage_driver,
		.name = (char *)text,
		.platform = (char *)o->platform,
		.tls_verify = o->tls_verify,
		.authfile = (char *)o->authfile,
		.creds = (char *)o->creds,
		.cert_dir = (char *)o->cert_dir,
		.quiet = o->quiet,
		.all_tags = o->all_tags,
		.progress = isatty(2),
		.retry = o->retry,
		.retry_delay_ns = o->retry_delay_ns,
		.stores = c->additional_stores,
	};
}

struct pipes {
	int request[2], answer[2]; /* read end, write end */
	int file;                  /* the worker's descriptor 4, or -1; borrowed */
};

static void close_pipes(struct pipes *p)
{
	for (int i = 0; i < 2; i++) {
		fd_closep(&p->request[i]);
		fd_closep(&p->answer[i]);
	}
}

static pid_t spawn(const struct context *c, const struct pipes *p, struct err *err)
{
	auto_free char *program = xasprintf("%s/podlite-transfer", c->libexec);
	char *argv[] = {(char *)"podlite-transfer", p->file >= 0 ? (char *)"--file" : NULL, NULL};
	struct proc_fd fds[] = {{p->request[0], 0}, {2, 2}, {p->answer[1], 3}, {p->file, 4}};
	struct proc_spec spec = {
		.path = program,
		.argv = argv,
		.fds = fds,
		.nfds = ARRAY_SIZE(fds) - (p->file < 0),
		.death_signal = SIGKILL,
	};

	return proc_spawn(&spec, err);
}

static void answer_error(int fd, const struct err *why)
{
	struct request_answer a = {.err = *why};
	auto_jval struct jval *v = request_answer_emit(&a);
	auto_sbuf struct sbuf text = SBUF_INIT;

	jval_print(v, false, &text);
	(void)!fd_write_all(fd, text.buf, text.len);
}

/* The child: enters the namespace and stays as the worker's parent, so that all end together. */
static __noreturn void run_inside(struct context *c, struct pipes *p, pid_t parent)
{
	struct err err = ERR_INIT;
	pid_t pid = -1;

	fd_closep(&p->request[1]);
	fd_closep(&p->answer[0]);
	if (context_enter_userns(c, NULL, &err) == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* becoming root inside had reset it */
		if (getppid() != parent)
			_exit(1);
		pid = spawn(c, p, &err);
	}
	if (pid < 0) {
		answer_error(p->answer[1], &err);
		_exit(1);
	}
	close_pipes(p);
	_exit(proc_wait(pid));
}

static pid_t start(struct context *c, struct pipes *p, bool needs_userns, struct err *err)
{
	pid_t parent = getpid(), pid;

	if (c->in_userns || !needs_userns)
		return spawn(c, p, err);
	pid = fork();
	if (pid == 0)
		run_inside(c, p, parent);
	return pid < 0 ? err_sys(err, "start podlite-transfer: fork") : pid;
}

/* ---- Ctrl-C: the worker is asked to give up, and then podlite ends as it would have ---- */

struct interrupt {
	sigset_t old;
	int fd;
	int signo; /* that came, or 0 */
};

static int interrupt_begin(struct interrupt *i, struct err *err)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction was;
	sigset_t set;

	sigemptyset(&set);
	for (size_t k = 0; k < ARRAY_SIZE(signals); k++)
		if (sigaction(signals[k], NULL, &was) == 0 && was.sa_handler != SIG_IGN)
			sigaddset(&set, signals[k]);
	sigprocmask(SIG_BLOCK, NULL, &i->old);
	i->fd = loop_signals(&set);
	return i->fd < 0 ? err_neg(err, i->fd, "podlite-transfer: signals") : 0;
}

static void interrupt_end(struct interrupt *i)
{
	fd_closep(&i->fd);
	sigprocmask(SIG_SETMASK, &i->old, NULL);
	if (!i->signo)
		return;
	signal(i->signo, SIG_DFL);
	raise(i->signo);
}

static void interrupt_take(struct interrupt *i, struct pipes *p)
{
	struct signalfd_siginfo si;

	if (fd_read_some(i->fd, &si, sizeof(si)) != (ssize_t)sizeof(si))
		return;
	if (i->signo) /* twice: at once */
		interrupt_end(i);
	i->signo = (int)si.ssi_signo;
	fd_closep(&p->request[1]);
}

/* What is being asked: the worker's progress is told under this name. */
struct talk {
	struct context *c;
	const char *op, *name;
};

/* Whole lines of progress at the beginning of what came: tell and cut them. */
static int take_progress(const struct talk *t, struct sbuf *answer, struct err *err)
{
	struct request_progress p;
	char *end;
	int r;

	while ((end = memchr(answer->buf, '\n', answer->len))) {
		size_t n = (size_t)(end - answer->buf);

		r = request_progress_parse(answer->buf, n, &p, err);
		if (r <= 0)
			return r;
		report_progress(t->c, t->op, t->name, &p);
		request_progress_done(&p);
		memmove(answer->buf, end + 1, answer->len - n - 1);
		sbuf_setlen(answer, answer->len - n - 1);
	}
	return 0;
}

/* Hand over the request, read the answer to its end. */
static int converse(const struct talk *t, struct pipes *p, struct interrupt *in, const struct sbuf *request, struct sbuf *answer,
	struct err *err)
{
	int r = fd_write_all(p->request[1], request->buf, request->len);
	ssize_t n = 1;

	if (r == -EPIPE)
		r = 0;
	while (!r && n > 0) {
		struct pollfd fds[] = {{.fd = p->answer[0], .events = POLLIN}, {.fd = in->fd, .events = POLLIN}};

		if (poll(fds, 2, -1) < 0)
			continue;
		if (fds[1].revents)
			interrupt_take(in, p);
		if (!fds[0].revents)
			continue;
		sbuf_grow(answer, 64 << 10);
		n = fd_read_some(p->answer[0], answer->buf + answer->len, 64 << 10);
		sbuf_setlen(answer, answer->len + (n > 0 ? (size_t)n : 0));
		if (t->c->status >= 0 && take_progress(t, answer, err) < 0)
			return -1;
		r = n < 0 ? (int)n : answer->len > ANSWER_MAX ? -EFBIG : 0;
	}
	return r < 0 ? err_neg(err, r, "podlite-transfer: read its answer") : 0;
}

static int open_pipes(struct pipes *p, struct err *err)
{
	int r = fd_pipe(p->request);

	if (!r)
		r = fd_pipe(p->answer);
	if (!r)
		return 0;
	close_pipes(p);
	return err_neg(err, r, "podlite-transfer: pipe");
}

static int died(const char *op, const char *text, int status, struct err *err)
{
	if (status > 128)
		err_set(err, EK_SYSTEM, "%s %s: podlite-transfer was killed by signal %d", op, text, status - 128);
	else
		err_set(err, EK_SYSTEM, "%s %s: podlite-transfer ended with status %d and no answer", op, text, status);
	return err_advise(err, "nothing was changed, try again");
}

static void print_request(const struct context *c, const struct request *rq, struct sbuf *ret)
{
	auto_jval struct jval *v = request_emit(rq);

	jval_set_bool(v, "debug", c->debug);
	jval_set_bool(v, "events", c->status >= 0);
	jval_set_int(v, "stall_seconds", c->stall_timeout);
	jval_print(v, false, ret);
	sbuf_addch(ret, '\n');
}

static int run_worker(const struct talk *t, bool needs_userns, int file, const struct sbuf *request, struct sbuf *answer,
	int *ret_status, struct err *err)
{
	struct pipes p = {{-1, -1}, {-1, -1}, file};
	struct interrupt in = {.fd = -1};
	pid_t pid = -1;
	int r = open_pipes(&p, err);

	if (r < 0 || interrupt_begin(&in, err) < 0) {
		close_pipes(&p);
		return -1;
	}
	pid = start(t->c, &p, needs_userns, err);
	fd_closep(&p.request[0]);
	fd_closep(&p.answer[1]);
	r = pid < 0 ? -1 : converse(t, &p, &in, request, answer, err);
	close_pipes(&p);
	if (pid > 0)
		*ret_status = proc_wait(pid);
	interrupt_end(&in);
	return r;
}

int transfer_ask(struct context *c, const struct request *rq, struct request_answer *ret, struct err *err)
{
	return transfer_ask_file(c, rq, -1, ret, err);
}

int transfer_ask_file(struct context *c, const struct request *rq, int file, struct request_answer *ret, struct err *err)
{
	struct talk t = {c, rq->op ? rq->op : "pull", rq->name};
	auto_sbuf struct sbuf request = SBUF_INIT, answer = SBUF_INIT;
	struct request_answer a;
	int status = -1, r;

	print_request(c, rq, &request);
	r = run_worker(&t, rq->root != NULL, file, &request, &answer, &status, err);
	explicit_bzero(request.buf, request.len);
	if (r < 0)
		return -1;
	if (!answer.len)
		return died(t.op, t.name, status, err);
	if (request_answer_parse(answer.buf, answer.len, &a, err) < 0)
		return err_wrap(err, "%s %s: podlite-transfer's answer", t.op, t.name);
	if (a.err.kind != EK_OK) {
		*err = a.err;
		request_answer_done(&a);
		return -1;
	}
	*ret = a;
	return 0;
}

int transfer_run(struct context *c, const char *text, const struct img_pull_opts *o, struct request_answer *ret,
	struct err *err)
{
	struct request rq = pull_request(c, text, o);

	if (transfer_ask(c, &rq, ret, err) < 0)
		return -1;
	c->pulled = true;
	for (size_t i = 0; i < ret->images.n; i++) {
		const char *name = ret->images.v[i].name ? ret->images.v[i].name : text;

		events_image(c, ret->images.v[i].id, name, "pull");
		report_image(c, ret->images.v[i].id, name);
	}
	return 0;
}

int transfer_pull(struct context *c, const char *text, const struct img_pull_opts *o, char ret_id[65],
	char **ret_name, struct err *err)
{
	struct request_answer a;
	int r = 0;

	if (transfer_run(c, text, o, &a, err) < 0)
		return -1;
	if (!a.images.n || strlen(a.images.v[0].id) != 64) {
		r = err_set(err, EK_SYSTEM, "pull %s: podlite-transfer answered without an image", text);
	} else {
		memcpy(ret_id, a.images.v[0].id, 65);
		if (ret_name)
			*ret_name = take_ptr(a.images.v[0].name);
	}
	request_answer_done(&a);
	return r;
}
