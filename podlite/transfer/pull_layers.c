#include "podlite/transfer/pull_layers.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/hash.h"
#include "common/loop.h"
#include "common/units.h"
#include "podlite/transfer/broker.h"
#include "storage/flusher.h"
#include "storage/partial.h"

#define BUSY_POLL_MS 50
#define EARLIER_READ FEED_SLOT
#define EARLIER_STEP (1 << 20) /* then others have their turn */

enum job_state {
	JOB_TODO,
	JOB_FETCH,  /* bytes come in */
	JOB_FINISH, /* all bytes are in the feed: the unpacker's answer is awaited */
	JOB_DONE,
};

struct job {
	const struct pull_layers *p;
	struct flusher *flusher; /* one for all */
	bool *slow;              /* for all: is the network what the last one asked waits for? */
	const struct spec_descriptor *blob;
	const struct digest *diff_id;
	enum job_state state;
	bool busy;               /* another pull is fetching it */
	bool skipped;            /* it is in the store */
	bool verify_only;        /* the layer is there: is this blob really the same bytes? */
	struct layer_stage stage;
	struct unpacker unpacker;
	struct err unpack_err;   /* the unpacker gave up, the rest is only hashed */
	struct partial partial;
	uint64_t earlier;        /* bytes that an earlier pull left */
	uint64_t piece, piece_end; /* the next of them, or those that are taken now; UINT64_MAX: no more */
	struct fetch *fetch;     /* of what comes before the next of them; NULL while they are taken */
	bool led_astray;         /* by an answer that was no bytes: it says nothing about those that came */
	struct hash *hash;
	uint64_t bytes;
	bool paused;
	bool keep;               /* what comes now */
	int64_t since_ns, idle_ns; /* of so much time the download was so long paused */
	int64_t paused_ns;       /* when it was paused last */
};

/* ---- which blob holds which layer: recorded only after both digests were computed (R16) ---- */

static void known_name(const struct digest *blob, char ret[80])
{
	snprintf(ret, 80, "blob-%s", blob->hex);
}

static bool blob_is_known(const struct job *j)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	struct layer_info info;
	char name[80];

	if (layer_read(j->p->store, j->diff_id, &info, NULL) == 0 && digest_equal(&info.blob, &j->blob->digest))
		return info.blob_size == j->blob->size; /* fetching it will say what is wrong with the size */
	known_name(&j->blob->digest, name);
	return !fs_read_file(j->p->store->cache, name, 64, &text) && !strcmp(text.buf, j->diff_id->hex);
}

static int remember_blob(const struct job *j, struct err *err)
{
	char name[80];
	int r;

	known_name(&j->blob->digest, name);
	r = fs_write_file(j->p->store->cache, name, j->diff_id->hex, 64, 0600, 0);
	return r < 0 ? err_neg(err, r, "remember layer %.12s", j->diff_id->hex) : 0;
}

/* ---- one layer ---- */

static void job_init(struct job *j, const struct pull_layers *p, struct flusher *flusher, bool *slow,
	const struct spec_descriptor *blob, const struct digest *diff_id)
{
	*j = (struct job){.p = p, .flusher = flusher, .slow = slow, .blob = blob, .diff_id = diff_id,
		.unpacker = UNPACKER_INIT, .partial = PARTIAL_NONE};
}

/* A place to unpack a layer that is there already, to be thrown away. */
static int begin_verify(struct job *j, struct err *err)
{
	int r;

	j->verify_only = true;
	j->stage = (struct layer_stage){.diff_id = *j->diff_id, .diff = -1, .lock = -1};
	if (store_stage(j->p->store, &j->stage.stage, err) < 0)
		return -1;
	r = fs_mkdir(j->stage.stage.fd, "diff", 0755);
	if (!r)
		r = j->stage.diff = fd_open_dir(j->stage.stage.fd, "diff");
	return r < 0 ? err_neg(err, r, "layer %.12s: make directory", j->diff_id->hex) : 0;
}

/* There are bytes that wait for the unpacker: no more are asked for. */
static bool waits(const struct job *j)
{
	return feed_waits(&j->unpacker.feed);
}

/* What the unpacker said before it left. A broken stream may just be a wrong blob, so that the
 * rest is still hashed: the digest is then the better news. */
static int unpacker_gone(struct job *j, struct err *err)
{
	struct layer_info info;

	if (layer_finish_unpack(&j->stage, &j->unpacker.u, &info, NULL, &j->unpack_err) == 0)
		err_set(&j->unpack_err, EK_SYSTEM, "layer %.12s: the unpacker stopped early", j->diff_id->hex);
	if (j->unpack_err.kind == EK_INVALID && !j->earlier)
		return 0;
	*err = j->unpack_err;
	return -1;
}

