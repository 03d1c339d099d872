/* image_find.c - from what the user wrote to an image: in the store, or on a list (image.h). */
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/id.h"
#include "storage/image.h"
#include "storage/image_name.h"

/* Where names and ids are looked up: the list, or without one the store. */
struct pool {
	struct store *s;
	const struct image_list *list;
};

/* What a search came to: an id, nothing, or more than one. */
struct match {
	char id[65];
	char name[IMAGE_NAME_MAX + 1]; /* the name's file, "" when found by id */
	bool ambiguous;
};

static void match_add(struct match *m, const char *id, const char *file)
{
	if (m->id[0] && strcmp(m->id, id)) {
		m->ambiguous = true;
		return;
	}
	memcpy(m->id, id, 65);
	snprintf(m->name, sizeof(m->name), "%s", file);
}

static bool match_name(const struct pool *p, const char *name, struct match *m)
{
	char file[IMAGE_NAME_MAX + 1], id[65];

	if (!image_name_file(name, file))
		return false;
	for (size_t i = 0; p->list && i < p->list->n; i++)
		if (svec_has(&p->list->v[i].names, name) || svec_has(&p->list->v[i].digests, name)) {
			match_add(m, p->list->v[i].id, file);
			return true;
		}
	if (p->list || !image_name_id(p->s->names, file, id, NULL))
		return false;
	match_add(m, id, file);
	return true;
}

static void match_prefix_in_store(struct store *s, const char *prefix, struct match *m)
{
	size_t n = strlen(prefix);
	auto_dir DIR *dir = fs_dir(fd_open_dir(s->images, "."));
	const char *file;

	while ((file = fs_dir_next(dir))) {
		char id[65];

		if (!strncmp(file, prefix, n) && image_record_id(file, id))
			match_add(m, id, "");
	}
}

static void match_prefix(const struct pool *p, const char *prefix, struct match *m)
{
	if (!p->list)
		match_prefix_in_store(p->s, prefix, m);
	for (size_t i = 0; p->list && i < p->list->n; i++)
		if (!strncmp(p->list->v[i].id, prefix, strlen(prefix)))
			match_add(m, p->list->v[i].id, "");
}

/* host/path:tag or host/path@digest, as names/ has it; a digest makes the tag meaningless. */
static char *lookup_text(const struct ref *r)
{
	struct ref plain = *r;

	if (digest_is_set(&r->digest))
		plain.tag = NULL;
	return ref_text(&plain, true);
}

static bool match_ref(const struct pool *p, const char *text, struct match *m)
{
	struct ref r = {NULL};
	auto_free char *name = NULL;
	bool found;

	if (ref_parse(text, &r, NULL) < 0)
		return false;
	name = lookup_text(&r);
	found = r.host && match_name(p, name, m);
	ref_done(&r);
	return found;
}

/* A short name: localhost first, then the configured registries, in their order. */
static bool match_search(const struct pool *p, const char *text, const struct svec *search, struct match *m)
{
	auto_free char *local = xasprintf("localhost/%s", text);

	if (match_ref(p, local, m))
		return true;
	for (size_t i = 0; search && i < search->n; i++) {
		auto_free char *full = xasprintf("%s/%s", search->v[i], text);

		if (match_ref(p, full, m))
			return true;
	}
	return false;
}

static bool suffix_fits(const char *name, const struct ref *want)
{
	struct ref r = {NULL};
	bool fits;

	if (ref_parse(name, &r, NULL) < 0)
		return false;
	fits = ref_path_matches(&r, want);
	if (fits && digest_is_set(&want->digest))
		fits = digest_equal(&r.digest, &want->digest);
	else if (fits)
		fits = r.tag && !strcmp(r.tag, want->tag ? want->tag : "latest");
	ref_done(&r);
	return fits;
}

static void match_suffix_in_store(struct store *s, const struct ref *want, struct match *m)
{
	const char *last = strrchr(want->path, '/');
	auto_dir DIR *dir = fs_dir(fd_open_dir(s->names, "."));
	const char *file;
	char id[65];

	last = last ? last + 1 : want->path;
	while ((file = fs_dir_next(dir))) {
		auto_free char *name = file[0] != '.' && strstr(file, last) ? image_name_text(file) : NULL;

		if (name && suffix_fits(name, want) && image_name_id(s->names, file, id, NULL))
			match_add(m, id, file);
	}
}

