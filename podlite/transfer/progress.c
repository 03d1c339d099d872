#include "podlite/transfer/progress.h"

#include <stdio.h>
#include <string.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/loop.h"
#include "common/tty.h"
#include "common/units.h"

#define INTERVAL_NS 200000000

struct progress_row {
	char name[32];
	enum progress_state state;
	const char *verb;
	uint64_t done, total;
	int64_t started;
};

/* ---- rows ---- */

static void add_sizes(const struct progress_row *r, struct sbuf *ret)
{
	char done[32], total[32], rate[32];
	int64_t ns = loop_now_ns() - r->started;

	units_print_size(r->done, done, sizeof(done));
	units_print_size(r->total, total, sizeof(total));
	sbuf_addf(ret, "  %s / %s", done, total);
	if (ns < 100000000 || !r->done)
		return;
	units_print_size((uint64_t)((double)r->done * 1e9 / (double)ns), rate, sizeof(rate));
	sbuf_addf(ret, "  %s/s", rate);
}

static void print_row(const struct progress_row *r, unsigned cols, struct sbuf *ret)
{
	auto_sbuf struct sbuf line = SBUF_INIT;
	char total[32];

	units_print_size(r->total, total, sizeof(total));
	sbuf_addf(&line, "Copying %s  ", r->name);
	if (r->state == PROGRESS_WAIT)
		sbuf_addf(&line, "waiting  %s", total);
	else if (r->state == PROGRESS_DONE)
		sbuf_addf(&line, "done  %s", total);
	else if (r->state == PROGRESS_SKIPPED)
		sbuf_addf(&line, "skipped: %s", r->verb);
	else
		sbuf_addstr(&line, r->verb);
	if (r->state == PROGRESS_BYTES)
		add_sizes(r, &line);
	sbuf_add(ret, line.buf, line.len < cols ? line.len : cols);
	sbuf_addstr(ret, "\x1b[K\n");
}

static bool is_over(const struct progress_row *r)
{
	return r->state == PROGRESS_DONE || r->state == PROGRESS_SKIPPED;
}

static void erase(struct progress *p, struct sbuf *ret)
{
	if (p->drawn)
		sbuf_addf(ret, "\x1b[%uA\x1b[J", p->drawn);
	p->drawn = 0;
}

/* More rows than the window has lines: those that are over leave it, and are counted. */
static void print_rows(struct progress *p, struct sbuf *ret)
{
	uint16_t lines = 24, cols = 80;
	size_t over = 0, limit;

	if (tty_size(2, &lines, &cols) < 0 || lines < 4 || cols < 20)
		lines = 24, cols = 80;
	limit = lines - 2u;
	for (size_t i = 0; i < p->nrows; i++)
		over += is_over(&p->rows[i]);
	if (p->nrows > limit) {
		sbuf_addf(ret, "Copying %zu blobs, %zu done\x1b[K\n", p->nrows, over);
		p->drawn++;
	}
	for (size_t i = 0; i < p->nrows && p->drawn < limit; i++)
		if (p->nrows <= limit || (!is_over(&p->rows[i]) && p->rows[i].state != PROGRESS_WAIT)) {
			print_row(&p->rows[i], cols - 1u, ret);
			p->drawn++;
		}
}

void progress_draw(struct progress *p, bool now)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	int64_t t;

	if (!p->nrows)
		return;
	t = loop_now_ns();
	if (!now && t - p->last_ns < INTERVAL_NS)
		return;
	p->last_ns = t;
	if (p->drawn)
		sbuf_addf(&text, "\x1b[%uA", p->drawn);
	p->drawn = 0;
	print_rows(p, &text);
	sbuf_addstr(&text, "\x1b[J");
	(void)!fd_write_all(2, text.buf, text.len);
}

void progress_rows(struct progress *p, size_t n)
{
	progress_rows_end(p);
	if (p->quiet || !p->live || !n)
		return;
	p->rows = xcalloc(n, sizeof(*p->rows));
	p->nrows = n;
}

void progress_set(struct progress *p, size_t i, const char *name, enum progress_state state, const char *verb,
	uint64_t done, uint64_t total)
{
	struct progress_row *r;

	if (i >= p->nrows)
		return;
	r = &p->rows[i];
	snprintf(r->name, sizeof(r->name), "%s", name);
	if (state == PROGRESS_BYTES && r->state != state)
		r->started = loop_now_ns();
	r->state = state;
	r->verb = verb ? verb : "";
	r->done = done;
	r->total = total;
}

void progress_rows_end(struct progress *p)
{
	progress_draw(p, true);
	free(p->rows);
	p->rows = NULL;
	p->nrows = 0;
	p->drawn = 0;
}

/* ---- lines ---- */

static void line(struct progress *p, const char *fmt, va_list ap)
{
	auto_sbuf struct sbuf text = SBUF_INIT, safe = SBUF_INIT;

	sbuf_addvf(&text, fmt, ap);
	erase(p, &safe);
	sbuf_addsafe(&safe, text.buf, text.len);
	sbuf_addch(&safe, '\n');
	if (p->nrows)
		print_rows(p, &safe);
	(void)!fd_write_all(2, safe.buf, safe.len);
}

void progress_line(struct progress *p, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (!p->quiet)
		line(p, fmt, ap);
	va_end(ap);
}

void progress_event(struct progress *p, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (!p->quiet && !p->nrows)
		line(p, fmt, ap);
	va_end(ap);
}
