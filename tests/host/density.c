// SPDX-License-Identifier: GPL-2.0
/*
 * How much memory the best possible division into chunks would take.
 */
#include "model.h"

#ifndef RANGE_CHUNK_MAX
#define RANGE_CHUNK_MAX		2048
#endif

static size_t entry_size(u64 lowest, u64 highest, u64 longest, u64 all,
			 bool mixed)
{
	unsigned int unit = __ffs64(all), bits;

	bits = fls64((highest - lowest) >> unit) + fls64((longest >> unit) - 1);
	if (mixed || bits >= 64)
		return 32;
	return bits > 32 ? 8 : 4;
}

/*
 * best[i] is the cheapest way to store the first i ranges: some way to store
 * the first j, and the others in one chunk.
 */
size_t density_ideal(const struct model *m)
{
	size_t *best = calloc(m->nr + 1, sizeof(*best)), i, j, result;

	for (i = 1; i <= m->nr; i++) {
		u64 lowest = U64_MAX, highest = 0, longest = 0, all = 0;
		const struct range_item *r;
		bool mixed = false;

		best[i] = ~(size_t)0;
		for (j = i; j--; ) {
			size_t size = sizeof(struct range_chunk);

			r = &m->r[j];
			lowest = min(lowest, r->addr);
			highest = max(highest, r->addr);
			longest = max(longest, r->len);
			all |= r->addr | r->len;
			mixed |= r->flags != m->r[i - 1].flags ||
				 r->owner != m->r[i - 1].owner;
			size += (i - j) * entry_size(lowest, highest, longest,
						     all, mixed);
			size = kmalloc_size_roundup(size);
			if (size > RANGE_CHUNK_MAX)
				break;
			best[i] = min(best[i], best[j] + size);
		}
	}
	result = best[m->nr];
	free(best);
	return result;
}
