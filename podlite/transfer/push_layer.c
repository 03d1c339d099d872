#include "podlite/transfer/push_layer.h"

#include <stdio.h>
#include <string.h>

#include "common/alloc.h"
#include "common/fs.h"
#include "common/hash.h"
#include "common/loop.h"
#include "storage/pack.h"

#define READ_SIZE (256u << 10)

enum job_state {
	JOB_TODO,
	JOB_WAIT, /* to try again */
	JOB_SEND, /* its tar is read */
	JOB_END,  /* all is read: the rest is on its way */
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
	struct pack *pack;
	struct compress *compress;
	struct registry_upload *upload;
	struct hash *hash;
	uint64_t size, done; /* sent; read of the tar */
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

static int on_bytes(void *arg, const void *data, size_t n, struct err *err)
{
	struct job *j = arg;

	(void)err;
	hash_add(j->hash, data, n);
	j->size += n;
	registry_upload_write(j->upload, data, n);
	return 0;
}

static void stop(struct job *j)
{
	pack_closep(&j->pack);
	compress_free(take_ptr(j->compress));
	registry_upload_free(take_ptr(j->upload));
	hash_free(take_ptr(j->hash));
}

static int begin(struct job *j, struct err *err)
{
	j->size = j->done = 0;
	j->pack = pack_open(j->p->store, j->diff_id, err);
	j->compress = j->pack ? compress_new(j->p->kind, j->p->level, j->beside, err) : NULL;
	j->upload = j->compress ? registry_upload_begin(j->p->registry, err) : NULL;
	if (!j->upload)
		return -1;
	j->hash = hash_new();
	j->state = JOB_SEND;
	return 0;
}

/* A piece of the tar, or its end. */
static int read_piece(struct job *j, char *buf, struct err *err)
{
	ssize_t n = pack_read(j->pack, buf, READ_SIZE, err);

	if (n < 0)
		return -1;
	if (n > 0) {
		j->done += (size_t)n;
		return compress_add(j->compress, buf, (size_t)n, on_bytes, j, err);
	}
	if (compress_end(j->compress, on_bytes, j, err) < 0)
		return -1;
	hash_finish(j->hash, &j->ret->digest);
	j->ret->size = j->size;
	j->ret->media = media_of(j->p->kind);
	registry_upload_end(j->upload, &j->ret->digest);
	j->state = JOB_END;
	return 0;
}

static void finished(struct job *j)
{
	write_made(j, j->ret);
	stop(j);
	j->state = JOB_DONE;
	show(j, PROGRESS_DONE, NULL, j->ret->size, j->ret->size);
	progress_event(j->p->progress, "Copying blob %.12s done", j->ret->digest.hex);
}

static int step(struct job *j, char *buf, struct err *err)
{
	int r = j->state == JOB_WAIT ? 0 : registry_upload_step(j->upload, err);

	if (r < 0)
		return -1;
	if (r > 0)
		finished(j);
	else if (j->state == JOB_WAIT && loop_now_ns() >= j->due)
		return begin(j, err);
	else if (j->state == JOB_SEND && !registry_upload_full(j->upload))
		return read_piece(j, buf, err);
	if (j->state == JOB_SEND)
		show(j, PROGRESS_BYTES, "sending", j->done, pack_size(j->pack));
	else if (j->state == JOB_END)
		show(j, PROGRESS_WORK, "committing", 0, j->size);
	return 0;
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

static int start_jobs(struct job *jobs, size_t n, struct err *err)
{
	size_t busy = 0;

	for (size_t i = 0; i < n; i++)
		busy += running(&jobs[i]);
	for (size_t i = 0; i < n && busy < PUSH_LAYERS_PARALLEL; i++) {
		if (jobs[i].state != JOB_TODO)
			continue;
		if (start_job(&jobs[i], err) < 0)
			return -1;
		busy += running(&jobs[i]);
	}
	return (int)busy;
}

/* Milliseconds that nothing is to be done here; 0 while a tar can be read on. */
static int idle_ms(const struct job *j)
{
	int64_t left = j->due - loop_now_ns();
	int ms;

	if (j->state == JOB_SEND && !registry_upload_full(j->upload))
		return 0;
	if (j->state == JOB_WAIT)
		return left <= 0 ? 0 : (int)(left / 1000000 + 1);
	ms = registry_upload_timeout_ms(j->upload);
	return ms < 0 ? INT32_MAX : ms;
}

static int step_jobs(struct job *jobs, size_t n, char *buf, struct err *err)
{
	int timeout = 1000;

	for (size_t i = 0; i < n; i++)
		if (running(&jobs[i]) && step(&jobs[i], buf, err) < 0 && again(&jobs[i], err) < 0)
			return -1;
	for (size_t i = 0; i < n; i++)
		if (running(&jobs[i]))
			timeout = MIN_OF(timeout, idle_ms(&jobs[i]));
	return http_pump(jobs[0].p->registry->http, NULL, 0, timeout, err);
}

int push_layers_send(const struct push_layers *p, size_t n, const struct spec_descriptor *originals,
	const struct digest *diff_ids, struct spec_descriptor *ret, struct err *err)
{
	auto_free struct job *jobs = xcalloc(n ? n : 1, sizeof(*jobs));
	auto_free char *buf = xmalloc(READ_SIZE);
	int busy;

	for (size_t i = 0; i < n; i++)
		jobs[i] = (struct job){.p = p, .row = i, .original = &originals[i], .diff_id = &diff_ids[i], .ret = &ret[i],
			.beside = (unsigned)MIN_OF(n, (size_t)PUSH_LAYERS_PARALLEL)};
	progress_rows(p->progress, n);
	while ((busy = start_jobs(jobs, n, err)) > 0)
		if (step_jobs(jobs, n, buf, err) < 0) {
			busy = -1;
			break;
		}
	progress_rows_end(p->progress);
	for (size_t i = 0; i < n; i++)
		stop(&jobs[i]);
	return busy < 0 ? -1 : 0;
}
