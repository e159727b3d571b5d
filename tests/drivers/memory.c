// SPDX-License-Identifier: GPL-2.0
/*
 * Memory for the tests, with a pattern where a list describes it and poison
 * everywhere else.
 */
#include <linux/blk_types.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/prandom.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "range_test.h"

#define POISON		0xa5
/* Two pages are allocated for each that is used, so that none are adjacent. */
#define BLOCK_ORDER	1
#define BLOCK_BYTES	(PAGE_SIZE << BLOCK_ORDER)

/* The same each time, so that a failure can be repeated. */
static u32 random_below(struct rnd_state *rnd, u32 limit)
{
	return prandom_u32_state(rnd) % limit;
}

static int append_pieces(struct memory *mem, struct page *page,
			 struct rnd_state *rnd, u32 unit, u32 most)
{
	u32 pos = unit * (1 + random_below(rnd, most)), len, pieces;

	for (pieces = 0; pieces < 4; pieces++) {
		struct phys_range range = { .addr = page_to_phys(page) + pos };
		int err;

		len = unit * (1 + random_below(rnd, most));
		range.len = len;
		err = phys_range_list_append(&mem->list, &range, GFP_KERNEL);
		if (err)
			return err;
		pos += len + unit * (1 + random_below(rnd, most));
	}
	return 0;
}

static int append_shape(struct memory *mem, enum memory_shape shape,
			struct rnd_state *rnd)
{
	unsigned int i;
	int err = 0;

	switch (shape) {
	case MEMORY_PAGES:
		return phys_range_list_append_pages(&mem->list, mem->pages,
						    mem->nr, 0,
						    mem->nr * PAGE_SIZE,
						    GFP_KERNEL);
	case MEMORY_UNALIGNED:
		return phys_range_list_append_pages(&mem->list, mem->pages,
						    mem->nr, 1235,
						    mem->nr * PAGE_SIZE - 2222,
						    GFP_KERNEL);
	case MEMORY_SMALL:
		for (i = 0; i < mem->nr && !err; i++)
			err = append_pieces(mem, mem->pages[i], rnd, 1, 97);
		return err;
	case MEMORY_BLOCKS:
		/* Every device in sight wants multiples of 4 bytes. */
		for (i = 0; i < mem->nr && !err; i++)
			err = append_pieces(mem, mem->pages[i], rnd, 4, 100);
		return err ?: phys_range_list_truncate(&mem->list,
				round_down(phys_range_list_bytes(&mem->list),
					   SECTOR_SIZE), GFP_KERNEL);
	}
	return -EINVAL;
}

int memory_init(struct memory *mem, enum memory_shape shape, unsigned int pages)
{
	struct rnd_state rnd;
	unsigned int i, k;
	int err = -ENOMEM;

	phys_range_list_init(&mem->list);
	mem->nr = 0;
	mem->pages = kvcalloc(pages, sizeof(*mem->pages), GFP_KERNEL);
	if (!mem->pages)
		return -ENOMEM;
	prandom_seed_state(&rnd, shape + pages);
	for (i = 0; i < pages; i++, mem->nr++) {
		mem->pages[i] = alloc_pages(GFP_KERNEL, BLOCK_ORDER);
		if (!mem->pages[i])
			goto fail;
		memset(page_address(mem->pages[i]), POISON, BLOCK_BYTES);
	}
	for (i = pages - 1; i; i--) {
		k = random_below(&rnd, i + 1);
		swap(mem->pages[i], mem->pages[k]);
	}
	err = append_shape(mem, shape, &rnd);
	if (!err)
		return 0;
fail:
	memory_destroy(mem);
	return err;
}

void memory_destroy(struct memory *mem)
{
	unsigned int i;

	phys_range_list_destroy(&mem->list);
	for (i = 0; i < mem->nr; i++)
		__free_pages(mem->pages[i], BLOCK_ORDER);
	kvfree(mem->pages);
	mem->pages = NULL;
	mem->nr = 0;
}

void pattern_fill(u8 *buf, size_t len, u32 seed)
{
	struct rnd_state rnd;

	prandom_seed_state(&rnd, seed);
	prandom_bytes_state(&rnd, buf, len);
}

int memory_write_pattern(struct memory *mem, u32 seed)
{
	size_t len = phys_range_list_bytes(&mem->list);
	u8 *buf = kvmalloc(len, GFP_KERNEL);
	int err;

	if (!buf)
		return -ENOMEM;
	pattern_fill(buf, len, seed);
	err = phys_range_list_copy_to(&mem->list, 0, buf, len);
	kvfree(buf);
	return err;
}

int memory_check_pattern(struct range_test *test, const struct memory *mem,
			 u32 seed)
{
	size_t len = phys_range_list_bytes(&mem->list), i;
	u8 *want = kvmalloc(2 * len, GFP_KERNEL), *got = want + len;
	int err;

	if (!want)
		return -ENOMEM;
	pattern_fill(want, len, seed);
	err = phys_range_list_copy_from(&mem->list, 0, got, len);
	for (i = 0; i < len && !err; i++)
		if (want[i] != got[i])
			err = range_test_fail(test, -EIO,
					      "byte %zu of %zu is %#x, not %#x",
					      i, len, got[i], want[i]);
	kvfree(want);
	return err;
}

/* Nothing may have been written outside the list.  The pattern is lost. */
int memory_check_poison(struct range_test *test, const struct memory *mem)
{
	size_t len = phys_range_list_bytes(&mem->list);
	u8 *buf = kvmalloc(len, GFP_KERNEL);
	unsigned int i;
	int err;

	if (!buf)
		return -ENOMEM;
	memset(buf, POISON, len);
	err = phys_range_list_copy_to(&mem->list, 0, buf, len);
	for (i = 0; i < mem->nr && !err; i++)
		if (memchr_inv(page_address(mem->pages[i]), POISON, BLOCK_BYTES))
			err = range_test_fail(test, -EIO,
					      "bytes outside of the list were written");
	kvfree(buf);
	return err;
}
