/* image_record.c - a record read back (image.h). */
#include <stdio.h>
#include <string.h>

#include "common/alloc.h"
#include "common/fs.h"
#include "common/jval.h"
#include "common/sbuf.h"
#include "storage/image.h"
#include "storage/image_name.h"

#define RECORD_MAX (1u << 20)

/* What says how many layers can be seen, where it is said. */
static void set_seen(struct image *img, uint64_t seen)
{
	img->nseen = seen > img->nlayers ? img->nlayers : seen;
}

/* ---- as image.c writes it, which is nearly always: listing images is mostly this ---- */

static bool skip(const char **p, const char *text)
{
	size_t n = strlen(text);

	if (strncmp(*p, text, n) != 0)
		return false;
	*p += n;
	return true;
}

static bool scan_digest(const char **p, struct digest *ret)
{
	char hex[65];

	if (!skip(p, "\"sha256:") || strnlen(*p, 64) < 64)
		return false;
	memcpy(hex, *p, 64);
	hex[64] = '\0';
	*p += 64;
	return digest_from_hex(hex, ret) && skip(p, "\"");
}

/* As many digits as fit in any case. */
static bool scan_number(const char **p, uint64_t *ret)
{
	size_t n = strspn(*p, "0123456789");

	if (!n || n > 19 || (n > 1 && **p == '0'))
		return false;
	*ret = 0;
	for (; n; n--)
		*ret = *ret * 10 + (uint64_t)(*(*p)++ - '0');
	return true;
}

static bool scan_layers(const char **p, struct image *img)
{
	size_t cap = 0;

	if (img->layers || !skip(p, "["))
		return false;
	do {
		if (img->nlayers == cap) {
			cap = cap ? cap * 2 : 2;
			img->layers = xrealloc(img->layers, cap, sizeof(*img->layers));
		}
		if (!scan_digest(p, &img->layers[img->nlayers]))
			return false;
		img->nlayers++;
	} while (skip(p, ","));
	return skip(p, "]");
}

static bool scan_member(const char **p, struct image *img, uint64_t *seen)
{
	uint64_t created;

	if (skip(p, "\"manifest\":"))
		return scan_digest(p, &img->manifest);
	if (skip(p, "\"index\":"))
		return scan_digest(p, &img->index);
	if (skip(p, "\"config\":"))
		return scan_digest(p, &img->config);
	if (skip(p, "\"layers\":"))
		return scan_layers(p, img);
	if (skip(p, "\"seen\":"))
		return scan_number(p, seen);
	if (skip(p, "\"size\":"))
		return scan_number(p, &img->size);
	if (skip(p, "\"implied\":true"))
		return img->implied = true;
	if (!skip(p, "\"created\":") || !scan_number(p, &created) || created > INT64_MAX)
		return false;
	img->created_ns = (int64_t)created;
	return true;
}

/* False for what JSON allows and image.c does not write, for a list, and for what is damaged. */
static bool scan(const struct sbuf *text, struct image *img)
{
	const char *p = text->buf;
	uint64_t seen = UINT64_MAX;

	if (!skip(&p, "{"))
		return false;
	do
		if (!scan_member(&p, img, &seen))
			return false;
	while (skip(&p, ","));
	if (!skip(&p, "}\n") || p != text->buf + text->len || !img->layers || !digest_is_set(&img->config))
		return false;
	set_seen(img, seen);
	return true;
}

/* ---- anything else ---- */

static void get_digest(const struct jval *v, const char *key, struct digest *ret)
{
	if (!digest_parse(jval_get_str(v, key, ""), ret))
		memset(ret, 0, sizeof(*ret));
}

static int get_layers(const struct jval *v, struct image *img, struct err *err)
{
	const struct jval *layers = jval_get(v, "layers");

	img->nlayers = jval_len(layers);
	img->layers = xcalloc(img->nlayers + 1, sizeof(*img->layers));
	for (size_t i = 0; i < img->nlayers; i++)
		if (!digest_parse(jval_str(jval_at(layers, i), ""), &img->layers[i]))
			return err_set(err, EK_INVALID, "a layer has no digest");
	set_seen(img, jval_uint(jval_get(v, "seen"), img->nlayers));
	return 0;
}

static bool is_or_lacks(const struct jval *v, const char *key, enum jval_type type)
{
	return !jval_get(v, key) || jval_type(jval_get(v, key)) == type;
}

/* Of the shape that commands change; what the values mean is looked at where they are used. */
static int get_list(const struct jval *v, struct image *img, struct err *err)
{
	struct jval *list = jval_get(v, "list"), *entries = jval_get(list, "manifests");
	bool good = is_or_lacks(v, "list", JV_OBJECT) && is_or_lacks(list, "manifests", JV_ARRAY) &&
		is_or_lacks(list, "annotations", JV_OBJECT);
	struct digest digest;

	for (size_t i = 0; good && i < jval_len(entries); i++) {
		const struct jval *e = jval_at(entries, i);

		good = jval_type(e) == JV_OBJECT && is_or_lacks(e, "platform", JV_OBJECT) && is_or_lacks(e, "annotations", JV_OBJECT) &&
			digest_parse(jval_get_str(e, "digest", ""), &digest);
	}
	if (!good)
		return err_set(err, EK_INVALID, "it is no manifest list");
	if (!list && !digest_is_set(&img->config))
		return err_set(err, EK_INVALID, "it is neither an image nor a manifest list");
	img->list = jval_ref(list);
	return 0;
}

static int parse(const struct sbuf *text, struct image *img, struct err *err)
{
	auto_jval struct jval *v = jval_parse(text->buf, text->len, 0, err);

	if (!v)
		return -1;
	get_digest(v, "manifest", &img->manifest);
	get_digest(v, "index", &img->index);
	get_digest(v, "config", &img->config);
	img->size = jval_uint(jval_get(v, "size"), 0);
	img->created_ns = jval_get_int(v, "created", 0);
	img->implied = jval_get_bool(v, "implied", false);
	return get_list(v, img, err) < 0 || get_layers(v, img, err) < 0 ? -1 : 0;
}

static void begin(struct image *img, const char *id)
{
	free(img->layers);
	memset(img, 0, sizeof(*img));
	snprintf(img->id, sizeof(img->id), "%s", id);
}

int image_read(struct store *s, const char *id, struct image *img, struct err *err)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	char file[IMAGE_RECORD_FILE];
	int r;

	img->layers = NULL;
	begin(img, id);
	image_record_file(id, file);
	r = fs_read_file(s->images, file, RECORD_MAX, &text);
	if (r < 0)
		return err_neg(err, r, "image %.12s: read %s", id, file);
	if (scan(&text, img))
		return 0;
	begin(img, id);
	if (parse(&text, img, err) == 0)
		return 0;
	image_done(img);
	begin(img, id);
	err_wrap(err, "image %.12s: its record is damaged", id);
	return err_advise(err, "podlite system check --repair fetches it again if it was pulled, with --force it else removes it");
}
