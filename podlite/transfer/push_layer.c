#include "podlite/transfer/push_layer.h"

#include <stdio.h>
#include <string.h>

#include "common/alloc.h"
#include "common/fs.h"
#include "common/hash.h"
#include "common/loop.h"
#include "storage/pack.h"

#define READ_SIZE     (256u << 10)
#define MAX_DOUBLINGS 6 /* of the pause, as net/fetch.c */

struct job {
	const struct push_layers *p;
	size_t row;
	const struct spec_descriptor *original;
	const struct digest *diff_id;
	struct registry_upload *upload;
	struct hash *hash;
	uint64_t size;
};

static void show(const struct job *j, enum progress_state state, const char *verb, uint64_t done, uint64_t total)
{
	char name[32];

	snprintf(name, sizeof(name), "blob %.12s", j->original->digest.hex);
	progress_set(j->p->progress, j->row, name, state, verb, done, total);
	progress_draw(j->p->progress, state != PROGRESS_BYTES);
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

	hash_add(j->hash, data, n);
	j->size += n;
	return registry_upload_write(j->upload, data, n, err);
}

static int stream(struct job *j, struct pack *pack, struct compress *c, struct err *err)
{
	auto_free char *buf = xmalloc(READ_SIZE);
	uint64_t done = 0;
	ssize_t n;

	while ((n = pack_read(pack, buf, READ_SIZE, err)) > 0) {
		if (compress_add(c, buf, (size_t)n, on_bytes, j, err) < 0)
			return -1;
		done += (size_t)n;
		show(j, PROGRESS_BYTES, "sending", done, pack_size(pack));
	}
	return n < 0 ? -1 : compress_end(c, on_bytes, j, err);
}

static int send_once(struct job *j, struct spec_descriptor *ret, struct err *err)
{
	auto_cleanup(pack_closep) struct pack *pack = pack_open(j->p->store, j->diff_id, err);
	auto_cleanup(compress_autop) struct compress *c = pack ? compress_new(j->p->kind, j->p->level, err) : NULL;
	int r;

	if (!c)
		return -1;
	j->upload = registry_upload_begin(j->p->registry, err);
	if (!j->upload)
		return -1;
	j->hash = hash_new();
	j->size = 0;
	r = stream(j, pack, c, err);
	hash_finish(j->hash, &ret->digest);
	ret->size = j->size;
	ret->media = media_of(j->p->kind);
	show(j, PROGRESS_WORK, "committing", 0, j->size);
	if (!r)
		r = registry_upload_end(j->upload, &ret->digest, err);
	hash_free(j->hash);
	registry_upload_free(j->upload);
	return r;
}

static int pause_for(const struct push_layers *p, int64_t ns, struct err *err)
{
	for (int64_t end = loop_now_ns() + ns, now; (now = loop_now_ns()) < end;)
		if (http_pump(p->registry->http, NULL, 0, (int)MIN_OF((end - now) / 1000000 + 1, (int64_t)1000), err) < 0)
			return -1;
	return 0;
}

/* A broken upload starts again from the beginning: nobody knows how much of it arrived. */
static int send(struct job *j, struct spec_descriptor *ret, struct err *err)
{
	const struct fetch_policy *policy = &j->p->registry->policy;
	int64_t delay = policy->delay_ns ? policy->delay_ns : 1000000000;

	for (unsigned attempt = 0;; attempt++) {
		struct err why = ERR_INIT;

		if (send_once(j, ret, &why) == 0) {
			write_made(j, ret);
			return 0;
		}
		*err = why;
		if (why.kind != EK_NETWORK || attempt >= policy->retries)
			return -1;
		progress_line(j->p->progress, "blob %.12s: %s; trying again in %lld.%lld s", j->original->digest.hex,
			why.msg, (long long)(delay / 1000000000), (long long)(delay / 100000000 % 10));
		if (pause_for(j->p, delay, err) < 0)
			return -1;
		if (attempt < MAX_DOUBLINGS)
			delay *= 2;
	}
}

int push_layer(const struct push_layers *p, size_t row, const struct spec_descriptor *original,
	const struct digest *diff_id, struct spec_descriptor *ret, struct err *err)
{
	struct job j = {.p = p, .row = row, .original = original, .diff_id = diff_id};
	int r = find_any(&j, ret, err);

	if (r > 0) {
		show(&j, PROGRESS_SKIPPED, "already exists", 0, ret->size);
		progress_event(p->progress, "Copying blob %.12s skipped: already exists", ret->digest.hex);
		return 0;
	}
	if (!r)
		r = send(&j, ret, err);
	if (r < 0)
		return err_wrap(err, "layer sha256:%.12s", diff_id->hex);
	show(&j, PROGRESS_DONE, NULL, ret->size, ret->size);
	progress_event(p->progress, "Copying blob %.12s done", ret->digest.hex);
	return 0;
}
