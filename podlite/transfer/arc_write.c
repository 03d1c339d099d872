#include "podlite/transfer/arc_write.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "podlite/transfer/cancel.h"

#define BLOCK 512

static int failed(int r, const char *name, struct err *err)
{
	return r < 0 ? err_neg(err, r, "write %s", name) : 0;
}

static int put_header(struct arc_write *w, bool is_dir, struct err *err)
{
	char h[BLOCK];
	unsigned sum = 8 * ' ';

	memset(h, 0, sizeof(h));
	memcpy(h, w->name, sizeof(w->name));
	snprintf(h + 100, 8, "%07o", is_dir ? 0755 : 0644);
	snprintf(h + 108, 8, "%07o", 0);
	snprintf(h + 116, 8, "%07o", 0);
	snprintf(h + 136, 12, "%011o", 0);
	h[156] = is_dir ? '5' : '0';
	memcpy(h + 257, "ustar\0" "00", 8);
	if (w->size >> 33) { /* GNU's base 256 where octal digits do not suffice */
		h[124] = (char)0x80;
		for (int i = 0; i < 8; i++)
			h[135 - i] = (char)(w->size >> 8 * i);
	} else {
		snprintf(h + 124, 12, "%011llo", (unsigned long long)w->size);
	}
	for (size_t i = 0; i < BLOCK; i++)
		sum += (unsigned char)h[i];
	snprintf(h + 148, 8, "%06o", sum);
	h[155] = ' ';
	return failed(fd_write_all(w->fd, h, sizeof(h)), w->name, err);
}

/* For whoever may read the directory that the user named. */
static int make_parents(struct arc_write *w)
{
	int r = 0;

	for (const char *slash = w->name; !r && (slash = strchr(slash, '/')); slash++) {
		auto_free char *dir = xstrndup(w->name, (size_t)(slash - w->name));

		r = fs_mkdir(w->fd, dir, 0755);
		if (r == -EEXIST)
			r = 0;
	}
	return r;
}

static int open_file(struct arc_write *w, struct err *err)
{
	const char *slash = strrchr(w->name, '/');
	int dir = slash ? (int)(slash - w->name) + 1 : 0, r = make_parents(w);
	char temp[32];

	fs_temp_name(temp);
	snprintf(w->temp, sizeof(w->temp), "%.*s%s", dir, w->name, temp);
	w->file = r < 0 ? r : fd_open(w->fd, w->temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0644);
	if (w->file < 0)
		*w->temp = '\0';
	return failed(w->file, w->name, err);
}

static int place_file(struct arc_write *w, struct err *err)
{
	fd_closep(&w->file);
	if (renameat(w->fd, w->temp, w->fd, w->name) < 0)
		return err_sys(err, "write %s", w->name);
	*w->temp = '\0';
	return 0;
}

void arc_write_abort(struct arc_write *w)
{
	fd_closep(&w->file);
	if (*w->temp)
		unlinkat(w->fd, w->temp, 0);
	*w->temp = '\0';
}

static int start(struct arc_write *w, const char *name, uint64_t size, struct err *err)
{
	memset(w->name, 0, sizeof(w->name));
	if (strlen(name) >= sizeof(w->name))
		return err_set(err, EK_INVALID, "write %s: the name is too long", name);
	memcpy(w->name, name, strlen(name));
	w->size = w->left = size;
	return 0;
}

int arc_write_begin(struct arc_write *w, const char *name, uint64_t size, struct err *err)
{
	if (start(w, name, size, err) < 0)
		return -1;
	return w->dir ? open_file(w, err) : put_header(w, false, err);
}

int arc_write_dir(struct arc_write *w, const char *name, struct err *err)
{
	if (w->dir)
		return 0;
	return start(w, name, 0, err) < 0 ? -1 : put_header(w, true, err);
}

int arc_write_data(struct arc_write *w, const void *data, size_t n, struct err *err)
{
	if (cancel_check(err) < 0)
		return -1;
	if (n > w->left)
		return err_set(err, EK_INVALID, "write %s: it became larger meanwhile", w->name);
	w->left -= n;
	return failed(fd_write_all(w->dir ? w->file : w->fd, data, n), w->name, err);
}

int arc_write_done(struct arc_write *w, struct err *err)
{
	static const char zeros[BLOCK];

	if (w->left)
		return err_set(err, EK_INVALID, "write %s: it became smaller meanwhile", w->name);
	return w->dir ? place_file(w, err) : failed(fd_write_all(w->fd, zeros, (BLOCK - w->size % BLOCK) % BLOCK), w->name, err);
}

int arc_write_member(struct arc_write *w, const char *name, const void *data, size_t n, struct err *err)
{
	if (arc_write_begin(w, name, n, err) < 0 || arc_write_data(w, data, n, err) < 0)
		return -1;
	return arc_write_done(w, err);
}

int arc_write_index(struct arc_write *w, const char *name, const void *data, size_t n, struct err *err)
{
	if (w->dir && syncfs(w->fd) < 0)
		return err_sys(err, "write the directory to disk");
	return arc_write_member(w, name, data, n, err);
}

int arc_write_end(struct arc_write *w, struct err *err)
{
	static const char zeros[2 * BLOCK];

	return w->dir ? 0 : failed(fd_write_all(w->fd, zeros, sizeof(zeros)), "the archive", err);
}
