#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/crc32c.h"
#include "common/fd.h"
#include "common/fs.h"
#include "storage/inventory_tree.h"
#include "storage/pack_index.h"

#define PIECE    (256u << 10)
#define NAME_MAX_ 255

struct work {
	struct inventory_tree tree;
	struct pack_stream *in;
	enum inventory_depth depth;
	inventory_fn fn;
	void *arg;
	char *piece;
	bool stopped;
};

/* --- what was noted ----------------------------------------------------------------------------------------- */

static int get_numbers(struct work *w, uint64_t *v, size_t n, struct err *err)
{
	for (size_t i = 0; i < n; i++)
		if (pack_stream_number(w->in, &v[i], err) < 0)
			return -1;
	return 0;
}

static int get_entry(struct work *w, struct inventory_entry *e, struct err *err)
{
	uint64_t v[6];

	if (get_numbers(w, v, ARRAY_SIZE(v), err) < 0)
		return -1;
	*e = (struct inventory_entry){.mode = v[0], .uid = v[1], .gid = v[2],
		.mtime = (int64_t)(v[3] >> 1 ^ -(v[3] & 1)), .mtime_ns = v[4], .attributes = v[5]};
	if ((S_ISREG(e->mode) || S_ISCHR(e->mode)) && get_numbers(w, &e->size, 1, err) < 0)
		return -1;
	if ((S_ISREG(e->mode) || S_ISLNK(e->mode)) && get_numbers(w, &e->sum, 1, err) < 0)
		return -1;
	return S_ISREG(e->mode) ? get_numbers(w, &e->link, 1, err) : 0;
}

/* --- content -------------------------------------------------------------------------------------------------- */

static int sum_part(struct work *w, int fd, off_t off, off_t end, uint32_t *sum)
{
	while (off < end) {
		ssize_t n = pread(fd, w->piece, (size_t)MIN_OF((off_t)PIECE, end - off), off);

		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		*sum = crc32c_add(*sum, w->piece, (size_t)n);
		off += n;
	}
	return 0;
}

/* Holes are not read: a file of a terabyte may have one. */
static int sum_file(struct work *w, int dirfd, const char *name, off_t size, uint64_t *ret)
{
	auto_fd int fd = fd_open(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
	uint32_t sum = 0;
	off_t off = 0;

	if (fd < 0)
		return fd;
	while (off < size) {
		off_t data = lseek(fd, off, SEEK_DATA), hole;
		int r;

		if (data < 0 && errno != ENXIO)
			return -errno;
		if (data < 0 || data > size)
			data = size;
		sum = crc32c_zeros(sum, (uint64_t)(data - off));
		hole = data < size ? lseek(fd, data, SEEK_HOLE) : size;
		hole = hole < 0 || hole > size ? size : hole;
		r = sum_part(w, fd, data, hole, &sum);
		if (r < 0)
			return r;
		off = hole;
	}
	*ret = sum;
	return 0;
}

/* --- one entry ------------------------------------------------------------------------------------------------ */

#define FINE (-1)

static int compare_stat(const struct inventory_entry *a, const struct inventory_entry *b)
{
	if ((a->mode ^ b->mode) & S_IFMT)
		return INVENTORY_TYPE;
	if (a->mode != b->mode)
		return INVENTORY_MODE;
	if (a->uid != b->uid || a->gid != b->gid)
		return INVENTORY_OWNER;
	if (a->size != b->size)
		return INVENTORY_SIZE;
	return a->mtime != b->mtime || a->mtime_ns != b->mtime_ns ? INVENTORY_TIME : FINE;
}

static int compare_meta(const struct inventory_entry *was, struct inventory_entry *is, const char *name)
{
	if (S_ISLNK(was->mode)) {
		if (inventory_tree_target(name, &is->sum) < 0)
			return INVENTORY_UNREADABLE;
		if (was->sum != is->sum)
			return INVENTORY_LINK;
	}
	if (was->link != is->link)
		return INVENTORY_LINK;
	if (inventory_tree_attributes(name, &is->attributes) < 0)
		return INVENTORY_UNREADABLE;
	return was->attributes != is->attributes ? INVENTORY_ATTRIBUTES : FINE;
}

static int compare_data(struct work *w, const struct inventory_entry *was, struct inventory_entry *is, int dirfd,
	const char *name)
{
	/* of several names the first stands for all */
	if (!S_ISREG(was->mode) || !was->size || was->link)
		return FINE;
	if (sum_file(w, dirfd, name, (off_t)is->size, &is->sum) < 0)
		return INVENTORY_UNREADABLE;
	return was->sum != is->sum ? INVENTORY_CONTENT : FINE;
}

static void report(struct work *w, const char *name, enum inventory_fault f)
{
	size_t len = w->tree.path.len;
	auto_free char *path = xasprintf("/%s%s%s", w->tree.path.buf, len && *name ? "/" : "", name);

	if (!w->stopped)
		w->stopped = !w->fn(w->arg, f, path);
}

/* An entry that both have; name in the working directory, shown: how it is reported. Is it a directory in both? */
static bool compare_entry(struct work *w, const struct inventory_entry *was, int dirfd, const char *name, const char *shown)
{
	struct inventory_entry is;
	struct stat st;
	int fault;

	if (inventory_tree_look(&w->tree, dirfd, name, &is, &st) < 0) {
		report(w, shown, INVENTORY_UNREADABLE);
		return false;
	}
	fault = compare_stat(was, &is);
	if (fault == FINE && w->depth >= INVENTORY_META)
		fault = compare_meta(was, &is, name);
	if (fault == FINE && w->depth >= INVENTORY_DATA)
		fault = compare_data(w, was, &is, dirfd, name);
	if (fault != FINE)
		report(w, shown, (enum inventory_fault)fault);
	return S_ISDIR(was->mode) && S_ISDIR(is.mode);
}

/* --- directories ---------------------------------------------------------------------------------------------- */

/* Those that were noted; a section follows for each, also where it is gone. */
struct noted {
	char *name;
	bool there;
};
struct noted_list {
	struct noted *v;
	size_t n;
};

static void noted_add(struct noted_list *l, const char *name, bool there)
{
	if (!(l->n & (l->n - 1)))
		l->v = xrealloc(l->v, l->n ? l->n * 2 : 1, sizeof(*l->v));
	l->v[l->n++] = (struct noted){xstrdup(name), there};
}

static void noted_done(struct noted_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i].name);
	free(l->v);
}