static void match_suffix_in(const struct image *img, const struct svec *names, const struct ref *want, struct match *m)
{
	char file[IMAGE_NAME_MAX + 1];

	SVEC_EACH(name, names)
		if (suffix_fits(name, want) && image_name_file(name, file))
			match_add(m, img->id, file);
}

/* Last resort for short names: any repository that ends in it. */
static void match_suffix(const struct pool *p, const struct ref *want, struct match *m)
{
	if (!p->list)
		match_suffix_in_store(p->s, want, m);
	for (size_t i = 0; p->list && i < p->list->n; i++) {
		match_suffix_in(&p->list->v[i], &p->list->v[i].names, want, m);
		match_suffix_in(&p->list->v[i], &p->list->v[i].digests, want, m);
	}
}

static void match_text(const struct pool *p, const char *text, const struct svec *search, struct match *m)
{
	bool digest = !strncmp(text, "sha256:", 7);
	struct ref want = {NULL};

	if (digest)
		text += 7;
	if (id_is_prefix(text))
		match_prefix(p, text, m);
	if (m->id[0] || digest)
		return;
	if (ref_parse(text, &want, NULL) < 0)
		return;
	if (want.host)
		match_ref(p, text, m);
	else if (!match_search(p, text, search, m))
		match_suffix(p, &want, m);
	ref_done(&want);
}

static int match(const struct pool *p, const char *text, const struct svec *search, struct match *ret, struct err *err)
{
	*ret = (struct match){.id = ""};
	match_text(p, text, search, ret);
	if (ret->ambiguous)
		return err_set(err, EK_INVALID, "%s: more than one image matches, give more of the id or name",
			text);
	return ret->id[0] ? 0 : err_set(err, EK_NOT_FOUND, "%s: image not known", text);
}

static void set_name(struct image *img, const char *file)
{
	svec_take(strchr(file, '@') ? &img->digests : &img->names, image_name_text(file));
}

static int read_found(struct store *s, const char *text, const char *id, struct image *ret, struct err *err)
{
	struct err why = ERR_INIT;

	if (image_read(s, id, ret, &why) == 0)
		return 0;
	return why.kind == EK_NOT_FOUND ? err_set(err, EK_NOT_FOUND, "%s: image not known", text) : err_take(err, &why);
}

int image_find_quick(struct store *s, const char *text, const struct svec *search, struct image *ret,
	struct err *err)
{
	struct match m;

	if (match(&(struct pool){.s = s}, text, search, &m, err) < 0)
		return -1;
	if (read_found(s, text, m.id, ret, err) < 0)
		return -1;
	if (m.name[0])
		set_name(ret, m.name);
	return 0;
}

int image_find(struct store *s, const char *text, const struct svec *search, struct image *ret, struct err *err)
{
	if (image_find_quick(s, text, search, ret, err) < 0)
		return -1;
	svec_done(&ret->digests);
	if (image_fill_names(s, ret, err) == 0)
		return 0;
	image_done(ret);
	return -1;
}

int image_find_name(struct store *s, const char *name, struct image *ret, struct err *err)
{
	struct match m = {.id = ""};

	if (!match_name(&(struct pool){.s = s}, name, &m))
		return err_set(err, EK_NOT_FOUND, "%s: image not known", name);
	if (read_found(s, name, m.id, ret, err) < 0)
		return -1;
	set_name(ret, m.name);
	return 0;
}

int image_find_in(const struct image_list *list, const char *text, const struct svec *search, size_t *ret,
	char **ret_name, struct err *err)
{
	struct match m;

	if (match(&(struct pool){.list = list}, text, search, &m, err) < 0)
		return -1;
	*ret = 0;
	while (strcmp(list->v[*ret].id, m.id))
		++*ret;
	*ret_name = m.name[0] ? image_name_text(m.name) : NULL;
	return 0;
}
