#include "podlite/transfer/pull_fits.h"

#include <sys/statvfs.h>

#include "common/units.h"
#include "storage/layer.h"
#include "storage/partial.h"

static bool seen_before(const struct digest *ids, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (digest_equal(&ids[k], &ids[i]))
			return true;
	return false;
}

/* Sizes in a manifest are anybody's numbers: the sum stops at the largest. */
static uint64_t needed(struct store *s, const struct spec_manifest *m, const struct digest *diff_ids)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < m->nlayers; i++)
		if (!layer_has(s, &diff_ids[i]) && !seen_before(diff_ids, i) &&
			__builtin_add_overflow(sum, m->layers[i].size, &sum))
			return UINT64_MAX;
	return sum;
}

static int find_free(const struct store *s, uint64_t *ret, struct err *err)
{
	struct statvfs v;

	if (fstatvfs(s->fd, &v) < 0)
		return err_sys(err, "look at the file system of %s", s->root);
	*ret = (uint64_t)v.f_bavail * v.f_frsize;
	return 0;
}

int pull_fits(struct store *s, const struct spec_manifest *m, const struct digest *diff_ids, uint64_t *ret_need,
	struct err *err)
{
	uint64_t need = needed(s, m, diff_ids), free_bytes = 0;
	char needs[32], has[32], lacks[32];

	*ret_need = need;
	if (find_free(s, &free_bytes, err) < 0)
		return -1;
	if (need > free_bytes)
		partial_clear(s, NULL);
	if (need > free_bytes && find_free(s, &free_bytes, err) < 0)
		return -1;
	if (need <= free_bytes)
		return 0;
	units_print_size_short(need, 4, needs, sizeof(needs));
	units_print_size_short(free_bytes, 4, has, sizeof(has));
	units_print_size_short(need - free_bytes, 4, lacks, sizeof(lacks));
	err_set(err, EK_SYSTEM, "no room for the image: its layers are at least %s, %s has %s free: %s too little", needs, s->root,
		has, lacks);
	err->sys = ENOSPC;
	return err_advise(err, "make room, for instance with: podlite system prune");
}