/* names: what is there now, NULL where the directory is not. */
static int compare_names(struct work *w, DIR *dir, const struct svec *names, struct noted_list *dirs, struct err *err)
{
	struct inventory_entry was;
	char name[NAME_MAX_ + 1];
	size_t i = 0;

	for (;;) {
		bool there;

		if (pack_stream_string(w->in, name, NAME_MAX_, err) < 0)
			return -1;
		for (; dir && i < names->n && (!*name || strcmp(names->v[i], name) < 0); i++)
			report(w, names->v[i], INVENTORY_EXTRA);
		if (!*name)
			return 0;
		if (get_entry(w, &was, err) < 0)
			return -1;
		there = dir && i < names->n && !strcmp(names->v[i], name);
		if (there)
			i++;
		else if (dir)
			report(w, name, INVENTORY_MISSING);
		/* numbers of entries are those of the complete tree */
		if (!there)
			w->tree.entries++;
		there = there && compare_entry(w, &was, dirfd(dir), name, name);
		if (S_ISDIR(was.mode))
			noted_add(dirs, name, there);
	}
}

static int compare_section(struct work *w, bool there, unsigned depth, struct err *err);

static int compare_subsections(struct work *w, const struct noted_list *dirs, unsigned depth, struct err *err)
{
	int r = 0;

	for (size_t i = 0; i < dirs->n && !r && !w->stopped; i++) {
		size_t len = w->tree.path.len;

		sbuf_addf(&w->tree.path, "%s%s", len ? "/" : "", dirs->v[i].name);
		r = compare_section(w, dirs->v[i].there, depth + 1, err);
		sbuf_setlen(&w->tree.path, len);
	}
	return r;
}

static int compare_section(struct work *w, bool there, unsigned depth, struct err *err)
{
	auto_svec struct svec names = SVEC_INIT;
	auto_dir DIR *dir = there ? inventory_tree_open(&w->tree, &names) : NULL;
	struct noted_list dirs = {NULL, 0};
	int r;

	if (depth > INVENTORY_DEPTH)
		return pack_stream_damaged(err);
	if (there && !dir)
		report(w, "", INVENTORY_UNREADABLE);
	r = compare_names(w, dir, &names, &dirs, err);
	fs_dir_closep(&dir);
	svec_done(&names);
	if (!r)
		r = compare_subsections(w, &dirs, depth, err);
	noted_done(&dirs);
	return r;
}

static int compare_root(struct work *w, struct err *err)
{
	struct inventory_entry was;
	uint64_t version;

	if (get_numbers(w, &version, 1, err) < 0)
		return -1;
	if (version != INVENTORY_VERSION)
		return err_set(err, EK_UNSUPPORTED, "its inventory has version %llu, this podlite knows %d",
			(unsigned long long)version, INVENTORY_VERSION);
	if (get_entry(w, &was, err) < 0)
		return -1;
	if (fchdir(w->tree.root) < 0)
		return err_sys(err, "enter the layer");
	compare_entry(w, &was, w->tree.root, ".", "");
	return compare_section(w, true, 0, err);
}

int inventory_compare(int root, int in, enum inventory_depth depth, inventory_fn fn, void *arg, struct err *err)
{
	struct work w = {.tree = {.root = root, .path = SBUF_INIT}, .in = pack_stream_new(in), .depth = depth, .fn = fn,
		.arg = arg, .piece = xmalloc(PIECE)};
	int r = compare_root(&w, err), end = 0;

	/* the file's own checksum is in its end */
	if (!r && !w.stopped)
		end = pack_stream_at_end(w.in, err);
	inventory_tree_done(&w.tree);
	pack_stream_free(w.in);
	free(w.piece);
	return r < 0 || end < 0 ? -1 : end || w.stopped ? 0 : pack_stream_damaged(err);
}
