/*
 * podlite-transfer: the worker that speaks with registries (architecture.md, Programs). Started by
 * podlite inside the user namespace; request.h describes what goes in and out.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/log.h"
#include "common/userns.h"
#include "net/http.h"
#include "podlite/transfer/broker.h"
#include "podlite/transfer/check_store.h"
#include "podlite/transfer/commit.h"
#include "podlite/transfer/download.h"
#include "podlite/transfer/import_podman.h"
#include "podlite/transfer/load.h"
#include "podlite/transfer/login.h"
#include "podlite/transfer/pull.h"
#include "podlite/transfer/pull_layers.h"
#include "podlite/transfer/push.h"
#include "podlite/transfer/push_list.h"
#include "podlite/transfer/rebuild.h"
#include "podlite/transfer/save.h"
#include "podlite/transfer/search.h"
#include "podlite/transfer/shelves.h"

#define REQUEST_MAX (1u << 20)
#define ANSWER_FD   3
#define ARCHIVE_FD  4 /* with --file */

static int read_request(struct request *rq, struct err *err)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	ssize_t n = 1;
	int r;

	while (n > 0 && (!text.len || text.buf[text.len - 1] != '\n') && text.len < REQUEST_MAX) {
		sbuf_grow(&text, 64 << 10);
		n = fd_read_some(0, text.buf + text.len, 64 << 10);
		sbuf_setlen(&text, text.len + (n > 0 ? (size_t)n : 0));
	}
	if (n <= 0)
		return err_neg(err, n < 0 ? (int)n : -ECONNRESET, "read the request");
	r = request_parse(text.buf, text.len, rq, err);
	explicit_bzero(text.buf, text.len);
	return r < 0 ? err_wrap(err, "request") : 0;
}

static int work_on_store(const struct request *rq, struct store *store, int broker, struct http *http,
	struct regconf *conf, struct request_answer *answer, struct err *err)
{
	struct progress progress = {.quiet = rq->quiet, .live = rq->progress, .events = rq->events ? ANSWER_FD : 0};

	if (rq->op && !strncmp(rq->op, "push", 4)) {
		struct push p = {.rq = rq, .store = store, .http = http, .conf = conf, .progress = &progress};

		return strcmp(rq->op, "push") ? push_list_run(&p, answer, err) : push_run(&p, answer, err);
	}
	if (broker_set_store(broker, store, userns_is_single(), err) < 0)
		return -1;
	struct shelves shelves = {.v = NULL};
	struct pull p = {.rq = rq, .store = store, .http = http, .conf = conf, .progress = &progress,
		.shelves = &shelves, .broker = broker};

	return pull_run(&p, answer, err);
}

/* From here on nobody collects what we are about to name: *ret_hold is closed when that is done. */
static int open_held(const struct request *rq, struct store *ret, int *ret_hold, struct err *err)
{
	if (!rq->root)
		return err_set(err, EK_INVALID, "request: no store");
	if (store_open(rq->root, rq->driver, ret, err) < 0)
		return -1;
	ret->renew = &rq->renew;
	*ret_hold = store_hold(ret, err);
	if (*ret_hold >= 0)
		return 0;
	store_close(ret);
	return -1;
}

static int serve_store(const struct request *rq, int broker, struct http *http, struct regconf *conf,
	struct request_answer *answer, struct err *err)
{
	struct store store = {.root = NULL};
	auto_fd int hold = -1;
	int r;

	if (open_held(rq, &store, &hold, err) < 0)
		return -1;
	r = work_on_store(rq, &store, broker, http, conf, answer, err);
	store_close(&store);
	return r;
}

/* What works on the store and an archive, or on the store alone, without the network. */
static int serve_archive(const struct request *rq, int broker, int archive, struct request_answer *answer, struct err *err)
{
	struct progress progress = {.quiet = rq->quiet, .live = rq->progress, .events = rq->events ? ANSWER_FD : 0};
	struct store store = {.root = NULL};
	struct save save = {.rq = rq, .store = &store, .progress = &progress, .archive = archive};
	struct put_layer put = {.store = &store, .broker = broker, .progress = &progress};
	auto_fd int hold = -1;
	int r = -1;

	if (archive < 0 && strcmp(rq->op, "rebuild") && strcmp(rq->op, "copy"))
		return err_set(err, EK_INVALID, "request: no archive");
	if (open_held(rq, &store, &hold, err) < 0)
		return -1;
	if (broker_set_store(broker, &store, userns_is_single(), err) == 0)
		r = !strcmp(rq->op, "save") ? save_run(&save, answer, err)
			: !strcmp(rq->op, "load") ? load_run(rq, &put, archive, answer, err)
			: !strcmp(rq->op, "import-podman") ? import_podman_run(rq, &put, archive, answer, err)
			: !strcmp(rq->op, "rebuild") ? rebuild_run(rq, &put, err)
			: !strcmp(rq->op, "copy") ? shelves_copy(rq, &put, answer, err)
			: commit_run(rq, &put, archive, answer, err);
	store_close(&store);
	return r;
}