/* Tell the unpacker what there is for it; last: all of it. 1: some of it waits. */
static int tell(struct job *j, bool last, struct err *err)
{
	int r = feed_tell(&j->unpacker.feed, last);

	if (r == -EAGAIN)
		return 1;
	return r < 0 ? unpacker_gone(j, err) : 0;
}

/* For the unpacker and the hash, when there is room. */
static int take(struct job *j, const void *data, size_t n, struct err *err)
{
	if (n > FEED_SLOT) /* curl gives CURL_MAX_WRITE_SIZE */
		return err_set(err, EK_SYSTEM, "layer %.12s: %zu bytes came at once", j->diff_id->hex, n);
	feed_add(&j->unpacker.feed, data, n);
	if (tell(j, false, err) < 0)
		return -1;
	hash_add(j->hash, data, n);
	flusher_add(j->flusher, n);
	j->bytes += n;
	return 0;
}

/* Is the network what the layer waits for? If its unpacker is the slower one, going on from a file is no quicker than
 * fetching again, and writing the file would take time from the unpacker. What was long ago counts less and less. */
static bool network_is_slow(struct job *j)
{
	int64_t span = loop_now_ns() - j->since_ns;
	bool slow = j->idle_ns <= span / 2;

	j->since_ns += span / 2;
	j->idle_ns /= 2;
	return slow;
}

/* For the next pull; every PARTIAL_PART it is decided anew, where nothing is known yet as for the others. */
static void keep(struct job *j, uint64_t at, const char *data, size_t n)
{
	while (n) {
		size_t part = (size_t)MIN_OF(n, PARTIAL_PART - at % PARTIAL_PART);

		if (at % PARTIAL_PART == 0 && at)
			j->keep = *j->slow = network_is_slow(j);
		if (j->keep)
			partial_add(&j->partial, at, data, part);
		at += part;
		data += part;
		n -= part;
	}
}

static void pause_fetch(struct job *j)
{
	if (!j->paused)
		j->paused_ns = loop_now_ns();
	j->paused = true;
}

static enum http_take on_data(void *arg, const void *data, size_t n, struct err *err)
{
	struct job *j = arg;
	uint64_t at = j->bytes;

	if (at >= j->piece)
		return HTTP_PAUSE; /* the fetch is ended as soon as it can be */
	if (feed_is_full(&j->unpacker.feed)) {
		pause_fetch(j);
		return HTTP_PAUSE;
	}
	if (take(j, data, n, err) < 0)
		return HTTP_ABORT;
	keep(j, at, data, n);
	if (!waits(j))
		return HTTP_TAKEN;
	pause_fetch(j);
	return HTTP_ENOUGH;
}

static bool is_in_piece(const struct job *j)
{
	return j->bytes >= j->piece && j->bytes < j->piece_end;
}

/* From here on: what an earlier pull left comes next, or behind what is asked for now. */
static void go_on(struct job *j)
{
	fetch_end(j->fetch);
	j->fetch = NULL;
	j->paused = false;
	if (!partial_find(&j->partial, j->bytes, &j->piece, &j->piece_end))
		j->piece = j->piece_end = UINT64_MAX;
	if (is_in_piece(j) || (j->bytes == j->blob->size && j->earlier))
		return;
	j->since_ns = loop_now_ns();
	j->idle_ns = 0;
	j->keep = *j->slow;
	j->fetch = registry_blob_start(j->p->registry, &j->blob->digest, j->blob->size, j->bytes, on_data, j);
}

/* What an earlier pull left of it goes the way of all bytes. */
static int take_earlier(struct job *j, struct err *err)
{
	char buf[EARLIER_READ];
	uint64_t stop = MIN_OF(j->piece_end, j->bytes + EARLIER_STEP);

	while (j->bytes < stop && !waits(j)) {
		ssize_t n = partial_read(&j->partial, j->bytes, buf, MIN_OF(sizeof(buf), stop - j->bytes));

		if (n <= 0)
			return err_set(err, EK_INVALID, "blob sha256:%.12s: what an earlier pull left cannot be read",
				j->blob->digest.hex);
		if (take(j, buf, (size_t)n, err) < 0)
			return -1;
	}
	if (j->bytes == j->piece_end)
		go_on(j);
	return 0;
}

static uint64_t count_earlier(const struct partial *p)
{
	uint64_t sum = 0, begin, end;

	for (uint64_t at = 0; partial_find(p, at, &begin, &end); at = end)
		sum += end - begin;
	return sum;
}

