#include "podlite/transfer/push_layer.h"

#include <stdio.h>
#include <string.h>

#include "common/alloc.h"
#include "common/fs.h"
#include "common/loop.h"
#include "podlite/transfer/push_stream.h"

enum job_state {
	JOB_TODO,
	JOB_WAIT, /* to try again */
	JOB_SEND,
	JOB_END,  /* all is on its way */
	JOB_DONE,
};

struct job {
	const struct push_layers *p;
	size_t row;
	enum job_state state;
	const struct spec_descriptor *original;
	const struct digest *diff_id;
	struct spec_descriptor *ret;
	unsigned beside; /* how many are sent at once */
	/* JOB_SEND, JOB_END */
	struct push_stream *stream;
	struct registry_upload *upload;
	/* JOB_WAIT */
	unsigned attempts;
	int64_t due;
};

static void show(const struct job *j, enum progress_state state, const char *verb, uint64_t done, uint64_t total)
{
	progress_set(j->p->progress, j->row, &j->original->digest, state, verb, done, total);
	progress_draw(j->p->progress, state == PROGRESS_DONE || state == PROGRESS_SKIPPED);
}

/* ---- what an earlier push made of a layer: digest and size, by compression ---- */

static void made_name(const struct job *j, char ret[128])
{
	snprintf(ret, 128, "made-%s-%d-%d", j->diff_id->hex, (int)j->p->kind, j->p->level);
}

static bool read_made(const struct job *j, struct spec_descriptor *ret)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	unsigned long long size;
	char name[128], hex[65];

	made_name(j, name);
	if (fs_read_file(j->p->store->cache, name, 128, &text) < 0 ||
		sscanf(text.buf, "%64[0-9a-f] %llu", hex, &size) != 2 || !digest_from_hex(hex, &ret->digest))
		return false;
	ret->size = size;
	return true;
}

/* Only a cache: without it the next push makes the layer again. */
static void write_made(const struct job *j, const struct spec_descriptor *d)
{
	auto_free char *text = xasprintf("%s %llu", d->digest.hex, (unsigned long long)d->size);
	char name[128];

	made_name(j, name);
	(void)!fs_write_file(j->p->store->cache, name, text, strlen(text), 0600, 0);
}

/* ---- there already ---- */

/* 1: the registry has it now, 0: not. */
static int find(const struct job *j, const struct digest *d, struct err *err)
{
	int r = registry_blob_exists(j->p->registry, d, err);

	SVEC_EACH(from, j->p->lenders) {
		if (r)
			break;
		r = registry_mount(j->p->registry, d, from, err);
	}
	return r;
}

static enum spec_media media_of(enum compress_kind kind)
{
	return kind == COMPRESS_ZSTD ? SPEC_MEDIA_LAYER_ZSTD : SPEC_MEDIA_LAYER_GZIP;
}

static int find_any(const struct job *j, struct spec_descriptor *ret, struct err *err)
{
	bool usable = !j->p->force || j->original->media == media_of(j->p->kind);
	int r = usable ? find(j, &j->original->digest, err) : 0;

	if (r > 0) {
		ret->digest = j->original->digest;
		ret->size = j->original->size;
		ret->media = j->original->media;
	}
	if (!r && read_made(j, ret)) {
		ret->media = media_of(j->p->kind);
		r = find(j, &ret->digest, err);
	}
	return r;
}

/* ---- sent ---- */

static void stop(struct job *j)
{
	registry_upload_free(take_ptr(j->upload)); /* takes from the stream */
	push_stream_free(take_ptr(j->stream));
}

static int begin(struct job *j, struct err *err)
{
	struct http_source source = {.more = push_stream_take};

	j->stream = push_stream_new(j->p->store, j->diff_id, j->p->kind, j->p->level, j->beside, j->p->registry->http, err);
	source.arg = j->stream;
	j->upload = j->stream ? registry_upload_begin(j->p->registry, &source, err) : NULL;
	if (!j->upload)
		return -1;
	j->state = JOB_SEND;
	return 0;
}

static void show_sent(const struct job *j)
{
	uint64_t done, total;

	push_stream_progress(j->stream, &done, &total);
	if (j->state == JOB_SEND)
		show(j, PROGRESS_BYTES, "sending", done, total);
	else
		show(j, PROGRESS_WORK, "committing", 0, j->ret->size);
}

static void finished(struct job *j)
{
	j->ret->media = media_of(j->p->kind);
	write_made(j, j->ret);
	stop(j);
	j->state = JOB_DONE;
	show(j, PROGRESS_DONE, NULL, j->ret->size, j->ret->size);
	progress_event(j->p->progress, "Copying blob %.12s done", j->ret->digest.hex);
}

