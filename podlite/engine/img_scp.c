#include "podlite/engine/img_scp.h"

#include <signal.h>
#include <string.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/proc.h"
#include "podlite/engine/img_archive.h"

#define SEPARATOR "::"

/* ---- ends ---- */

/* It becomes a word of a command line that the shell over there reads. */
static bool is_plain(const char *name)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/:@-";

	return *name && *name != '-' && name[strspn(name, plain)] == '\0';
}

/* The last "::" in it: an IPv6 address may have others before. */
static const char *find_separator(const char *text)
{
	const char *at = NULL;

	for (const char *p = strstr(text, SEPARATOR); p; p = strstr(p + 1, SEPARATOR))
		at = p;
	return at;
}

int img_scp_parse(const char *text, struct img_scp_end *ret, struct err *err)
{
	const char *at = find_separator(text), *image = at ? at + strlen(SEPARATOR) : text;
	auto_free char *host = at ? xstrndup(text, (size_t)(at - text)) : NULL;

	if (host && (!*host || *host == '-'))
		return err_set(err, EK_USAGE, "image scp %s: expected HOST::[IMAGE], the host as ssh takes it", text);
	if (*image ? !is_plain(image) : !at)
		return err_set(err, EK_USAGE, "image scp %s: \"%s\" is not an image's name", text, image);
	ret->host = take_ptr(host);
	ret->image = *image ? xstrdup(image) : NULL;
	return 0;
}

void img_scp_end_done(struct img_scp_end *e)
{
	free(e->host);
	free(e->image);
	*e = (struct img_scp_end){NULL, NULL};
}

/* ---- ssh ---- */

struct ssh {
	pid_t pid; /* -1: none */
	const char *host;
};

/* in, out: its standard input and output, -1: /dev/null, ours. */
static int ssh_start(struct ssh *s, const char *host, char *command, int in, int out, struct err *err)
{
	auto_free char *path = proc_find_program("ssh");
	char *argv[] = {(char *)"ssh", (char *)"--", (char *)host, command, NULL};
	const struct proc_fd fds[] = {{out < 0 ? 1 : out, 1}, {2, 2}, {in, 0}};
	const struct proc_spec spec = {.path = path, .argv = argv, .fds = fds, .nfds = ARRAY_SIZE(fds) - (in < 0),
		.death_signal = SIGTERM};

	s->host = host;
	if (!path)
		return err_set(err, EK_UNSUPPORTED, "image scp: there is no program ssh");
	s->pid = proc_spawn(&spec, err);
	return s->pid < 0 ? -1 : 0;
}

/* Its failure goes before one here, as either may have followed from the other; an EPIPE, or that there was no podlite to
 * make an archive, surely has. */
static int ssh_end(struct ssh *s, int r, struct err *err)
{
	int status = s->pid > 0 ? proc_wait(s->pid) : 0;

	s->pid = -1;
	if (!status)
		return r;
	if (r < 0 && err->sys != EPIPE && status != 127)
		return err_wrap(err, "image scp: ssh to %s ended with status %d, see above, and", s->host, status);
	err_set(err, EK_NETWORK, "image scp: ssh to %s ended with status %d, see above", s->host, status);
	return status == 127 ? err_advise(err, "podlite must be installed there and be in its PATH") : -1;
}

/* ---- what is done at the ends ---- */

static char *save_command(const char *image)
{
	return xasprintf("podlite save -q --format oci-archive %s", image);
}

static char *load_command(bool quiet)
{
	return xasprintf("podlite load%s", quiet ? " -q" : "");
}

static char *path_of(int fd)
{
	return xasprintf("/proc/self/fd/%d", fd);
}

static int save_here(struct context *c, char *image, bool quiet, int out, struct err *err)
{
	auto_free char *path = path_of(out);
	const struct img_save_opts o = {.format = "oci-archive", .output = path, .quiet = quiet};

	return img_archive_save(c, &o, 1, &image, err);
}

static int load_here(struct context *c, bool quiet, int in, struct request_answer *ret, struct err *err)
{
	auto_free char *path = path_of(in);

	return img_archive_load(c, path, quiet, ret, err);
}

static int run(struct context *c, const struct img_scp_end *from, const struct img_scp_end *to, bool quiet, int p[2],
	struct request_answer *ret, struct err *err)
{
	auto_free char *save = save_command(from->image), *load = load_command(quiet);
	struct ssh saver = {.pid = -1}, loader = {.pid = -1};
	int r = 0;

	if (from->host)
		r = ssh_start(&saver, from->host, save, -1, p[1], err);
	if (!r && to->host)
		r = ssh_start(&loader, to->host, load, p[0], -1, err);
	/* each end is open only where it is used, so that either side sees the other go */
	if (to->host)
		fd_closep(&p[0]);
	if (!r && !from->host)
		r = save_here(c, from->image, quiet, p[1], err);
	fd_closep(&p[1]);
	if (!r && !to->host)
		r = load_here(c, quiet, p[0], ret, err);
	fd_closep(&p[0]);
	r = ssh_end(&loader, r, err);
	return ssh_end(&saver, r, err);
}

static int check(const struct img_scp_end *from, const struct img_scp_end *to, struct err *err)
{
	if (!from->image)
		return err_set(err, EK_USAGE, "image scp: name the image to copy: HOST::IMAGE, or IMAGE HOST::");
	if (to->image)
		return err_set(err, EK_USAGE, "image scp: the image keeps its name; the destination is HOST:: alone");
	if (!from->host && !to->host)
		return err_set(err, EK_USAGE, "image scp: %s is here already; name where to: HOST::", from->image);
	return 0;
}

int img_scp(struct context *c, const struct img_scp_end *from, const struct img_scp_end *to, bool quiet,
	struct request_answer *ret, struct err *err)
{
	struct request_answer got = {.err = ERR_INIT};
	int p[2], r;

	if (check(from, to, err) < 0)
		return -1;
	r = fd_pipe(p);
	if (r < 0)
		return err_neg(err, r, "image scp: pipe");
	r = run(c, from, to, quiet, p, &got, err);
	if (r < 0)
		request_answer_done(&got);
	else
		*ret = got;
	return r;
}
