#include "podlite/suggest.h"

#include <string.h>

#define MAX_WORD 40

/* Letters to insert, delete or replace, a swap of neighbours counting once (Damerau). */
static unsigned edit_distance(const char *a, size_t na, const char *b, size_t nb)
{
	unsigned row[3][MAX_WORD + 1];

	for (size_t j = 0; j <= nb; j++)
		row[0][j] = (unsigned)j;
	for (size_t i = 1; i <= na; i++) {
		unsigned *cur = row[i % 3], *prev = row[(i - 1) % 3], *older = row[(i + 1) % 3];

		cur[0] = (unsigned)i;
		for (size_t j = 1; j <= nb; j++) {
			unsigned d = prev[j - 1] + (a[i - 1] != b[j - 1]);

			d = MIN_OF(d, MIN_OF(prev[j], cur[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				d = MIN_OF(d, older[j - 2] + 1);
			cur[j] = d;
		}
	}
	return row[na % 3][nb];
}

void suggest_try(struct suggest *s, const char *candidate)
{
	size_t n = strlen(s->word), m = strlen(candidate);
	unsigned d;

	if (!n || n > MAX_WORD || m > MAX_WORD)
		return;
	/* A word cut short is as good as one typing error. */
	d = n >= 3 && !strncmp(s->word, candidate, n) ? 1 : edit_distance(s->word, n, candidate, m);
	if (d > (n <= 3 ? 1u : 2u) || (s->best && d >= s->distance))
		return;
	s->best = candidate;
	s->distance = d;
}