static int send_on(struct job *j, struct err *err)
{
	int r = j->state == JOB_END ? 1 : push_stream_ended(j->stream, &j->ret->digest, &j->ret->size, err);

	if (r < 0)
		return -1;
	if (r)
		j->state = JOB_END;
	if (push_stream_ready(j->stream))
		registry_upload_resume(j->upload);
	r = registry_upload_step(j->upload, j->state == JOB_END ? &j->ret->digest : NULL, err);
	if (r > 0)
		finished(j);
	else if (!r)
		show_sent(j);
	return MIN_OF(r, 0);
}

static int step(struct job *j, struct err *err)
{
	if (j->state != JOB_WAIT)
		return send_on(j, err);
	return loop_now_ns() >= j->due ? begin(j, err) : 0;
}

/* A broken upload starts again from the beginning: nobody knows how much of it arrived. */
static int again(struct job *j, struct err *err)
{
	const struct fetch_policy *policy = &j->p->registry->policy;
	int64_t delay = fetch_delay_ns(policy, j->attempts);

	if (err->kind != EK_NETWORK || j->attempts >= policy->retries)
		return err_wrap(err, "layer sha256:%.12s", j->diff_id->hex);
	progress_line(j->p->progress, "blob %.12s: %s; trying again in %lld.%lld s", j->original->digest.hex, err->msg,
		(long long)(delay / 1000000000), (long long)(delay / 100000000 % 10));
	err_clear(err);
	stop(j);
	j->attempts++;
	j->due = loop_now_ns() + delay;
	j->state = JOB_WAIT;
	return 0;
}

/* ---- all of them ---- */

static int start_job(struct job *j, struct err *err)
{
	int r = find_any(j, j->ret, err);

	if (r < 0)
		return err_wrap(err, "layer sha256:%.12s", j->diff_id->hex);
	if (!r)
		return begin(j, err) < 0 ? again(j, err) : 0;
	j->state = JOB_DONE;
	show(j, PROGRESS_SKIPPED, "already exists", 0, j->ret->size);
	progress_event(j->p->progress, "Copying blob %.12s skipped: already exists", j->ret->digest.hex);
	return 0;
}

static bool running(const struct job *j)
{
	return j->state != JOB_TODO && j->state != JOB_DONE;
}

/* Layers on their way to a slow registry make room for others; those that keep the processors busy do not: so the first
 * are with the registry, which writes them to its disk, while the next are made. */
static bool room_for_more(const struct job *jobs, size_t n)
{
	size_t begun = 0, made = 0;

	for (size_t i = 0; i < n; i++) {
		begun += running(&jobs[i]);
		made += jobs[i].stream && push_stream_busy(jobs[i].stream);
	}
	return begun < PUSH_LAYERS_PARALLEL && made < compress_processors();
}

/* How many are at work. */
static int start_jobs(struct job *jobs, size_t n, struct err *err)
{
	int begun = 0;

	for (size_t i = 0; i < n && room_for_more(jobs, n); i++)
		if (jobs[i].state == JOB_TODO && start_job(&jobs[i], err) < 0)
			return -1;
	for (size_t i = 0; i < n; i++)
		begun += running(&jobs[i]);
	return begun;
}

/* Milliseconds that nothing is to be done here. */
static int idle_ms(const struct job *j)
{
	int64_t left = j->due - loop_now_ns();
	int ms;

	if (j->state == JOB_DONE)
		return 0; /* its place is free */
	if (j->state == JOB_WAIT)
		return left <= 0 ? 0 : (int)(left / 1000000 + 1);
	ms = registry_upload_timeout_ms(j->upload);
	return ms < 0 ? INT32_MAX : ms;
}

static int step_jobs(struct job *jobs, size_t n, struct err *err)
{
	int timeout = 1000;

	for (size_t i = 0; i < n; i++) {
		if (!running(&jobs[i]))
			continue;
		if (step(&jobs[i], err) < 0 && again(&jobs[i], err) < 0)
			return -1;
		timeout = MIN_OF(timeout, idle_ms(&jobs[i]));
	}
	return http_pump(jobs[0].p->registry->http, NULL, 0, timeout, err);
}

int push_layers_send(const struct push_layers *p, size_t n, const struct spec_descriptor *originals,
	const struct digest *diff_ids, struct spec_descriptor *ret, struct err *err)
{
	auto_free struct job *jobs = xcalloc(n ? n : 1, sizeof(*jobs));
	int busy;

	for (size_t i = 0; i < n; i++)
		jobs[i] = (struct job){.p = p, .row = i, .original = &originals[i], .diff_id = &diff_ids[i], .ret = &ret[i],
			.beside = (unsigned)MIN_OF(n, compress_processors())};
	progress_rows(p->progress, n);
	while ((busy = start_jobs(jobs, n, err)) > 0)
		if (step_jobs(jobs, n, err) < 0) {
			busy = -1;
			break;
		}
	progress_rows_end(p->progress);
	for (size_t i = 0; i < n; i++)
		stop(&jobs[i]);
	return busy < 0 ? -1 : 0;
}