static int start_fetch(struct job *j, struct err *err)
{
	char size[32];

	j->state = JOB_FETCH; /* from here job_done drops the stage */
	j->stage.beside = (unsigned)MIN_OF(j->p->manifest->nlayers, (size_t)PULL_LAYERS_PARALLEL);
	if (broker_unpack(j->p->broker, &j->stage, &j->unpacker, err) < 0)
		return -1;
	fd_set_nonblock(j->unpacker.feed.pipe, true);
	j->hash = hash_new();
	partial_open(j->p->store, &j->blob->digest, j->blob->size, j->p->need, &j->partial);
	j->earlier = count_earlier(&j->partial);
	go_on(j);
	if (!j->earlier)
		return 0;
	units_print_size_short(j->earlier, 4, size, sizeof(size));
	progress_event(j->p->progress, "Copying blob %.12s: going on from %s of an earlier pull", j->blob->digest.hex, size);
	return 0;
}

static int start_job(struct job *j, struct err *err)
{
	int r = layer_try_begin(j->p->store, j->diff_id, &j->stage, err);

	if (r < 0)
		return -1;
	j->busy = r == 2;
	if (j->busy)
		return 0;
	if (r == 1 && blob_is_known(j)) {
		j->state = JOB_DONE;
		j->skipped = true;
		progress_event(j->p->progress, "Copying blob %.12s skipped: already exists", j->blob->digest.hex);
		return 0;
	}
	if (r == 1 && begin_verify(j, err) < 0) {
		layer_abort(j->p->store, &j->stage);
		return -1;
	}
	return start_fetch(j, err);
}

/* All bytes came: are they the ones that were asked for? */
static int check_blob(struct job *j, struct err *err)
{
	struct digest found;

	hash_finish(j->hash, &found);
	if (digest_expect(&j->blob->digest, &found, err) < 0)
		return err_wrap(err, "blob sha256:%.12s", j->blob->digest.hex);
	if (j->unpack_err.kind != EK_OK) {
		*err = j->unpack_err;
		return -1;
	}
	return 0;
}

static int finish_job(struct job *j, struct err *err)
{
	struct layer_info info;
	struct layer_result res;

	if (layer_finish_unpack(&j->stage, &j->unpacker.u, &info, &res, err) < 0)
		return -1;
	info.blob = j->blob->digest;
	info.blob_size = j->blob->size;
	if (j->verify_only) {
		if (remember_blob(j, err) < 0)
			return -1;
		partial_drop(&j->partial);
		layer_abort(j->p->store, &j->stage);
	} else {
		partial_drop(&j->partial); /* now, so that the commit does not bring it to the disk */
		if (layer_commit(j->p->store, &j->stage, &info, err) < 0)
			return -1;
	}
	j->state = JOB_DONE;
	progress_event(j->p->progress, "Copying blob %.12s done", j->blob->digest.hex);
	if (res.skipped_devices)
		progress_line(j->p->progress, "blob %.12s: %u device nodes left out (an unprivileged user cannot make them)",
			j->blob->digest.hex, res.skipped_devices);
	return 0;
}

static int step_fetch(struct job *j, struct err *err)
{
	int r;

	if (tell(j, false, err) < 0)
		return -1;
	if (j->paused && !waits(j)) {
		j->paused = false;
		j->idle_ns += loop_now_ns() - j->paused_ns;
		fetch_resume(j->fetch);
	}
	if (j->fetch && j->bytes >= j->piece)
		go_on(j);
	if (is_in_piece(j))
		return take_earlier(j, err);
	r = j->fetch ? fetch_step(j->fetch, err) : 1;
	if (r < 0) {
		j->led_astray = fetch_status(j->fetch) >= 300;
		return err_wrap(err, "blob sha256:%.12s", j->blob->digest.hex);
	}
	if (r == 0)
		return 0;
	r = tell(j, true, err);
	if (r)
		return r < 0 ? -1 : 0;
	if (check_blob(j, err) < 0)
		return -1;
	feed_close(&j->unpacker.feed);
	j->state = JOB_FINISH;
	return 0;
}

/* End what works on it. The stage goes, unless it has become the layer; of the bytes stays what the next pull may use. */
static void job_end(struct job *j)
{
	fetch_end(j->fetch);
	j->fetch = NULL;
	hash_free(j->hash);
	j->hash = NULL;
	broker_end(&j->unpacker);
	partial_close(&j->partial);
	if (j->state == JOB_FETCH || j->state == JOB_FINISH)
		layer_abort(j->p->store, &j->stage);
}

/* Bytes that are not the blob's are of no use to anybody. If an earlier pull left them, perhaps from elsewhere, the blob is
 * fetched whole: true. */
static bool start_over(struct job *j, struct err *err)
{
	if (err->kind != EK_INVALID || j->led_astray)
		return false;
	partial_drop(&j->partial);
	if (!j->earlier)
		return false;
	progress_event(j->p->progress, "Copying blob %.12s: what an earlier pull left is not of it, fetching all of it",
		j->blob->digest.hex);
	job_end(j);
	job_init(j, j->p, j->flusher, j->slow, j->blob, j->diff_id);
	err_clear(err);
	return true;
}

/* ---- all layers ---- */

