#include "podlite/transfer/progress.h"

#include <stdio.h>

#include "common/fd.h"
#include "common/loop.h"
#include "common/units.h"

void progress_end(struct progress *p)
{
	if (p->open && fd_write_all(2, "\r\x1b[K", 4) == 0)
		p->open = false;
}

void progress_line(struct progress *p, const char *fmt, ...)
{
	auto_sbuf struct sbuf text = SBUF_INIT, safe = SBUF_INIT;
	va_list ap;

	if (p->quiet)
		return;
	va_start(ap, fmt);
	sbuf_addvf(&text, fmt, ap);
	va_end(ap);
	progress_end(p);
	sbuf_addsafe(&safe, text.buf, text.len);
	sbuf_addch(&safe, '\n');
	(void)!fd_write_all(2, safe.buf, safe.len);
}

void progress_update(struct progress *p, uint64_t done, uint64_t total)
{
	char a[32], b[32], line[128];
	int64_t now;
	int n;

	if (p->quiet || !p->live)
		return;
	now = loop_now_ns();
	if (now - p->last_ns < 200000000)
		return;
	p->last_ns = now;
	units_print_size(done, a, sizeof(a));
	units_print_size(total, b, sizeof(b));
	n = snprintf(line, sizeof(line), "\r\x1b[KCopying layers  %s / %s", a, b);
	if (n > 0 && fd_write_all(2, line, (size_t)n) == 0)
		p->open = true;
}
