#include "podlite/transfer/progress.h"

#include <string.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/loop.h"
#include "common/tty.h"
#include "common/units.h"
#include "podlite/transfer/request.h"

#define INTERVAL_NS       200000000
#define EVENT_INTERVAL_NS 500000000

struct progress_row {
	struct digest blob; /* unset: an archive */
	enum progress_state state;
	const char *verb;
	uint64_t done, total;
	int64_t started;
	uint64_t told; /* bytes, in the last event */
	int64_t told_ns;
};

static bool is_drawn(const struct progress *p)
{
	return p->live && !p->quiet;
}

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
	if (digest_is_set(&r->blob))
		sbuf_addf(&line, "Copying blob %.12s  ", r->blob.hex);
	else
		sbuf_addstr(&line, "Copying archive  ");
	if (r->state == PROGRESS_WAIT)
		sbuf_addf(&line, "%s  %s", *r->verb ? r->verb : "waiting", total);
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

	if (!p->nrows || !is_drawn(p))
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
	if ((!is_drawn(p) && !p->events) || !n)
		return;
	p->rows = xcalloc(n, sizeof(*p->rows));
	p->nrows = n;
	for (size_t i = 0; i < n; i++)
		p->rows[i].verb = "";
}

/* ---- events ---- */

static const char *stage_of(const struct progress_row *r)
{
	switch (r->state) {
	case PROGRESS_WAIT:
		return "waiting";
	case PROGRESS_DONE:
		return "done";
	case PROGRESS_SKIPPED:
		return "exists";
	default:
		return r->verb;
	}
}

static void tell(const struct progress *p, struct progress_row *r, int64_t now)
{
	auto_jval struct jval *v = jval_new_object();
	auto_sbuf struct sbuf text = SBUF_INIT;
	struct request_progress e = {.stage = (char *)(uintptr_t)stage_of(r), .bytes = r->done, .total = r->total};
	char digest[DIGEST_TEXT_LEN + 1];

	e.blob = digest_is_set(&r->blob) ? (char *)(uintptr_t)digest_text(&r->blob, digest) : NULL;
	jval_set(v, REQUEST_PROGRESS, request_progress_emit(&e));
	jval_print(v, false, &text);
	sbuf_addch(&text, '\n');
	(void)!fd_write_all(p->events, text.buf, text.len);
	r->told = r->done;
	r->told_ns = now;
}

void progress_set(struct progress *p, size_t i, const struct digest *blob, enum progress_state state, const char *verb,
	uint64_t done, uint64_t total)
{
	struct progress_row *r;
	int64_t now;
	bool changed;

	if (i >= p->nrows)
		return;
	r = &p->rows[i];
	now = loop_now_ns();
	changed = state != r->state || (verb && strcmp(verb, r->verb));
	if (blob)
		r->blob = *blob;
	if (state == PROGRESS_BYTES && r->state != state)
		r->started = now;
	r->state = state;
	r->verb = verb ? verb : "";
	r->done = done;
	r->total = total;
	if (p->events && (changed || (done != r->told && now - r->told_ns >= EVENT_INTERVAL_NS)))
		tell(p, r, now);
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
	if (p->nrows && is_drawn(p))
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
	if (!p->quiet && !(p->nrows && p->live))
		line(p, fmt, ap);
	va_end(ap);
}