/* It holds nothing: what it must hold to be certain, it holds for a moment. */
static int serve_check(const struct request *rq, int out, struct err *err)
{
	struct store store = {.root = NULL};
	int r;

	if (!rq->root || out < 0)
		return err_set(err, EK_INVALID, "request: no store or nowhere to write to");
	if (store_open(rq->root, rq->driver, &store, err) < 0)
		return -1;
	r = check_store(rq, &store, out, err);
	store_close(&store);
	return r;
}

static int serve_network(const struct request *rq, int broker, int archive, struct request_answer *answer, struct err *err)
{
	struct http_opts opts = {.user_agent = "podlite", .cancel_fd = 0, .streams = PULL_LAYERS_PARALLEL,
		.stall_timeout = (long)rq->stall_seconds};
	auto_cleanup(http_autop) struct http *http = http_new(&opts);
	struct regconf conf = {.search_set = false};
	struct progress quiet = {.quiet = true}, shown = {.quiet = rq->quiet, .live = rq->progress, .events = rq->events ? ANSWER_FD : 0};
	struct pull manifest = {.rq = rq, .http = http, .conf = &conf, .progress = &quiet};
	int r;

	if (regconf_load(&conf, err) < 0)
		return -1;
	if (conf.version1)
		log_warn("registries.conf: [registries.search] and the like are version 1 of the file; write unqualified-search-registries "
			 "and [[registry]] instead");
	if (!rq->op || !strcmp(rq->op, "pull") || !strncmp(rq->op, "push", 4))
		r = serve_store(rq, broker, http, &conf, answer, err);
	else if (!strcmp(rq->op, "manifest") || !strcmp(rq->op, "describe"))
		r = pull_run(&manifest, answer, err);
	else if (!strcmp(rq->op, "search"))
		r = search_run(rq, http, &conf, answer, err);
	else if (!strcmp(rq->op, "download"))
		r = download_run(rq, http, &shown, archive, err);
	else if (!strcmp(rq->op, "login"))
		r = login_run(rq, http, &conf, answer, err);
	else
		r = err_set(err, EK_INVALID, "request: unknown operation");
	regconf_done(&conf);
	return r;
}

static int serve(const struct request *rq, int broker, int archive, struct request_answer *answer, struct err *err)
{
	static const char *const with_archive[] = {"save", "load", "commit", "import", "import-podman", "rebuild",
		"copy"};

	for (size_t i = 0; rq->op && i < ARRAY_SIZE(with_archive); i++)
		if (!strcmp(rq->op, with_archive[i]))
			return serve_archive(rq, broker, archive, answer, err);
	if (rq->op && !strcmp(rq->op, "check"))
		return serve_check(rq, archive, err);
	if (rq->op && !strcmp(rq->op, "stores"))
		return shelves_list(rq, answer, err);
	return serve_network(rq, broker, archive, answer, err);
}

static int reply(const struct request_answer *a)
{
	auto_jval struct jval *v = request_answer_emit(a);
	auto_sbuf struct sbuf text = SBUF_INIT;

	jval_print(v, false, &text);
	sbuf_addch(&text, '\n');
	return fd_write_all(ANSWER_FD, text.buf, text.len);
}

int main(int argc, char **argv)
{
	int archive = argc == 2 && !strcmp(argv[1], "--file") ? ARCHIVE_FD : -1;
	struct request rq = {.name = NULL};
	struct request_answer answer = {.err = ERR_INIT};
	struct err err = ERR_INIT;
	auto_fd int broker = -1;
	bool ok;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* what a ulimit does not let us write is an error with its words */
	/* Ctrl-C reaches podlite too, which ends the request: then we clean up */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	prctl(PR_SET_DUMPABLE, 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (archive >= 0)
		fd_set_cloexec(archive, true);
	broker = broker_start(archive, &err); /* before there is a secret in this memory */
	ok = broker >= 0 && read_request(&rq, &err) == 0;
	if (ok && rq.debug)
		log_setup(LOG_DEBUG_, 2);
	if (ok && serve(&rq, broker, archive, &answer, &err) < 0)
		ok = false;
	answer.err = err;
	if (ok)
		err_clear(&answer.err);
	if (reply(&answer) < 0)
		ok = false;
	request_answer_done(&answer);
	request_done(&rq);
	return ok ? 0 : 1;
}