static int start_jobs(struct job *jobs, size_t n, struct err *err)
{
	size_t running = 0;

	for (size_t i = 0; i < n; i++)
		running += jobs[i].state == JOB_FETCH || jobs[i].state == JOB_FINISH;
	for (size_t i = 0; i < n && running < PULL_LAYERS_PARALLEL; i++) {
		if (jobs[i].state != JOB_TODO)
			continue;
		if (start_job(&jobs[i], err) < 0)
			return -1;
		running += jobs[i].state == JOB_FETCH;
	}
	return 0;
}

static int step_jobs(struct job *jobs, size_t n, struct err *err)
{
	for (size_t i = 0; i < n; i++)
		if (jobs[i].state == JOB_FETCH && step_fetch(&jobs[i], err) < 0 && !start_over(&jobs[i], err))
			return -1;
	return 0;
}

static void set_min(int *timeout, int ms)
{
	if (ms >= 0 && ms < *timeout)
		*timeout = ms;
}

/* Until step_fetch has something to do that no descriptor announces. */
static int fetch_wait_ms(const struct job *j)
{
	if (waits(j))
		return -1;
	return j->bytes >= j->piece || !j->fetch ? 0 : fetch_timeout_ms(j->fetch);
}

/* Wait for the network, for room in a pipe, for an unpacker's answer, or for another pull. */
static int wait_jobs(struct job *jobs, size_t n, struct err *err)
{
	struct pollfd fds[PULL_LAYERS_PARALLEL];
	struct job *owner[PULL_LAYERS_PARALLEL];
	unsigned nfds = 0;
	int timeout = jobs[0].p->progress->nrows ? 200 : 1000;

	for (size_t i = 0; i < n && nfds < PULL_LAYERS_PARALLEL; i++) {
		struct job *j = &jobs[i];

		if (j->state == JOB_TODO && j->busy)
			set_min(&timeout, BUSY_POLL_MS);
		if (j->state == JOB_FETCH)
			set_min(&timeout, fetch_wait_ms(j));
		if (j->state == JOB_FETCH && waits(j))
			fds[nfds] = (struct pollfd){.fd = j->unpacker.feed.pipe, .events = POLLOUT};
		else if (j->state == JOB_FINISH)
			fds[nfds] = (struct pollfd){.fd = j->unpacker.u.result, .events = POLLIN};
		else
			continue;
		owner[nfds++] = j;
	}
	if (http_pump(jobs[0].p->registry->http, fds, nfds, timeout, err) < 0)
		return -1;
	for (unsigned i = 0; i < nfds; i++)
		if (fds[i].revents && owner[i]->state == JOB_FINISH && finish_job(owner[i], err) < 0 &&
			!start_over(owner[i], err))
			return -1;
	return 0;
}

static bool all_done(const struct job *jobs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (jobs[i].state != JOB_DONE)
			return false;
	return true;
}

static void show_job(const struct job *j, size_t i)
{
	static const enum progress_state states[] = {PROGRESS_WAIT, PROGRESS_BYTES, PROGRESS_WORK, PROGRESS_DONE};
	enum progress_state state = j->skipped ? PROGRESS_SKIPPED : j->busy ? PROGRESS_WAIT : states[j->state];
	const char *verb = j->skipped ? "already exists" : j->busy ? "another pull fetches it" :
		j->state == JOB_FINISH ? "unpacking" : j->state == JOB_FETCH ? "fetching" : NULL;

	progress_set(j->p->progress, i, &j->blob->digest, state, verb, j->bytes, j->blob->size);
}

static void show(const struct pull_layers *p, const struct job *jobs, size_t n)
{
	for (size_t i = 0; i < n && p->progress->nrows; i++)
		show_job(&jobs[i], i);
	progress_draw(p->progress, false);
}

int pull_layers_fetch(const struct pull_layers *p, struct err *err)
{
	size_t n = p->manifest->nlayers;
	struct job *jobs = xcalloc(n ? n : 1, sizeof(*jobs));
	struct flusher *flusher = flusher_new(p->store->fd);
	bool slow = true;
	int r = 0;

	for (size_t i = 0; i < n; i++)
		job_init(&jobs[i], p, flusher, &slow, &p->manifest->layers[i], &p->diff_ids[i]);
	progress_rows(p->progress, n);
	while (!r && !all_done(jobs, n)) {
		r = step_jobs(jobs, n, err);
		if (!r)
			r = start_jobs(jobs, n, err);
		show(p, jobs, n);
		if (!r && !all_done(jobs, n))
			r = wait_jobs(jobs, n, err);
	}
	show(p, jobs, n);
	progress_rows_end(p->progress);
	for (size_t i = 0; i < n; i++)
		job_end(&jobs[i]);
	flusher_free(flusher);
	if (r < 0)
		partial_sweep(p->store);
	free(jobs);
	return r;
}
