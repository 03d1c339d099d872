#include "net/credhelper.h"

#include <string.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/jval.h"
#include "common/proc.h"

#define ANSWER_MAX (1u << 20)
#define INPUT_MAX  (60u << 10) /* fits the pipe, so that nobody waits for a reader */
#define TOKEN_USER "<token>"

static char *find_program(const char *helper, struct err *err)
{
	auto_free char *name = xasprintf("docker-credential-%s", helper);
	char *program;

	if (!*helper || strlen(helper) > 64 ||
		helper[strspn(helper, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")]) {
		err_set(err, EK_INVALID, "credential helper: the name may hold letters, digits, '_' and '-' only");
		return NULL;
	}
	program = proc_find_program(name);
	if (!program)
		err_set(err, EK_NOT_FOUND, "credential helper %s is not installed", name);
	return program;
}

/* Exit status of the helper, or -1. */
static int run(const char *helper, const char *verb, const char *input, size_t n, struct sbuf *out, struct err *err)
{
	auto_free char *program = find_program(helper, err);
	char *argv[] = {program, (char *)verb, NULL};
	auto_fd int in = -1, put = -1;
	int p[2], r;

	if (!program)
		return -1;
	if (n > INPUT_MAX)
		return err_set(err, EK_INVALID, "credential helper docker-credential-%s: more than %u bytes to hand over", helper, INPUT_MAX);
	r = fd_pipe(p);
	if (r < 0)
		return err_neg(err, r, "credential helper docker-credential-%s: pipe", helper);
	in = p[0];
	put = p[1];
	r = fd_write_all(put, input, n);
	fd_closep(&put);
	if (r < 0)
		return err_neg(err, r, "credential helper docker-credential-%s: write", helper);
	struct proc_fd fds[] = {{in, 0}};
	struct proc_spec spec = {.path = program, .argv = argv, .fds = fds, .nfds = 1, .death_signal = SIGKILL};

	r = proc_capture(&spec, ANSWER_MAX, out, NULL, err);
	return r < 0 ? err_wrap(err, "credential helper docker-credential-%s", helper) : r;
}

static int read_answer(const struct sbuf *text, struct auth_creds *ret, struct err *err)
{
	auto_jval struct jval *v = jval_parse(text->buf, text->len, 0, NULL);
	const char *user = jval_get_str(v, "Username", NULL), *secret = jval_get_str(v, "Secret", NULL);

	if (!user || !secret)
		return err_set(err, EK_INVALID, "its answer is not {\"Username\", \"Secret\"}");
	if (!strcmp(user, TOKEN_USER)) {
		ret->identity = xstrdup(secret);
	} else {
		ret->user = xstrdup(user);
		ret->password = xstrdup(secret);
	}
	return 1;
}

int credhelper_get(const char *helper, const char *server, struct auth_creds *ret, struct err *err)
{
	auto_sbuf struct sbuf out = SBUF_INIT;
	int r = run(helper, "get", server, strlen(server), &out, err);

	if (r > 0) /* "credentials not found" is the usual reason: go on without */
		return 0;
	if (r < 0)
		return -1;
	r = read_answer(&out, ret, err);
	explicit_bzero(out.buf, out.len);
	return r < 0 ? err_wrap(err, "credential helper docker-credential-%s", helper) : r;
}

int credhelper_store(const char *helper, const char *server, const struct auth_creds *c, struct err *err)
{
	auto_jval struct jval *v = jval_new_object();
	auto_sbuf struct sbuf text = SBUF_INIT;
	int r;

	jval_set_str(v, "ServerURL", server);
	jval_set_str(v, "Username", c->identity ? TOKEN_USER : c->user);
	jval_set_str(v, "Secret", c->identity ? c->identity : c->password);
	jval_print(v, false, &text);
	r = run(helper, "store", text.buf, text.len, NULL, err);
	explicit_bzero(text.buf, text.len);
	if (r > 0)
		return err_set(err, EK_SYSTEM, "credential helper docker-credential-%s: store ended with status %d", helper, r);
	return r;
}

int credhelper_erase(const char *helper, const char *server, struct err *err)
{
	int r = run(helper, "erase", server, strlen(server), NULL, err);

	return r < 0 ? -1 : r == 0;
}
