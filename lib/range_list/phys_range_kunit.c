// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of physical range lists: builders, consumers, iterators, and a
 * random comparison with an array.
 *
 * Addresses that nobody touches are made up.  Everything that goes through
 * struct page uses memory whose physical layout the test has chosen.
 */
#include <kunit/test.h>
#include <linux/bio.h>
#include <linux/bvec.h>
#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/overflow.h>
#include <linux/pci.h>
#include <linux/pci-p2pdma.h>
#include <linux/phys_range.h>
#include <linux/prandom.h>
#include <linux/scatterlist.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/uio.h>
#include <linux/vmalloc.h>
#include <net/netmem.h>

#include "fail_kunit.h"
#include "mock_iommu.h"

/* No page is there: a PCI BAR would be in such a place. */
#define FAR_AWAY	0x700000000000ULL
#define POISON		0xa5

static struct p2pdma_provider provider_a, provider_b;

/*
 * Set-up
 */

static void list_action(void *list)
{
	phys_range_list_destroy(list);
}

static struct phys_range_list *test_list(struct kunit *test)
{
	struct phys_range_list *list = kunit_kmalloc(test, sizeof(*list),
						     GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, list);
	memset(list, POISON, sizeof(*list));
	phys_range_list_init(list);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, list_action, list));
	return list;
}

struct test_block {
	struct page *page;
	unsigned int order;
};

static void block_action(void *data)
{
	struct test_block *block = data;
	unsigned int i;

	for (i = 0; i < 1U << block->order; i++)
		__free_page(block->page + i);
}

/* 2^order physically contiguous pages, each on its own. */
static struct page *test_block(struct kunit *test, unsigned int order)
{
	struct test_block *block = kunit_kmalloc(test, sizeof(*block),
						 GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, block);
	block->order = order;
	block->page = alloc_pages(GFP_KERNEL | __GFP_ZERO, order);
	KUNIT_ASSERT_NOT_NULL(test, block->page);
	split_page(block->page, order);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, block_action, block));
	return block->page;
}

/* @nr pages of which no two in a row are adjacent; a power of two, at least 4. */
static struct page **test_scattered(struct kunit *test, unsigned int nr)
{
	struct page **pages = kunit_kmalloc_array(test, nr, sizeof(*pages),
						  GFP_KERNEL);
	struct page *block = test_block(test, ilog2(nr));
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, pages);
	/* Even ones downwards, then odd ones. */
	for (i = 0; i < nr / 2; i++) {
		pages[i] = block + nr - 2 - 2 * i;
		pages[nr / 2 + i] = block + nr - 1 - 2 * i;
	}
	return pages;
}

static void folio_action(void *folio)
{
	folio_put(folio);
}

static struct folio *test_folio(struct kunit *test, unsigned int order)
{
	struct folio *folio = folio_alloc(GFP_KERNEL | __GFP_ZERO, order);

	KUNIT_ASSERT_NOT_NULL(test, folio);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, folio_action, folio));
	return folio;
}

static void vfree_action(void *buf)
{
	vfree(buf);
}

static void kvfree_action(void *buf)
{
	kvfree(buf);
}

static phys_addr_t folio_phys(const struct folio *folio)
{
	return page_to_phys(folio_page(folio, 0));
}

/* Anonymous memory with every page there. */
static unsigned long test_user(struct kunit *test, size_t size)
{
	unsigned long addr, i;

	addr = kunit_vm_mmap(test, NULL, 0, size, PROT_READ | PROT_WRITE,
			     MAP_ANONYMOUS | MAP_PRIVATE, 0);
	KUNIT_ASSERT_NE(test, addr, 0);
	KUNIT_ASSERT_LT(test, addr, TASK_SIZE);
	for (i = 0; i < size; i += PAGE_SIZE)
		KUNIT_ASSERT_EQ(test, 0,
				put_user((u8)(i >> PAGE_SHIFT),
					 (u8 __user *)(addr + i)));
	return addr;
}

/* The pages behind user memory, with one pin on each until the test ends. */
struct test_pins {
	struct page **pages;
	unsigned int nr;
};

static void pins_action(void *data)
{
	struct test_pins *pins = data;

	unpin_user_pages(pins->pages, pins->nr);
}

static struct page **test_user_pages(struct kunit *test, unsigned long addr,
				     unsigned int nr)
{
	struct test_pins *pins = kunit_kmalloc(test, sizeof(*pins), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, pins);
	pins->pages = kunit_kmalloc_array(test, nr, sizeof(struct page *),
					  GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, pins->pages);
	pins->nr = nr;
	KUNIT_ASSERT_EQ(test, nr, pin_user_pages_fast(addr, nr, FOLL_WRITE,
						      pins->pages));
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, pins_action, pins));
	return pins->pages;
}

/* How many pins a page has beyond the one of test_user_pages(). */
static int extra_pins(struct page *page)
{
	return folio_ref_count(page_folio(page)) / GUP_PIN_COUNTING_BIAS - 1;
}

/* -1 unless all of them have the same. */
static int extra_pins_all(struct page **pages, unsigned int nr)
{
	int pins = extra_pins(pages[0]);
	unsigned int i;

	for (i = 1; i < nr; i++)
		if (extra_pins(pages[i]) != pins)
			return -1;
	return pins;
}

/*
 * Checks
 */

static bool same_range(const struct phys_range *a, const struct phys_range *b)
{
	return a->addr == b->addr && a->len == b->len &&
	       a->flags == b->flags && a->provider == b->provider;
}

/* Everything that can be asked of a list; false at the first mismatch. */
static bool check_list(struct kunit *test, int line,
		       const struct phys_range_list *list,
		       const struct phys_range *want, size_t nr)
{
	u64 bytes = 0, edges = 0, lowest = U64_MAX, highest = 0;
	u32 any = 0;
	bool uniform = true;
	struct phys_range range;
	size_t i = 0;

	KUNIT_EXPECT_EQ_MSG(test, 0, range_list_validate(&list->rl),
			    "line %d", line);
	memset(&range, POISON, sizeof(range));
	phys_range_list_for_each(list, range) {
		if (i < nr && same_range(&range, &want[i])) {
			i++;
			continue;
		}
		KUNIT_FAIL(test, "line %d: range %zu of %zu is %pa +%#llx %#x, not %pa +%#llx %#x",
			   line, i, nr, &range.addr, range.len, range.flags,
			   i < nr ? &want[i].addr : NULL,
			   i < nr ? want[i].len : 0,
			   i < nr ? want[i].flags : 0);
		return false;
	}
	KUNIT_EXPECT_EQ_MSG(test, i, nr, "line %d", line);

	i = nr;
	phys_range_list_for_each_reverse(list, range) {
		if (i && same_range(&range, &want[i - 1])) {
			i--;
			continue;
		}
		KUNIT_FAIL(test, "line %d: backwards, range %zu of %zu is %pa +%#llx",
			   line, i, nr, &range.addr, range.len);
		return false;
	}
	KUNIT_EXPECT_EQ_MSG(test, i, 0, "line %d", line);

	for (i = 0; i < nr; i++) {
		bytes += want[i].len;
		lowest = min(lowest, want[i].addr);
		highest = max(highest, want[i].addr + want[i].len - 1);
		any |= want[i].flags;
		if (i) {
			edges |= want[i].addr | (want[i - 1].addr + want[i - 1].len);
			if (want[i].flags != want[0].flags ||
			    want[i].provider != want[0].provider)
				uniform = false;
		}
	}
	KUNIT_EXPECT_EQ_MSG(test, phys_range_list_nr(list), nr, "line %d", line);
	KUNIT_EXPECT_EQ_MSG(test, phys_range_list_bytes(list), bytes,
			    "line %d", line);
	KUNIT_EXPECT_EQ_MSG(test, phys_range_list_empty(list), !nr,
			    "line %d", line);
	KUNIT_EXPECT_EQ_MSG(test, phys_range_list_any_flags(list), any,
			    "line %d", line);
	KUNIT_EXPECT_EQ_MSG(test, phys_range_list_has_p2p(list),
			    !!(any & PHYS_RANGE_P2P), "line %d", line);
	KUNIT_EXPECT_EQ_MSG(test, phys_range_list_is_uniform(list), uniform,
			    "line %d", line);
	for (i = 0; i < 64; i++)
		KUNIT_EXPECT_EQ_MSG(test,
				    phys_range_list_is_aligned(list, BIT_ULL(i)),
				    !(edges & (BIT_ULL(i) - 1)),
				    "line %d, 2^%zu", line, i);
	if (nr) {
		KUNIT_EXPECT_EQ_MSG(test, phys_range_list_lowest(list), lowest,
				    "line %d", line);
		KUNIT_EXPECT_EQ_MSG(test, phys_range_list_highest(list), highest,
				    "line %d", line);
	}
	return true;
}

#define expect_ranges(test, list, ...) ({				\
	const struct phys_range __want[] = { __VA_ARGS__ };		\
									\
	check_list(test, __LINE__, list, __want, ARRAY_SIZE(__want));	\
})

#define expect_empty(test, list)	check_list(test, __LINE__, list, NULL, 0)

/* Contents for the list of a call that is to fail. */
static const struct phys_range some_ranges[] = {
	{ .addr = 0x1000, .len = 0x1000 },
	{ .addr = 0x5000, .len = 0x0800, .flags = PHYS_RANGE_MMIO },
	{ .addr = 0x9003, .len = 0x0001 },
	{ .addr = FAR_AWAY, .len = 0x123456789000ULL },
};

static struct phys_range_list *test_some_ranges(struct kunit *test)
{
	struct phys_range_list *list = test_list(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(some_ranges); i++)
		KUNIT_ASSERT_EQ(test, 0,
				phys_range_list_append(list, &some_ranges[i],
						       GFP_KERNEL));
	return list;
}

#define expect_some_ranges(test, list)					\
	check_list(test, __LINE__, list, some_ranges, ARRAY_SIZE(some_ranges))

static int add(struct phys_range_list *list, phys_addr_t addr, u64 len,
	       u32 flags)
{
	struct phys_range range = { .addr = addr, .len = len, .flags = flags };

	return phys_range_list_append(list, &range, GFP_KERNEL);
}

static int add_p2p(struct phys_range_list *list, phys_addr_t addr, u64 len,
		   struct p2pdma_provider *provider)
{
	struct phys_range range = {
		.addr = addr,
		.len = len,
		.flags = PHYS_RANGE_P2P | PHYS_RANGE_MMIO,
		.provider = provider,
	};

	return phys_range_list_append(list, &range, GFP_KERNEL);
}

/* @nr single pages at made up addresses, none next to the one before. */
static void fill_pages(struct kunit *test, struct phys_range_list *list,
		       unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		KUNIT_ASSERT_EQ(test, 0, add(list, SZ_1G + i * SZ_8K, SZ_4K, 0));
}

/*
 * Life and contents
 */

static void life_test(struct kunit *test)
{
	DEFINE_PHYS_RANGE_LIST(defined);
	struct phys_range_list other, *list = test_list(test);
	unsigned int nr;

	expect_empty(test, &defined);
	phys_range_list_destroy(&defined);
	phys_range_list_destroy(&defined);
	expect_empty(test, &defined);

	/* Inline, in a chunk, in a tree of chunks. */
	for (nr = 1; nr < 20000; nr *= 9) {
		memset(&other, POISON, sizeof(other));
		phys_range_list_init(&other);
		fill_pages(test, list, nr);
		KUNIT_EXPECT_EQ(test, phys_range_list_nr(list), nr);
		phys_range_list_move(&other, list);
		expect_empty(test, list);
		KUNIT_EXPECT_EQ(test, phys_range_list_nr(&other), nr);
		KUNIT_EXPECT_EQ(test, 0, range_list_validate(&other.rl));

		/* One that was moved from can be destroyed, and used again. */
		phys_range_list_destroy(list);
		KUNIT_EXPECT_EQ(test, 0, add(list, 0x1000, 0x10, 0));
		expect_ranges(test, list, { .addr = 0x1000, .len = 0x10 });

		/* The target is destroyed first; to itself is nothing. */
		phys_range_list_move(list, &other);
		phys_range_list_move(list, list);
		KUNIT_EXPECT_EQ(test, phys_range_list_nr(list), nr);
		expect_empty(test, &other);
		phys_range_list_destroy(&other);
		phys_range_list_unpin(list, true);
		expect_empty(test, list);
	}
	phys_range_list_move(list, &defined);
	expect_empty(test, list);
}

static void append_errors_test(struct kunit *test)
{
	const phys_addr_t top = PHYS_ADDR_MAX;
	struct phys_range_list *list = test_some_ranges(test);
	struct phys_range range = { .addr = 0x2000, .len = 0x1000 };
	unsigned int bit;

	KUNIT_EXPECT_EQ(test, -EINVAL, add(list, 0x2000, 0, 0));
	KUNIT_EXPECT_EQ(test, -EINVAL, add(list, top, 0, 0));
	for (bit = fls(PHYS_RANGE_FLAGS); bit < 32; bit++)
		KUNIT_EXPECT_EQ(test, -EINVAL, add(list, 0x2000, 1, BIT(bit)));
	KUNIT_EXPECT_EQ(test, -EINVAL, add(list, 0x2000, 1, PHYS_RANGE_P2P));
	range.provider = &provider_a;
	KUNIT_EXPECT_EQ(test, -EINVAL,
			phys_range_list_append(list, &range, GFP_KERNEL));
	range.flags = PHYS_RANGE_MMIO;
	KUNIT_EXPECT_EQ(test, -EINVAL,
			phys_range_list_append(list, &range, GFP_KERNEL));
	expect_some_ranges(test, list);

	KUNIT_EXPECT_EQ(test, -EOVERFLOW, add(list, 0x2000, U64_MAX, 0));
	KUNIT_EXPECT_EQ(test, -EOVERFLOW, add(list, top, 2, 0));
	KUNIT_EXPECT_EQ(test, -EOVERFLOW, add(list, top - 0xfff, 0x1001, 0));
	/* The sum of all. */
	KUNIT_EXPECT_EQ(test, -EOVERFLOW, add(list, 0, top - 0x1000, 0));
	expect_some_ranges(test, list);

	/* The end of the address space, into a chunk that is near it. */
	phys_range_list_destroy(list);
	KUNIT_EXPECT_EQ(test, 0, add(list, top - 0x1ffff, 0x1000, 0));
	KUNIT_EXPECT_EQ(test, -EOVERFLOW, add(list, top - 0xfff, 0x1000, 0));
	KUNIT_EXPECT_EQ(test, -EOVERFLOW, add(list, top - 0xfff, 0x2000, 0));
	KUNIT_EXPECT_EQ(test, 0, add(list, top - 0x1fff, 0x1000, 0));
	KUNIT_EXPECT_EQ(test, 0, add(list, 0, 0x1000, 0));
	expect_ranges(test, list,
		      { .addr = top - 0x1ffff, .len = 0x1000 },
		      { .addr = top - 0x1fff, .len = 0x1000 },
		      { .addr = 0, .len = 0x1000 });
}

static void append_merge_test(struct kunit *test)
{
	struct phys_range_list *list = test_list(test);
	const u32 no_merge = PHYS_RANGE_NO_MERGE;

	KUNIT_EXPECT_EQ(test, 0, add(list, 0x1000, 0x10, 0));
	KUNIT_EXPECT_EQ(test, 0, add(list, 0x1010, 0x7, 0));
	KUNIT_EXPECT_EQ(test, 0, add(list, 0x1017, SZ_4G, 0));
	expect_ranges(test, list, { .addr = 0x1000, .len = SZ_4G + 0x17 });
	/* Before, overlapping, and with a gap. */
	KUNIT_EXPECT_EQ(test, 0, add(list, 0x0ff0, 0x10, 0));
	KUNIT_EXPECT_EQ(test, 0, add(list, 0x0fff, 0x10, 0));
	KUNIT_EXPECT_EQ(test, 0, add(list, 0x1010, 0x10, 0));
	expect_ranges(test, list,
		      { .addr = 0x1000, .len = SZ_4G + 0x17 },
		      { .addr = 0x0ff0, .len = 0x10 },
		      { .addr = 0x0fff, .len = 0x10 },
		      { .addr = 0x1010, .len = 0x10 });
	phys_range_list_destroy(list);

	KUNIT_EXPECT_EQ(test, 0, add(list, 0x1000, 0x1000, no_merge));
	KUNIT_EXPECT_EQ(test, 0, add(list, 0x2000, 0x1000, no_merge));
	KUNIT_EXPECT_EQ(test, 0, add(list, 0x3000, 0x1000, 0));
	KUNIT_EXPECT_EQ(test, 0, add(list, 0x4000, 0x1000, no_merge));
	KUNIT_EXPECT_EQ(test, 0, add(list, 0x5000, 0x1000, 0));
	KUNIT_EXPECT_EQ(test, 0, add(list, 0x6000, 0x1000, 0));
	expect_ranges(test, list,
		      { .addr = 0x1000, .len = 0x1000, .flags = no_merge },
		      { .addr = 0x2000, .len = 0x1000, .flags = no_merge },
		      { .addr = 0x3000, .len = 0x1000 },
		      { .addr = 0x4000, .len = 0x1000, .flags = no_merge },
		      { .addr = 0x5000, .len = 0x2000 });
	phys_range_list_destroy(list);

	KUNIT_EXPECT_EQ(test, 0, add(list, 0x1000, 0x1000, PHYS_RANGE_MMIO));
	KUNIT_EXPECT_EQ(test, 0, add(list, 0x2000, 0x1000, PHYS_RANGE_MMIO));
	KUNIT_EXPECT_EQ(test, 0, add_p2p(list, 0x3000, 0x1000, &provider_a));
	KUNIT_EXPECT_EQ(test, 0, add_p2p(list, 0x4000, 0x1000, &provider_a));
	KUNIT_EXPECT_EQ(test, 0, add_p2p(list, 0x5000, 0x1000, &provider_b));
	KUNIT_EXPECT_EQ(test, 0, add(list, 0x6000, 0x1000,
				     PHYS_RANGE_CC_SHARED));
	KUNIT_EXPECT_EQ(test, 0, add(list, 0x7000, 0x1000,
				     PHYS_RANGE_REQUIRE_COHERENT));
	KUNIT_EXPECT_EQ(test, 0, add(list, 0x8000, 0x1000,
				     PHYS_RANGE_NO_CPU_ACCESS));
	expect_ranges(test, list,
		      { .addr = 0x1000, .len = 0x2000, .flags = PHYS_RANGE_MMIO },
		      { .addr = 0x3000, .len = 0x2000,
			.flags = PHYS_RANGE_P2P | PHYS_RANGE_MMIO,
			.provider = &provider_a },
		      { .addr = 0x5000, .len = 0x1000,
			.flags = PHYS_RANGE_P2P | PHYS_RANGE_MMIO,
			.provider = &provider_b },
		      { .addr = 0x6000, .len = 0x1000,
			.flags = PHYS_RANGE_CC_SHARED },
		      { .addr = 0x7000, .len = 0x1000,
			.flags = PHYS_RANGE_REQUIRE_COHERENT },
		      { .addr = 0x8000, .len = 0x1000,
			.flags = PHYS_RANGE_NO_CPU_ACCESS });
}

/* One pin is held per range and page, so ranges must not merge within a page. */
static void pinned_merge_test(struct kunit *test)
{
	unsigned long addr = test_user(test, PAGE_SIZE);
	struct page *page = test_user_pages(test, addr, 1)[0], *again;
	struct phys_range_list *list = test_list(test);
	phys_addr_t phys = page_to_phys(page);
	unsigned int i;

	for (i = 0; i < 3; i++) {
		KUNIT_ASSERT_EQ(test, 1, pin_user_pages_fast(addr, 1, 0, &again));
		KUNIT_ASSERT_PTR_EQ(test, page, again);
	}
	KUNIT_EXPECT_EQ(test, 0, add(list, phys, 0x400, PHYS_RANGE_PINNED));
	KUNIT_EXPECT_EQ(test, 0, add(list, phys + 0x400, 0x400,
				     PHYS_RANGE_PINNED));
	KUNIT_EXPECT_EQ(test, 0, add(list, phys + 0x800, 0x800,
				     PHYS_RANGE_PINNED));
	expect_ranges(test, list,
		      { .addr = phys, .len = 0x400, .flags = PHYS_RANGE_PINNED },
		      { .addr = phys + 0x400, .len = 0x400,
			.flags = PHYS_RANGE_PINNED },
		      { .addr = phys + 0x800, .len = 0x800,
			.flags = PHYS_RANGE_PINNED });
	KUNIT_EXPECT_EQ(test, extra_pins(page), 3);

	/* Each range drops one, when it is gone. */
	KUNIT_EXPECT_EQ(test, 0, phys_range_list_truncate(list, 0x800,
							  GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, extra_pins(page), 2);
	KUNIT_EXPECT_EQ(test, 0, phys_range_list_truncate(list, 0x401,
							  GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, extra_pins(page), 2);
	phys_range_list_destroy(list);
	KUNIT_EXPECT_EQ(test, extra_pins(page), 0);
}

/* At page boundaries pinned ranges do merge. */
static void pinned_merge_pages_test(struct kunit *test)
{
	struct phys_range_list *list = test_list(test);
	const u32 pinned = PHYS_RANGE_PINNED;

	/* Nothing is pinned there: these must not be destroyed as pinned. */
	KUNIT_EXPECT_EQ(test, 0, add(list, 0x11800, 0x800, pinned));
	KUNIT_EXPECT_EQ(test, 0, add(list, 0x12000, 0x1000, pinned));
	KUNIT_EXPECT_EQ(test, 0, add(list, 0x13000, 0x800, pinned));
	KUNIT_EXPECT_EQ(test, 0, add(list, 0x13800, 0x800, pinned));
	KUNIT_EXPECT_EQ(test, 0, add(list, 0x14000, 0x800, 0));
	expect_ranges(test, list,
		      { .addr = 0x11800, .len = 0x2000, .flags = pinned },
		      { .addr = 0x13800, .len = 0x800, .flags = pinned },
		      { .addr = 0x14000, .len = 0x800 });
	range_list_destroy(&list->rl);
}

static void phys_vecs_test(struct kunit *test)
{
	struct phys_vec vec[] = {
		{ 0x1000, 0x1000 }, { 0x2000, 0x1000 }, { 0x8000, 0x10 },
		{ FAR_AWAY, 0x10000000 }, { 0x1003, 0x1 },
	};
	const u32 flags = PHYS_RANGE_P2P | PHYS_RANGE_MMIO;
	struct phys_range_list *list = test_list(test), *some;
	unsigned int i;

	KUNIT_EXPECT_EQ(test, 0,
			phys_range_list_append_phys_vecs(list, vec, 0, 0, NULL,
							 GFP_KERNEL));
	expect_empty(test, list);
	KUNIT_EXPECT_EQ(test, 0,
			phys_range_list_append_phys_vecs(list, vec,
							 ARRAY_SIZE(vec), flags,
							 &provider_a,
							 GFP_KERNEL));
#define P2P_A	.flags = flags, .provider = &provider_a
	expect_ranges(test, list,
		      { .addr = 0x1000, .len = 0x2000, P2P_A },
		      { .addr = 0x8000, .len = 0x10, P2P_A },
		      { .addr = FAR_AWAY, .len = 0x10000000, P2P_A },
		      { .addr = 0x1003, .len = 0x1, P2P_A });
#undef P2P_A

	/* A failure at any place, of each kind. */
	some = test_some_ranges(test);
	for (i = 0; i < ARRAY_SIZE(vec); i++) {
		struct phys_vec old = vec[i];

		vec[i].len = 0;
		KUNIT_EXPECT_EQ(test, -EINVAL,
				phys_range_list_append_phys_vecs(some, vec,
								 ARRAY_SIZE(vec),
								 0, NULL,
								 GFP_KERNEL));
		expect_some_ranges(test, some);
		vec[i].paddr = PHYS_ADDR_MAX - 0xfff;
		vec[i].len = 0x2000;
		KUNIT_EXPECT_EQ(test, -EOVERFLOW,
				phys_range_list_append_phys_vecs(some, vec,
								 ARRAY_SIZE(vec),
								 0, NULL,
								 GFP_KERNEL));
		expect_some_ranges(test, some);
		vec[i] = old;
	}
	KUNIT_EXPECT_EQ(test, -EINVAL,
			phys_range_list_append_phys_vecs(some, vec, 1,
							 PHYS_RANGE_P2P, NULL,
							 GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			phys_range_list_append_phys_vecs(some, vec, 1, 0,
							 &provider_a,
							 GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			phys_range_list_append_phys_vecs(some, vec, 1,
							 PHYS_RANGE_FLAGS + 1,
							 NULL, GFP_KERNEL));
	/* The array would do, together with the list it would not. */
	vec[0] = (struct phys_vec){ 0x1000, U64_MAX - 0x2000 };
	KUNIT_EXPECT_EQ(test, -EOVERFLOW,
			phys_range_list_append_phys_vecs(some, vec, 1, 0, NULL,
							 GFP_KERNEL));
	expect_some_ranges(test, some);
}

/*
 * Builders
 */

static void pages_test(struct kunit *test)
{
	struct phys_range_list *list = test_list(test), *some;
	const unsigned int nr = 64;
	struct page **pages = test_scattered(test, nr), *page;
	struct page *block = test_block(test, 4);
	struct page *row[16];
	unsigned int i;

	KUNIT_EXPECT_EQ(test, 0,
			phys_range_list_append_pages(list, pages, nr, 0,
						     nr * PAGE_SIZE,
						     GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, phys_range_list_nr(list), nr);
	KUNIT_EXPECT_TRUE(test, phys_range_list_is_aligned(list, PAGE_SIZE));
	i = 0;
	phys_range_list_for_each_page(list, page)
		KUNIT_EXPECT_PTR_EQ(test, page, pages[i++]);
	KUNIT_EXPECT_EQ(test, i, nr);
	phys_range_list_destroy(list);

	/* From the middle of the first into the middle of the third. */
	KUNIT_EXPECT_EQ(test, 0,
			phys_range_list_append_pages(list, pages, nr, 0xff0,
						     0x10 + PAGE_SIZE + 3,
						     GFP_KERNEL));
	expect_ranges(test, list,
		      { .addr = page_to_phys(pages[0]) + 0xff0, .len = 0x10 },
		      { .addr = page_to_phys(pages[1]), .len = PAGE_SIZE },
		      { .addr = page_to_phys(pages[2]), .len = 3 });
	phys_range_list_destroy(list);

	for (i = 0; i < ARRAY_SIZE(row); i++)
		row[i] = block + i;
	KUNIT_EXPECT_EQ(test, 0,
			phys_range_list_append_pages(list, row, 16, 1,
						     16 * PAGE_SIZE - 2,
						     GFP_KERNEL));
	expect_ranges(test, list,
		      { .addr = page_to_phys(block) + 1,
			.len = 16 * PAGE_SIZE - 2 });

	some = test_some_ranges(test);
	KUNIT_EXPECT_EQ(test, -EINVAL,
			phys_range_list_append_pages(some, pages, nr, 0, 0,
						     GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			phys_range_list_append_pages(some, pages, nr, PAGE_SIZE,
						     1, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			phys_range_list_append_pages(some, pages, nr, 1,
						     nr * PAGE_SIZE,
						     GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			phys_range_list_append_pages(some, pages, 0, 0, 1,
						     GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			phys_range_list_append_pages(some, pages, 0, 1, 1,
						     GFP_KERNEL));
	/* Before, at and behind the end of what is decoded at a time. */
	for (i = 0; i < nr; i++) {
		page = pages[i];
		pages[i] = NULL;
		KUNIT_EXPECT_EQ(test, -EINVAL,
				phys_range_list_append_pages(some, pages, nr, 0,
							     nr * PAGE_SIZE,
							     GFP_KERNEL));
		pages[i] = page;
	}
	expect_some_ranges(test, some);
	/* One that is not needed may be NULL. */
	pages[1] = NULL;
	KUNIT_EXPECT_EQ(test, 0,
			phys_range_list_append_pages(list, pages, 2, 0, 17,
						     GFP_KERNEL));
}

static void folio_test(struct kunit *test)
{
	struct phys_range_list *list = test_list(test), *some;
	struct phys_range_folio part;
	struct folio *folios[10], *folio;
	unsigned int order;
	u64 bytes = 0;

	for (order = 0; order < ARRAY_SIZE(folios); order++) {
		size_t size = PAGE_SIZE << order;

		folio = test_folio(test, order);
		folios[order] = folio;
		bytes += size;

		KUNIT_EXPECT_EQ(test, 0,
				phys_range_list_append_folio(list, folio, 0,
							     size, GFP_KERNEL));
		expect_ranges(test, list,
			      { .addr = folio_phys(folio), .len = size });
		phys_range_list_destroy(list);

		KUNIT_EXPECT_EQ(test, 0,
				phys_range_list_append_folio(list, folio, 7,
							     size - 8,
							     GFP_KERNEL));
		expect_ranges(test, list,
			      { .addr = folio_phys(folio) + 7,
				.len = size - 8 });
		phys_range_list_for_each_folio(list, part) {
			KUNIT_EXPECT_PTR_EQ(test, part.folio, folio);
			KUNIT_EXPECT_EQ(test, part.offset, 7);
			KUNIT_EXPECT_EQ(test, part.len, size - 8);
		}
		KUNIT_EXPECT_EQ(test, -EINVAL,
				phys_range_list_append_folio(list, folio, 0, 0,
							     GFP_KERNEL));
		KUNIT_EXPECT_EQ(test, -EINVAL,
				phys_range_list_append_folio(list, folio, 1,
							     size, GFP_KERNEL));
		KUNIT_EXPECT_EQ(test, -EINVAL,
				phys_range_list_append_folio(list, folio,
							     size + 1, SIZE_MAX,
							     GFP_KERNEL));
		KUNIT_EXPECT_EQ(test, -EINVAL,
				phys_range_list_append_folio(list, folio, size,
							     1, GFP_KERNEL));
		KUNIT_EXPECT_EQ(test, phys_range_list_nr(list), 1);
		phys_range_list_destroy(list);
	}
	KUNIT_EXPECT_EQ(test, -EINVAL,
			phys_range_list_append_folio(list, NULL, 0, 1,
						     GFP_KERNEL));

	KUNIT_EXPECT_EQ(test, 0,
			phys_range_list_append_folios(list, folios, 10,
						      GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, phys_range_list_bytes(list), bytes);
	order = 0;
	memset(&part, POISON, sizeof(part));
	phys_range_list_for_each_folio(list, part) {
		KUNIT_ASSERT_LT(test, order, ARRAY_SIZE(folios));
		KUNIT_EXPECT_PTR_EQ(test, part.folio, folios[order]);
		KUNIT_EXPECT_EQ(test, part.offset, 0);
		KUNIT_EXPECT_EQ(test, part.len, folio_size(folios[order]));
		order++;
	}
	KUNIT_EXPECT_EQ(test, order, ARRAY_SIZE(folios));

	some = test_some_ranges(test);
	for (order = 0; order < ARRAY_SIZE(folios); order++) {
		folio = folios[order];
		folios[order] = NULL;
		KUNIT_EXPECT_EQ(test, -EINVAL,
				phys_range_list_append_folios(some, folios, 10,
							      GFP_KERNEL));
		folios[order] = folio;
	}
	KUNIT_EXPECT_EQ(test, 0,
			phys_range_list_append_folios(some, folios, 0,
						      GFP_KERNEL));
	expect_some_ranges(test, some);
}

static void bvec_test(struct kunit *test)
{
	struct phys_range_list *list = test_list(test), *some;
	struct page **pages = test_scattered(test, 16);
	struct folio *folio = test_folio(test, 3);
	struct bio_vec bvec[4], back[8];
	struct bvec_iter iter = { .bi_size = 0 };
	unsigned int i;

	bvec_set_page(&bvec[0], pages[0], 0x200, 0xe00);
	bvec_set_folio(&bvec[1], folio, 3 * PAGE_SIZE, PAGE_SIZE);
	/* Beyond its page, as a bvec may be. */
	bvec_set_page(&bvec[2], folio_page(folio, 1), PAGE_SIZE,
		      3 * PAGE_SIZE + 16);
	bvec_set_page(&bvec[3], pages[2], 1, 0xfff);
	KUNIT_EXPECT_EQ(test, 0,
			phys_range_list_append_bvecs(list, bvec, 4, GFP_KERNEL));
	expect_ranges(test, list,
		      { .addr = page_to_phys(pages[0]) + 0xe00, .len = 0x200 },
		      { .addr = folio_phys(folio) + PAGE_SIZE,
			.len = 3 * PAGE_SIZE },
		      { .addr = folio_phys(folio) + 4 * PAGE_SIZE + 16,
			.len = PAGE_SIZE },
		      { .addr = page_to_phys(pages[2]) + 0xfff, .len = 1 });

	memset(back, POISON, sizeof(back));
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_EQ(test, -ENOSPC,
				phys_range_list_to_bvecs(list, back, i));
	KUNIT_EXPECT_PTR_EQ(test, NULL,
			    memchr_inv(back, POISON, sizeof(back)));
	KUNIT_EXPECT_EQ(test, 4, phys_range_list_to_bvecs(list, back, 8));
	for (i = 0; i < 4; i++) {
		KUNIT_EXPECT_EQ(test, bvec_phys(&back[i]), bvec_phys(&bvec[i]));
		KUNIT_EXPECT_EQ(test, back[i].bv_len, bvec[i].bv_len);
		KUNIT_EXPECT_LT(test, back[i].bv_offset, PAGE_SIZE);
	}
	KUNIT_EXPECT_PTR_EQ(test, NULL,
			    memchr_inv(&back[4], POISON, 4 * sizeof(*back)));

	some = test_some_ranges(test);
	for (i = 0; i < 4; i++) {
		struct bio_vec old = bvec[i];

		bvec[i].bv_len = 0;
		KUNIT_EXPECT_EQ(test, -EINVAL,
				phys_range_list_append_bvecs(some, bvec, 4,
							     GFP_KERNEL));
		bvec[i] = old;
		bvec[i].bv_page = NULL;
		KUNIT_EXPECT_EQ(test, -EINVAL,
				phys_range_list_append_bvecs(some, bvec, 4,
							     GFP_KERNEL));
		bvec[i] = old;
	}
	KUNIT_EXPECT_EQ(test, 0,
			phys_range_list_append_bvecs(some, bvec, 0, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, 0,
			phys_range_list_append_bvec_iter(some, bvec, iter,
							 GFP_KERNEL));
	expect_some_ranges(test, some);
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
			phys_range_list_to_bvecs(some, back, 8));

	/* An iterator that stands within the second and ends in the third. */
	phys_range_list_destroy(list);
	iter.bi_size = 0x200 + 3 * PAGE_SIZE + 48;
	KUNIT_ASSERT_TRUE(test, bvec_iter_advance(bvec, &iter,
						  0x200 + 2 * PAGE_SIZE + 16));
	KUNIT_ASSERT_EQ(test, iter.bi_idx, 1);
	KUNIT_EXPECT_EQ(test, 0,
			phys_range_list_append_bvec_iter(list, bvec, iter,
							 GFP_KERNEL));
	expect_ranges(test, list,
		      { .addr = folio_phys(folio) + 3 * PAGE_SIZE + 16,
			.len = PAGE_SIZE - 16 },
		      { .addr = folio_phys(folio) + 4 * PAGE_SIZE + 16,
			.len = 48 });
}

static void bio_action(void *bio)
{
	bio_put(bio);
}

static void bio_test(struct kunit *test)
{
	struct phys_range_list *list = test_list(test);
	struct page **pages = test_scattered(test, 4);
	struct folio *folio = test_folio(test, 2);
	struct bio *bio = bio_alloc(NULL, 4, REQ_OP_WRITE, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, bio);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, bio_action, bio));
	KUNIT_EXPECT_EQ(test, 0,
			phys_range_list_append_bio(list, bio, GFP_KERNEL));
	expect_empty(test, list);

	__bio_add_page(bio, pages[0], 512, 1024);
	__bio_add_page(bio, folio_page(folio, 0), 4 * PAGE_SIZE, 0);
	__bio_add_page(bio, pages[1], PAGE_SIZE, 0);
	KUNIT_EXPECT_EQ(test, 0,
			phys_range_list_append_bio(list, bio, GFP_KERNEL));
	expect_ranges(test, list,
		      { .addr = page_to_phys(pages[0]) + 1024, .len = 512 },
		      { .addr = folio_phys(folio), .len = 4 * PAGE_SIZE },
		      { .addr = page_to_phys(pages[1]), .len = PAGE_SIZE });
	phys_range_list_destroy(list);

	bio_advance(bio, 512 + PAGE_SIZE + 512);
	KUNIT_ASSERT_EQ(test, bio->bi_iter.bi_idx, 1);
	KUNIT_EXPECT_EQ(test, 0,
			phys_range_list_append_bio(list, bio, GFP_KERNEL));
	expect_ranges(test, list,
		      { .addr = folio_phys(folio) + PAGE_SIZE + 512,
			.len = 3 * PAGE_SIZE - 512 },
		      { .addr = page_to_phys(pages[1]), .len = PAGE_SIZE });
	KUNIT_EXPECT_EQ(test, phys_range_list_bytes(list),
			bio->bi_iter.bi_size);

	/* There is a size, but no data. */
	bio->bi_opf = REQ_OP_DISCARD;
	KUNIT_EXPECT_EQ(test, -EINVAL,
			phys_range_list_append_bio(list, bio, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, phys_range_list_bytes(list),
			bio->bi_iter.bi_size);
}

static void bios_test(struct kunit *test)
{
	struct phys_range_list *list = test_list(test);
	struct page **pages = test_scattered(test, 3);
	struct bio *bio[3];
	int i;

	for (i = 0; i < 3; i++) {
		bio[i] = bio_alloc(NULL, 1, REQ_OP_WRITE, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, bio[i]);
		KUNIT_ASSERT_EQ(test, 0,
				kunit_add_action_or_reset(test, bio_action,
							  bio[i]));
		__bio_add_page(bio[i], pages[i], PAGE_SIZE, 0);
		if (i)
			bio[i - 1]->bi_next = bio[i];
	}
	KUNIT_EXPECT_EQ(test, 0,
			phys_range_list_append_bios(list, NULL, GFP_KERNEL));
	expect_empty(test, list);

	/* The second cannot be put between the others. */
	bio[1]->bi_opf = REQ_OP_DISCARD;
	KUNIT_EXPECT_EQ(test, -EINVAL,
			phys_range_list_append_bios(list, bio[0], GFP_KERNEL));
	expect_empty(test, list);

	/* From the second on, and then all of them. */
	bio[1]->bi_opf = REQ_OP_WRITE;
	bio_advance(bio[1], 512);
	KUNIT_EXPECT_EQ(test, 0,
			phys_range_list_append_bios(list, bio[1], GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, 0,
			phys_range_list_append_bios(list, bio[0], GFP_KERNEL));
	expect_ranges(test, list,
		      { .addr = page_to_phys(pages[1]) + 512,
			.len = PAGE_SIZE - 512 },
		      { .addr = page_to_phys(pages[2]), .len = PAGE_SIZE },
		      { .addr = page_to_phys(pages[0]), .len = PAGE_SIZE },
		      { .addr = page_to_phys(pages[1]) + 512,
			.len = PAGE_SIZE - 512 },
		      { .addr = page_to_phys(pages[2]), .len = PAGE_SIZE });
}

#ifdef CONFIG_NET
static void skb_action(void *skb)
{
	kfree_skb(skb);
}

/* A packet of @len bytes of linear data, and @room in front of them. */
static struct sk_buff *test_skb(struct kunit *test, unsigned int room,
				unsigned int len)
{
	struct sk_buff *skb = alloc_skb(room + len, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, skb);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, skb_action, skb));
	skb_reserve(skb, room);
	skb_put_zero(skb, len);
	return skb;
}

static void skb_add_frag(struct sk_buff *skb, struct page *page,
			 unsigned int offset, unsigned int len)
{
	get_page(page);
	skb_add_rx_frag(skb, skb_shinfo(skb)->nr_frags, page, offset, len, len);
}

/* Put the packets @part, of which there are @nr, behind the fragments of @skb. */
static void skb_add_list(struct sk_buff *skb, struct sk_buff *const *part,
			 unsigned int nr)
{
	unsigned int i;

	skb_shinfo(skb)->frag_list = part[0];
	for (i = 0; i < nr; i++) {
		/* It is freed with @skb, and by its own action. */
		skb_get(part[i]);
		part[i]->next = i + 1 < nr ? part[i + 1] : NULL;
		skb->len += part[i]->len;
		skb->data_len += part[i]->len;
	}
}

/* Compare with what skb_to_sgvec() makes of the same bytes. */
static void check_skb(struct kunit *test, struct phys_range_list *list,
		      struct sk_buff *skb, unsigned int offset,
		      unsigned int len)
{
	struct scatterlist sgl[16], *sg;
	struct phys_range range;
	u64 pos = 0, end;
	int nents, i;

	sg_init_table(sgl, ARRAY_SIZE(sgl));
	nents = skb_to_sgvec(skb, sgl, offset, len);
	KUNIT_ASSERT_GT(test, nents, 0);
	phys_range_list_destroy(list);
	KUNIT_ASSERT_EQ_MSG(test, 0,
			    phys_range_list_append_skb(list, skb, offset, len,
						       GFP_KERNEL),
			    "%u bytes at %u", len, offset);
	KUNIT_ASSERT_EQ_MSG(test, phys_range_list_bytes(list), len,
			    "%u bytes at %u", len, offset);
	KUNIT_ASSERT_LE(test, phys_range_list_nr(list), nents);
	for_each_sg(sgl, sg, nents, i) {
		end = pos + sg->length;
		phys_range_list_for_each_slice(list, pos, sg->length, range) {
			KUNIT_ASSERT_EQ_MSG(test, range.addr,
					    sg_phys(sg) + sg->length -
					    (end - pos), "%u bytes at %u",
					    len, offset);
			KUNIT_ASSERT_EQ(test, range.flags, 0);
			pos += range.len;
		}
		KUNIT_ASSERT_EQ(test, pos, end);
	}
	KUNIT_ASSERT_EQ(test, pos, len);
}

static void skb_test(struct kunit *test)
{
	struct phys_range_list *list = test_list(test);
	struct phys_range_list *some = test_some_ranges(test);
	struct sk_buff *skb = test_skb(test, 32, 200);
	struct page *page = test_block(test, 2);
	phys_addr_t data = virt_to_phys(skb->data), addr = page_to_phys(page);

	/* Linear data only. */
	KUNIT_EXPECT_EQ(test, 0,
			phys_range_list_append_skb(list, skb, 0, 200,
						   GFP_KERNEL));
	expect_ranges(test, list, { .addr = data, .len = 200 });
	/* The next packet continues the last. */
	phys_range_list_destroy(list);
	KUNIT_ASSERT_EQ(test, 0, add(list, data - 32, 40, 0));
	KUNIT_EXPECT_EQ(test, 0,
			phys_range_list_append_skb(list, skb, 8, 100,
						   GFP_KERNEL));
	expect_ranges(test, list, { .addr = data - 32, .len = 140 });

	/* Fragments, of which one has no bytes and one continues another. */
	skb_add_frag(skb, page, 64, 300);
	skb_add_frag(skb, page, 2000, 0);
	skb_add_frag(skb, page, 364, 100);
	skb_add_frag(skb, page, PAGE_SIZE + 16, 2 * PAGE_SIZE);
	phys_range_list_destroy(list);
	KUNIT_EXPECT_EQ(test, 0,
			phys_range_list_append_skb(list, skb, 0, skb->len,
						   GFP_KERNEL));
	expect_ranges(test, list,
		      { .addr = data, .len = 200 },
		      { .addr = addr + 64, .len = 400 },
		      { .addr = addr + PAGE_SIZE + 16, .len = 2 * PAGE_SIZE });
	/* The same once more, but not all of it. */
	KUNIT_EXPECT_EQ(test, 0,
			phys_range_list_append_skb(list, skb, 199, 402,
						   GFP_KERNEL));
	expect_ranges(test, list,
		      { .addr = data, .len = 200 },
		      { .addr = addr + 64, .len = 400 },
		      { .addr = addr + PAGE_SIZE + 16, .len = 2 * PAGE_SIZE },
		      { .addr = data + 199, .len = 1 },
		      { .addr = addr + 64, .len = 400 },
		      { .addr = addr + PAGE_SIZE + 16, .len = 1 });

	/* Nothing, and more than there is. */
	phys_range_list_destroy(list);
	KUNIT_EXPECT_EQ(test, 0,
			phys_range_list_append_skb(list, skb, 0, 0,
						   GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, 0,
			phys_range_list_append_skb(list, skb, skb->len, 0,
						   GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -ERANGE,
			phys_range_list_append_skb(list, skb, 0, skb->len + 1,
						   GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -ERANGE,
			phys_range_list_append_skb(list, skb, skb->len, 1,
						   GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -ERANGE,
			phys_range_list_append_skb(list, skb, 1, UINT_MAX,
						   GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -ERANGE,
			phys_range_list_append_skb(list, skb, UINT_MAX, 2,
						   GFP_KERNEL));
	expect_empty(test, list);
	KUNIT_EXPECT_EQ(test, 0,
			phys_range_list_append_skb(some, skb, 1, 0,
						   GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -ERANGE,
			phys_range_list_append_skb(some, skb, 100, skb->len,
						   GFP_KERNEL));
	expect_some_ranges(test, some);

	/* A preloaded list keeps what it has. */
	KUNIT_ASSERT_EQ(test, 0,
			phys_range_list_preload(list, 100, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -ERANGE,
			phys_range_list_append_skb(list, skb, 0, UINT_MAX,
						   GFP_KERNEL));
	KUNIT_EXPECT_TRUE(test, list->rl.preloaded);
	KUNIT_EXPECT_EQ(test, 0,
			phys_range_list_append_skb(list, skb, 200, 400,
						   GFP_KERNEL));
	expect_ranges(test, list, { .addr = addr + 64, .len = 400 });
	phys_range_list_preload_end(list);
}

/* Parts that begin and end before, at and behind each boundary of a packet. */
static void skb_parts_test(struct kunit *test)
{
	const unsigned int sizes[] = {
		100, 300, 50, 2 * PAGE_SIZE + 24, 60, 80, 90, 40, 70, 30, 20, 50,
	};
	unsigned int edges[3 * ARRAY_SIZE(sizes) + 1], edge = 0, n = 0, i, j;
	struct phys_range_list *list = test_list(test);
	struct page **pages = test_scattered(test, 8);
	struct page *block = test_block(test, 2);
	struct sk_buff *skb = test_skb(test, 16, 100), *part[4], *inner[2];

	skb_add_frag(skb, pages[0], 50, 300);
	skb_add_frag(skb, pages[0], 350, 50);
	skb_add_frag(skb, pages[1], 7, 0);
	skb_add_frag(skb, block, PAGE_SIZE - 8, 2 * PAGE_SIZE + 24);
	/* Linear data, nothing, fragments, and a list in the list. */
	part[0] = test_skb(test, 0, 60);
	part[1] = test_skb(test, 0, 0);
	part[2] = test_skb(test, 0, 0);
	skb_add_frag(part[2], pages[2], 1, 80);
	skb_add_frag(part[2], pages[3], 0, 90);
	part[3] = test_skb(test, 0, 40);
	skb_add_frag(part[3], pages[4], 3, 70);
	inner[0] = test_skb(test, 0, 30);
	skb_add_frag(inner[0], pages[5], 9, 20);
	inner[1] = test_skb(test, 0, 50);
	skb_add_list(part[3], inner, ARRAY_SIZE(inner));
	skb_add_list(skb, part, ARRAY_SIZE(part));

	edges[n++] = 0;
	edges[n++] = 1;
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		edge += sizes[i];
		edges[n++] = edge - 1;
		edges[n++] = edge;
		if (edge < skb->len)
			edges[n++] = edge + 1;
	}
	KUNIT_ASSERT_EQ(test, edge, skb->len);
	KUNIT_ASSERT_EQ(test, n, ARRAY_SIZE(edges));
	for (i = 0; i < n; i++) {
		for (j = i + 1; j < n; j++)
			check_skb(test, list, skb, edges[i],
				  edges[j] - edges[i]);
		KUNIT_ASSERT_EQ(test, -ERANGE,
				phys_range_list_append_skb(list, skb, edges[i],
							   edge + 1 - edges[i],
							   GFP_KERNEL));
	}
	/* Two fragments are adjacent. */
	check_skb(test, list, skb, 0, edge);
	KUNIT_EXPECT_EQ(test, phys_range_list_nr(list), ARRAY_SIZE(sizes) - 1);
}

/* Lists in lists, as deep as skb_to_sgvec() goes and deeper. */
static void skb_depth_test(struct kunit *test)
{
	const unsigned int most = 24, len = 10;
	struct phys_range_list *list = test_list(test);
	struct phys_range_list *some = test_some_ranges(test);
	struct sk_buff *skb = NULL, *inner;
	struct scatterlist sgl[25];
	unsigned int depth;

	for (depth = 1; depth <= most + 1; depth++) {
		inner = skb;
		skb = test_skb(test, 0, len);
		if (inner)
			skb_add_list(skb, &inner, 1);
		if (depth < most)
			continue;
		sg_init_table(sgl, ARRAY_SIZE(sgl));
		phys_range_list_destroy(list);
		KUNIT_EXPECT_EQ(test, depth > most ? -EMSGSIZE : depth,
				skb_to_sgvec(skb, sgl, 0, skb->len));
		KUNIT_EXPECT_EQ(test, depth > most ? -EMSGSIZE : 0,
				phys_range_list_append_skb(list, skb, 0,
							   skb->len,
							   GFP_KERNEL));
		KUNIT_EXPECT_EQ(test, phys_range_list_bytes(list),
				depth > most ? 0 : skb->len);
	}
	KUNIT_EXPECT_EQ(test, -EMSGSIZE,
			phys_range_list_append_skb(some, skb, 0, skb->len,
						   GFP_KERNEL));
	expect_some_ranges(test, some);
	/* What is too deep is not asked for. */
	KUNIT_EXPECT_EQ(test, 0,
			phys_range_list_append_skb(list, skb, 0, most * len,
						   GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, phys_range_list_bytes(list), most * len);
}

/* A fragment without pages, which only a device can read. */
static void skb_unreadable_test(struct kunit *test)
{
	static struct net_iov niov;
	struct phys_range_list *list = test_list(test);
	struct phys_range_list *some = test_some_ranges(test);
	struct page **pages = test_scattered(test, 4);
	netmem_ref netmem = net_iov_to_netmem(&niov);
	struct sk_buff *skb = test_skb(test, 0, 10);
	unsigned int i;

	for (i = 0; i < 3; i++)
		skb_add_frag(skb, pages[i], 0, 100);
	swap(skb_shinfo(skb)->frags[1].netmem, netmem);
	KUNIT_EXPECT_EQ(test, -EFAULT,
			phys_range_list_append_skb(list, skb, 0, skb->len,
						   GFP_KERNEL));
	expect_empty(test, list);
	KUNIT_EXPECT_EQ(test, -EFAULT,
			phys_range_list_append_skb(some, skb, 209, 1,
						   GFP_KERNEL));
	expect_some_ranges(test, some);
	/* Not in the way. */
	KUNIT_EXPECT_EQ(test, 0,
			phys_range_list_append_skb(list, skb, 0, 110,
						   GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, 0,
			phys_range_list_append_skb(list, skb, 210, 100,
						   GFP_KERNEL));
	expect_ranges(test, list,
		      { .addr = virt_to_phys(skb->data), .len = 10 },
		      { .addr = page_to_phys(pages[0]), .len = 100 },
		      { .addr = page_to_phys(pages[2]), .len = 100 });
	swap(skb_shinfo(skb)->frags[1].netmem, netmem);
}

/* Each allocation fails once: for an empty list, and for one that is not. */
static void skb_fail_test(struct kunit *test)
{
	struct phys_range_list *list = test_list(test);
	struct page **pages = test_scattered(test, 128);
	struct sk_buff *skb = test_skb(test, 0, 10), *part[8];
	unsigned int i, nth, filled, failures = 0;
	bool failed;
	int err;

	if (!CAN_FAIL_SLAB)
		kunit_skip(test, "needs CONFIG_FAILSLAB");
	for (i = 0; i < ARRAY_SIZE(part); i++)
		part[i] = test_skb(test, 0, 0);
	for (i = 0; i < 128; i++)
		skb_add_frag(part[i / 16], pages[i], i, 100 + i);
	skb_add_list(skb, part, ARRAY_SIZE(part));

	for (filled = 0; filled < 2; filled++) {
		for (nth = 1; ; nth++) {
			KUNIT_ASSERT_LT(test, nth, 100);
			phys_range_list_destroy(list);
			for (i = 0; filled && i < ARRAY_SIZE(some_ranges); i++)
				KUNIT_ASSERT_EQ(test, 0,
						phys_range_list_append(list,
								       &some_ranges[i],
								       GFP_KERNEL));
			fail_slab(nth);
			err = phys_range_list_append_skb(list, skb, 0, skb->len,
							 GFP_NOWAIT |
							 __GFP_NOWARN);
			failed = !fail_slab_pending();
			fail_slab(0);
			if (!failed)
				break;
			failures += !!err;
			if (!err)
				continue;
			KUNIT_ASSERT_EQ(test, -ENOMEM, err);
			if (filled)
				expect_some_ranges(test, list);
			else
				expect_empty(test, list);
		}
		KUNIT_ASSERT_EQ(test, 0, err);
	}
	KUNIT_EXPECT_GT(test, failures, 1);
}
#endif /* CONFIG_NET */

static void expect_same(struct kunit *test, const struct phys_range_list *list,
			const struct phys_range_list *other)
{
	struct phys_range_state state = phys_range_state_first(other);
	struct phys_range range, same = {};

	KUNIT_EXPECT_EQ(test, phys_range_list_nr(list),
			phys_range_list_nr(other));
	KUNIT_EXPECT_EQ(test, phys_range_list_bytes(list),
			phys_range_list_bytes(other));
	KUNIT_EXPECT_EQ(test, phys_range_list_lowest(list),
			phys_range_list_lowest(other));
	KUNIT_EXPECT_EQ(test, phys_range_list_highest(list),
			phys_range_list_highest(other));
	KUNIT_EXPECT_EQ(test, list->rl.edges, other->rl.edges);
	phys_range_list_for_each(list, range) {
		KUNIT_ASSERT_TRUE(test, phys_range_next(&state, &same));
		KUNIT_ASSERT_EQ(test, range.addr, same.addr);
		KUNIT_ASSERT_EQ(test, range.len, same.len);
	}
	KUNIT_EXPECT_FALSE(test, phys_range_next(&state, &same));
}

/* What is added to a list that is not empty is taken away again if it fails. */
static void pages_undo_test(struct kunit *test)
{
	struct phys_range_list *list = test_list(test);
	struct phys_range_list *before = test_list(test);
	const unsigned int nr = 256, half = nr / 2;
	struct page **pages = test_scattered(test, nr), *hole = NULL;
	unsigned int i;

	for (i = 0; i < half; i += 16)
		KUNIT_ASSERT_EQ(test, 0,
				phys_range_list_append_pages(list, pages + i, 16,
							     0, 16 * PAGE_SIZE,
							     GFP_KERNEL));
	KUNIT_ASSERT_EQ(test, 0,
			phys_range_list_copy(before, list, 0,
					     phys_range_list_bytes(list),
					     GFP_KERNEL));
	for (i = half; i < nr; i += 7) {
		swap(pages[i], hole);
		KUNIT_EXPECT_EQ(test, -EINVAL,
				phys_range_list_append_pages(list, pages + half,
							     half, 0,
							     half * PAGE_SIZE,
							     GFP_KERNEL));
		swap(pages[i], hole);
		expect_same(test, list, before);
	}

	/* Merged with what was there, and wider than that. */
	pages[half] = pages[half - 1] + 1;
	pages[half + 1] = NULL;
	KUNIT_EXPECT_EQ(test, -EINVAL,
			phys_range_list_append_pages(list, pages + half, half,
						     0, half * PAGE_SIZE,
						     GFP_KERNEL));
	expect_same(test, list, before);
	KUNIT_EXPECT_EQ(test, -EINVAL,
			phys_range_list_append_phys_vecs(list,
							 (struct phys_vec[]){
							 { 0x123456789, 7 },
							 { 1, SZ_1G },
							 { 0, 0 } }, 3, 0, NULL,
							 GFP_KERNEL));
	expect_same(test, list, before);
}

static void sgtable_action(void *sgt)
{
	sg_free_table(sgt);
}

static void sgtable_test(struct kunit *test)
{
	/* More than a page of entries: the table is chained. */
	const unsigned int nr = 512;
	struct page **pages = test_scattered(test, nr);
	struct phys_range_list *list = test_list(test), *back, *some;
	struct sg_table *sgt;
	struct scatterlist *sg, old;
	struct phys_range *want;
	unsigned int i;

	sgt = kunit_kzalloc(test, 2 * sizeof(*sgt), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, sgt);
	want = kunit_kcalloc(test, nr, sizeof(*want), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, want);
	KUNIT_ASSERT_EQ(test, 0, sg_alloc_table(sgt, nr, GFP_KERNEL));
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, sgtable_action, sgt));
	for_each_sgtable_sg(sgt, sg, i) {
		sg_set_page(sg, pages[i], 0x800 + i, i & 7);
		want[i] = (struct phys_range){
			.addr = page_to_phys(pages[i]) + (i & 7),
			.len = 0x800 + i,
		};
	}
	KUNIT_EXPECT_EQ(test, 0,
			phys_range_list_append_sgtable(list, sgt, GFP_KERNEL));
	check_list(test, __LINE__, list, want, nr);

	KUNIT_ASSERT_EQ(test, 0, phys_range_list_to_sgtable(list, &sgt[1],
							    GFP_KERNEL));
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, sgtable_action,
						  &sgt[1]));
	KUNIT_EXPECT_EQ(test, sgt[1].orig_nents, nr);
	back = test_list(test);
	KUNIT_EXPECT_EQ(test, 0, phys_range_list_append_sgtable(back, &sgt[1],
								GFP_KERNEL));
	check_list(test, __LINE__, back, want, nr);

	some = test_some_ranges(test);
	sg = sg_last(sgt->sgl, nr);
	old = *sg;
	sg->length = 0;
	KUNIT_EXPECT_EQ(test, -EINVAL,
			phys_range_list_append_sgtable(some, sgt, GFP_KERNEL));
	*sg = old;
	sg_assign_page(sg, NULL);
	KUNIT_EXPECT_EQ(test, -EINVAL,
			phys_range_list_append_sgtable(some, sgt, GFP_KERNEL));
	*sg = old;
	expect_some_ranges(test, some);

	/* Nothing to free after these. */
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
			phys_range_list_to_sgtable(some, &sgt[1], GFP_KERNEL));
	phys_range_list_destroy(some);
	KUNIT_EXPECT_EQ(test, -EINVAL,
			phys_range_list_to_sgtable(some, &sgt[1], GFP_KERNEL));
}

static void virt_test(struct kunit *test)
{
	struct phys_range_list *list = test_list(test), *some;
	struct page **pages = test_scattered(test, 8);
	const size_t size = 5 * PAGE_SIZE;
	u64 pos;
	u8 *buf, *map;

	some = test_some_ranges(test);
	buf = kunit_kmalloc(test, size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, buf);
	KUNIT_EXPECT_EQ(test, 0, phys_range_list_append_virt(list, buf + 3,
							     size - 5,
							     GFP_KERNEL));
	expect_ranges(test, list,
		      { .addr = virt_to_phys(buf + 3), .len = size - 5 });
	phys_range_list_destroy(list);
	KUNIT_EXPECT_EQ(test, -EINVAL,
			phys_range_list_append_virt(some, buf, 0, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -EFAULT,
			phys_range_list_append_virt(some, buf, SZ_1T,
						    GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -EFAULT,
			phys_range_list_append_virt(some, NULL, 1, GFP_KERNEL));

	/* Scattered pages: unaligned at both ends. */
	map = vmap(pages, 8, VM_MAP, PAGE_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, map);
	KUNIT_EXPECT_EQ(test, 0, phys_range_list_append_virt(list, map + 0x801,
							     2 * PAGE_SIZE,
							     GFP_KERNEL));
	expect_ranges(test, list,
		      { .addr = page_to_phys(pages[0]) + 0x801, .len = 0x7ff },
		      { .addr = page_to_phys(pages[1]), .len = PAGE_SIZE },
		      { .addr = page_to_phys(pages[2]), .len = 0x801 });
	phys_range_list_destroy(list);
	/* Behind what is mapped there is a guard page. */
	KUNIT_EXPECT_EQ(test, 0, phys_range_list_append_virt(list, map,
							     8 * PAGE_SIZE,
							     GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, phys_range_list_nr(list), 8);
	KUNIT_EXPECT_EQ(test, -EFAULT,
			phys_range_list_append_virt(some, map, 8 * PAGE_SIZE + 1,
						    GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -EFAULT,
			phys_range_list_append_virt(some, map + 8 * PAGE_SIZE,
						    1, GFP_KERNEL));
	vunmap(map);
	expect_some_ranges(test, some);
	phys_range_list_destroy(list);

	buf = vmalloc(size);
	KUNIT_ASSERT_NOT_NULL(test, buf);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, vfree_action, buf));
	KUNIT_EXPECT_EQ(test, 0, phys_range_list_append_virt(list, buf, size,
							     GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, phys_range_list_bytes(list), size);
	for (pos = 0; pos < size; pos += PAGE_SIZE) {
		struct phys_range range = {};

		phys_range_list_for_each_slice(list, pos, 1, range)
			KUNIT_EXPECT_EQ(test, range.addr,
					page_to_phys(vmalloc_to_page(buf + pos)));
		KUNIT_EXPECT_EQ(test, range.len, 1);
	}
}

static void iov_iter_kernel_test(struct kunit *test)
{
	struct phys_range_list *list = test_list(test);
	struct page **pages = test_scattered(test, 8);
	struct bio_vec bvec[3];
	struct iov_iter iter;
	struct kvec kvec[3];
	u8 *buf, *vbuf;

	buf = kunit_kmalloc(test, 4 * PAGE_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, buf);
	vbuf = vmalloc(2 * PAGE_SIZE);
	KUNIT_ASSERT_NOT_NULL(test, vbuf);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, vfree_action, vbuf));

	kvec[0] = (struct kvec){ buf + 5, 3 * PAGE_SIZE };
	kvec[1] = (struct kvec){ vbuf + 1, PAGE_SIZE - 1 };
	kvec[2] = (struct kvec){ buf, 1 };
	iov_iter_kvec(&iter, ITER_SOURCE, kvec, 3, 4 * PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, 0,
			phys_range_list_append_iov_iter(list, &iter, 0,
							GFP_KERNEL));
	expect_empty(test, list);
	KUNIT_EXPECT_EQ(test, 100,
			phys_range_list_append_iov_iter(list, &iter, 100,
							GFP_KERNEL));
	expect_ranges(test, list, { .addr = virt_to_phys(buf + 5), .len = 100 });
	KUNIT_EXPECT_EQ(test, iov_iter_count(&iter), 4 * PAGE_SIZE - 100);
	KUNIT_EXPECT_EQ(test, 4 * PAGE_SIZE - 100,
			phys_range_list_append_iov_iter(list, &iter, SIZE_MAX,
							GFP_KERNEL));
	expect_ranges(test, list,
		      { .addr = virt_to_phys(buf + 5), .len = 3 * PAGE_SIZE },
		      { .addr = page_to_phys(vmalloc_to_page(vbuf)) + 1,
			.len = PAGE_SIZE - 1 },
		      { .addr = virt_to_phys(buf), .len = 1 });
	KUNIT_EXPECT_EQ(test, iov_iter_count(&iter), 0);
	KUNIT_EXPECT_EQ(test, 0,
			phys_range_list_append_iov_iter(list, &iter, 1,
							GFP_KERNEL));
	phys_range_list_destroy(list);

	bvec_set_page(&bvec[0], pages[0], 0x100, 0xf00);
	bvec_set_page(&bvec[1], pages[1], PAGE_SIZE, 0);
	bvec_set_page(&bvec[2], pages[2], 0x100, 0x200);
	iov_iter_bvec(&iter, ITER_DEST, bvec, 3, 0x1200);
	iov_iter_advance(&iter, 0x80);
	KUNIT_EXPECT_EQ(test, 0x1180,
			phys_range_list_append_iov_iter(list, &iter, 0x10000,
							GFP_KERNEL));
	expect_ranges(test, list,
		      { .addr = page_to_phys(pages[0]) + 0xf80, .len = 0x80 },
		      { .addr = page_to_phys(pages[1]), .len = PAGE_SIZE },
		      { .addr = page_to_phys(pages[2]) + 0x200, .len = 0x100 });
	phys_range_list_destroy(list);

	iov_iter_discard(&iter, ITER_DEST, 100);
	KUNIT_EXPECT_EQ(test, -EFAULT,
			phys_range_list_append_iov_iter(list, &iter, 100,
							GFP_KERNEL));
	expect_empty(test, list);
}

/*
 * User memory
 */

static void iov_iter_user_test(struct kunit *test)
{
	const unsigned int nr = 8;
	unsigned long addr = test_user(test, nr * PAGE_SIZE);
	struct page **pages = test_user_pages(test, addr, nr), *page;
	struct phys_range_list *list = test_list(test), *some;
	struct iov_iter iter;
	struct iovec iov[3];
	unsigned int i = 0;
	u8 byte = POISON;
	ssize_t len;

	KUNIT_ASSERT_EQ(test, extra_pins_all(pages, nr), 0);
	len = nr * PAGE_SIZE - 7;
	iov_iter_ubuf(&iter, ITER_DEST, (void __user *)addr + 5, len);
	KUNIT_EXPECT_EQ(test, len,
			phys_range_list_append_iov_iter(list, &iter, SIZE_MAX,
							GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, iov_iter_count(&iter), 0);
	KUNIT_EXPECT_EQ(test, phys_range_list_bytes(list), len);
	KUNIT_EXPECT_EQ(test, phys_range_list_any_flags(list),
			PHYS_RANGE_PINNED);
	KUNIT_EXPECT_TRUE(test, phys_range_list_is_uniform(list));
	KUNIT_EXPECT_EQ(test, extra_pins_all(pages, nr), 1);
	phys_range_list_for_each_page(list, page) {
		KUNIT_EXPECT_PTR_EQ(test, page, pages[i++]);
		KUNIT_EXPECT_TRUE(test,
				  folio_maybe_dma_pinned(page_folio(page)));
	}
	KUNIT_EXPECT_EQ(test, i, nr);
	KUNIT_EXPECT_EQ(test, 0,
			phys_range_list_copy_from(list, 3 * PAGE_SIZE - 5,
						  &byte, 1));
	KUNIT_EXPECT_EQ(test, byte, 3);
	phys_range_list_destroy(list);
	KUNIT_EXPECT_EQ(test, extra_pins_all(pages, nr), 0);

	/* Pages that several segments touch are pinned for each. */
	iov[0] = (struct iovec){ (void __user *)addr, 0x100 };
	iov[1] = (struct iovec){ (void __user *)addr + 0x100, PAGE_SIZE };
	iov[2] = (struct iovec){ (void __user *)addr, 0x10 };
	iov_iter_init(&iter, ITER_SOURCE, iov, 3, PAGE_SIZE + 0x110);
	KUNIT_EXPECT_EQ(test, PAGE_SIZE + 0x110,
			phys_range_list_append_iov_iter(list, &iter, SIZE_MAX,
							GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, phys_range_list_bytes(list), PAGE_SIZE + 0x110);
	KUNIT_EXPECT_EQ(test, extra_pins(pages[0]), 3);
	KUNIT_EXPECT_EQ(test, extra_pins(pages[1]), 1);
	KUNIT_EXPECT_EQ(test, extra_pins(pages[2]), 0);
	phys_range_list_unpin(list, false);
	KUNIT_EXPECT_EQ(test, extra_pins_all(pages, nr), 0);

	/* A hole at the end: nothing changes, the iterator included. */
	some = test_some_ranges(test);
	KUNIT_ASSERT_EQ(test, 0, vm_munmap(addr + (nr - 1) * PAGE_SIZE,
					   PAGE_SIZE));
	iov_iter_ubuf(&iter, ITER_DEST, (void __user *)addr, nr * PAGE_SIZE);
	iov_iter_advance(&iter, 9);
	KUNIT_EXPECT_EQ(test, -EFAULT,
			phys_range_list_append_iov_iter(some, &iter, SIZE_MAX,
							GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, iov_iter_count(&iter), nr * PAGE_SIZE - 9);
	KUNIT_EXPECT_EQ(test, extra_pins_all(pages, nr - 1), 0);

	iov[2] = (struct iovec){ (void __user *)addr + (nr - 1) * PAGE_SIZE, 1 };
	iov_iter_init(&iter, ITER_SOURCE, iov, 3, PAGE_SIZE + 0x101);
	iov_iter_advance(&iter, 0x80);
	KUNIT_EXPECT_EQ(test, -EFAULT,
			phys_range_list_append_iov_iter(some, &iter, SIZE_MAX,
							GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, iov_iter_count(&iter), PAGE_SIZE + 0x81);
	KUNIT_EXPECT_EQ(test, extra_pins_all(pages, nr - 1), 0);
	expect_some_ranges(test, some);
	KUNIT_EXPECT_EQ(test, PAGE_SIZE + 0x80,
			phys_range_list_append_iov_iter(list, &iter,
							PAGE_SIZE + 0x80,
							GFP_KERNEL));
}

static void pin_user_test(struct kunit *test)
{
	/* More than are pinned at a time. */
	const unsigned int nr = 1200, hole = 1100;
	unsigned long addr = test_user(test, nr * PAGE_SIZE);
	struct page **pages = test_user_pages(test, addr, nr);
	struct phys_range_list *list = test_list(test), *some;
	unsigned int i;
	u8 byte = 0x77;

	KUNIT_EXPECT_EQ(test, 0,
			phys_range_list_pin_user(list, addr + 0xffe,
						 (nr - 2) * PAGE_SIZE + 4,
						 FOLL_WRITE, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, phys_range_list_bytes(list),
			(nr - 2) * PAGE_SIZE + 4);
	KUNIT_EXPECT_EQ(test, phys_range_list_any_flags(list),
			PHYS_RANGE_PINNED);
	KUNIT_EXPECT_EQ(test, extra_pins_all(pages, nr), 1);
	/* The same page, seen by the process. */
	KUNIT_EXPECT_EQ(test, 0, phys_range_list_copy_to(list, 2, &byte, 1));
	KUNIT_EXPECT_EQ(test, 0, get_user(byte, (u8 __user *)addr + PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, byte, 0x77);

	for (i = 0; i < nr; i++)
		folio_clear_dirty(page_folio(pages[i]));
	phys_range_list_unpin(list, true);
	expect_empty(test, list);
	KUNIT_EXPECT_EQ(test, extra_pins_all(pages, nr), 0);
	for (i = 0; i < nr; i++)
		if (!folio_test_dirty(page_folio(pages[i])))
			break;
	KUNIT_EXPECT_EQ(test, i, nr);

	/* Without dirtying. */
	folio_clear_dirty(page_folio(pages[0]));
	KUNIT_EXPECT_EQ(test, 0,
			phys_range_list_pin_user(list, addr, 1, FOLL_WRITE,
						 GFP_KERNEL));
	phys_range_list_unpin(list, false);
	KUNIT_EXPECT_FALSE(test, folio_test_dirty(page_folio(pages[0])));
	KUNIT_EXPECT_EQ(test, extra_pins_all(pages, nr), 0);

	some = test_some_ranges(test);
	KUNIT_EXPECT_EQ(test, -EINVAL,
			phys_range_list_pin_user(some, addr, 0, FOLL_WRITE,
						 GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -EOVERFLOW,
			phys_range_list_pin_user(some, ULONG_MAX, 2, FOLL_WRITE,
						 GFP_KERNEL));

	/* Half way, and at once. */
	KUNIT_ASSERT_EQ(test, 0, vm_munmap(addr + hole * PAGE_SIZE, PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, -EFAULT,
			phys_range_list_pin_user(some, addr, nr * PAGE_SIZE,
						 FOLL_WRITE, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, extra_pins_all(pages, hole), 0);
	KUNIT_EXPECT_EQ(test, -EFAULT,
			phys_range_list_pin_user(some,
						 addr + hole * PAGE_SIZE - 1,
						 PAGE_SIZE, FOLL_WRITE,
						 GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -EFAULT,
			phys_range_list_pin_user(some, addr + hole * PAGE_SIZE,
						 1, FOLL_WRITE, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, extra_pins_all(pages, hole), 0);
	expect_some_ranges(test, some);
	/* What is before the hole is still good. */
	KUNIT_EXPECT_EQ(test, 0,
			phys_range_list_pin_user(list, addr, hole * PAGE_SIZE,
						 0, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, extra_pins_all(pages, hole), 1);
}

/* Who owns the pins when a pinned list is cut, copied, moved and chained. */
static void pinned_change_test(struct kunit *test)
{
	const unsigned int nr = 32;
	unsigned long addr = test_user(test, nr * PAGE_SIZE);
	struct page **pages = test_user_pages(test, addr, nr);
	struct phys_range_list *list = test_list(test);
	struct phys_range_list *other = test_list(test);
	unsigned int i;

	KUNIT_ASSERT_EQ(test, 0,
			phys_range_list_pin_user(list, addr + 0x10,
						 nr * PAGE_SIZE - 0x10,
						 FOLL_WRITE, GFP_KERNEL));

	/* A copy has none. */
	KUNIT_EXPECT_EQ(test, 0,
			phys_range_list_copy(other, list, 7, 20 * PAGE_SIZE,
					     GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, phys_range_list_bytes(other), 20 * PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, phys_range_list_any_flags(other), 0);
	phys_range_list_destroy(other);
	KUNIT_EXPECT_EQ(test, extra_pins_all(pages, nr), 1);

	/* A page that is cut remains pinned. */
	KUNIT_EXPECT_EQ(test, -ERANGE,
			phys_range_list_truncate(list, nr * PAGE_SIZE,
						 GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, 0,
			phys_range_list_truncate(list, 30 * PAGE_SIZE,
						 GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, extra_pins_all(pages, 31), 1);
	KUNIT_EXPECT_EQ(test, extra_pins(pages[31]), 0);
	KUNIT_EXPECT_EQ(test, 0,
			phys_range_list_truncate(list, 30 * PAGE_SIZE - 0x10,
						 GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, extra_pins_all(pages, 30), 1);
	KUNIT_EXPECT_EQ(test, extra_pins(pages[30]), 0);

	/* One page cannot belong to two lists. */
	KUNIT_EXPECT_EQ(test, -EINVAL,
			phys_range_list_split(list, 1, other, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			phys_range_list_split(list, 9 * PAGE_SIZE, other,
					      GFP_KERNEL));
	expect_empty(test, other);
	KUNIT_EXPECT_EQ(test, phys_range_list_bytes(list),
			30 * PAGE_SIZE - 0x10);
	KUNIT_EXPECT_EQ(test, 0,
			phys_range_list_split(list, 10 * PAGE_SIZE - 0x10,
					      other, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, phys_range_list_bytes(list),
			10 * PAGE_SIZE - 0x10);
	KUNIT_EXPECT_EQ(test, phys_range_list_bytes(other), 20 * PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, extra_pins_all(pages, 30), 1);
	phys_range_list_unpin(list, true);
	KUNIT_EXPECT_EQ(test, extra_pins_all(pages, 10), 0);
	KUNIT_EXPECT_EQ(test, extra_pins_all(pages + 10, 20), 1);

	/* Moving and chaining take the pins along. */
	phys_range_list_move(list, other);
	phys_range_list_destroy(other);
	KUNIT_EXPECT_EQ(test, extra_pins_all(pages + 10, 20), 1);
	KUNIT_ASSERT_EQ(test, 0, add(other, 0x1000, 0x1000, 0));
	KUNIT_EXPECT_EQ(test, 0, phys_range_list_splice(other, list, GFP_KERNEL));
	phys_range_list_destroy(list);
	KUNIT_EXPECT_EQ(test, extra_pins_all(pages + 10, 20), 1);

	/* The last pages one by one. */
	for (i = 30; i-- > 10; ) {
		u64 pos = 0x1000 + (i - 10) * PAGE_SIZE;

		KUNIT_EXPECT_EQ(test, 0,
				phys_range_list_truncate(other, pos + 1,
							 GFP_KERNEL));
		KUNIT_EXPECT_EQ(test, extra_pins(pages[i]), 1);
		KUNIT_EXPECT_EQ(test, 0,
				phys_range_list_truncate(other, pos,
							 GFP_KERNEL));
		KUNIT_EXPECT_EQ(test, extra_pins(pages[i]), 0);
	}
	expect_ranges(test, other, { .addr = 0x1000, .len = 0x1000 });

	/* Moving onto a pinned list unpins that one. */
	KUNIT_ASSERT_EQ(test, 0,
			phys_range_list_pin_user(list, addr, PAGE_SIZE, 0,
						 GFP_KERNEL));
	phys_range_list_move(list, other);
	KUNIT_EXPECT_EQ(test, extra_pins_all(pages, nr), 0);
}

static void append_bar_test(struct kunit *test)
{
	struct phys_range_list *list = test_some_ranges(test);
	struct pci_dev *pdev = kunit_kzalloc(test, sizeof(*pdev), GFP_KERNEL);
	struct resource *bar;

	KUNIT_ASSERT_NOT_NULL(test, pdev);
	bar = &pdev->resource[2];
	KUNIT_EXPECT_EQ(test, -EINVAL,
			phys_range_list_append_bar(list, pdev, -1, 0, 1,
						   GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			phys_range_list_append_bar(list, pdev,
						   PCI_STD_NUM_BARS, 0, 1,
						   GFP_KERNEL));
	/* Not there, and of I/O ports. */
	KUNIT_EXPECT_EQ(test, -EINVAL,
			phys_range_list_append_bar(list, pdev, 2, 0, 1,
						   GFP_KERNEL));
	*bar = DEFINE_RES_IO(0x100, 0x100);
	KUNIT_EXPECT_EQ(test, -EINVAL,
			phys_range_list_append_bar(list, pdev, 2, 0, 1,
						   GFP_KERNEL));
	*bar = DEFINE_RES_MEM(FAR_AWAY, SZ_64K);
	KUNIT_EXPECT_EQ(test, -ERANGE,
			phys_range_list_append_bar(list, pdev, 2, 0,
						   SZ_64K + 1, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -ERANGE,
			phys_range_list_append_bar(list, pdev, 2, SZ_64K, 1,
						   GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -ERANGE,
			phys_range_list_append_bar(list, pdev, 2, 1, U64_MAX,
						   GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -ERANGE,
			phys_range_list_append_bar(list, pdev, 2, U64_MAX, 1,
						   GFP_KERNEL));
	/* A BAR of a device that offers no peer-to-peer memory. */
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
			phys_range_list_append_bar(list, pdev, 2, 0x1000,
						   0x2000, GFP_KERNEL));
	expect_some_ranges(test, list);
}

/*
 * Consumers
 */

static void to_phys_vecs_test(struct kunit *test)
{
	struct phys_range_list *list = test_some_ranges(test);
	struct phys_vec vec[5];
	unsigned int i;

	memset(vec, POISON, sizeof(vec));
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_EQ(test, -ENOSPC,
				phys_range_list_to_phys_vecs(list, vec, i));
	KUNIT_EXPECT_PTR_EQ(test, NULL, memchr_inv(vec, POISON, sizeof(vec)));
	KUNIT_EXPECT_EQ(test, 4, phys_range_list_to_phys_vecs(list, vec, 5));
	KUNIT_EXPECT_EQ(test, vec[0].paddr, 0x1000);
	KUNIT_EXPECT_EQ(test, vec[1].len, 0x800);
	KUNIT_EXPECT_EQ(test, vec[2].paddr, 0x9003);
	KUNIT_EXPECT_EQ(test, vec[3].len, 0x123456789000ULL);
	KUNIT_EXPECT_PTR_EQ(test, NULL,
			    memchr_inv(&vec[4], POISON, sizeof(*vec)));
	phys_range_list_destroy(list);
	KUNIT_EXPECT_EQ(test, 0, phys_range_list_to_phys_vecs(list, vec, 0));
}

static void copy_bytes_test(struct kunit *test)
{
	struct page **pages = test_scattered(test, 16);
	struct folio *folio = test_folio(test, 2);
	struct phys_range_list *list = test_list(test);
	const size_t size = 16 * PAGE_SIZE - 0x30 + 3 * PAGE_SIZE;
	u8 *model = kunit_kmalloc(test, size, GFP_KERNEL);
	u8 *buf = kunit_kmalloc(test, size, GFP_KERNEL);
	struct rnd_state rnd;
	u64 seed = range_list_mock_seed();
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, model);
	KUNIT_ASSERT_NOT_NULL(test, buf);
	kunit_info(test, "seed %#llx\n", seed);
	prandom_seed_state(&rnd, seed);

	KUNIT_ASSERT_EQ(test, 0,
			phys_range_list_append_pages(list, pages, 16, 0x10,
						     16 * PAGE_SIZE - 0x30,
						     GFP_KERNEL));
	KUNIT_ASSERT_EQ(test, 0,
			phys_range_list_append_folio(list, folio, 0x333,
						     3 * PAGE_SIZE,
						     GFP_KERNEL));
	KUNIT_ASSERT_EQ(test, size, phys_range_list_bytes(list));

	prandom_bytes_state(&rnd, model, size);
	KUNIT_EXPECT_EQ(test, 0, phys_range_list_copy_to(list, 0, model, size));
	/* Behind the first byte and the last one. */
	KUNIT_EXPECT_EQ(test, 0, *((u8 *)page_address(pages[0]) + 0xf));
	KUNIT_EXPECT_EQ(test, 0, *((u8 *)page_address(pages[15]) + 0xfe0));
	KUNIT_EXPECT_EQ(test, model[0], *((u8 *)page_address(pages[0]) + 0x10));
	KUNIT_EXPECT_EQ(test, model[size - 1],
			*((u8 *)folio_address(folio) + 3 * PAGE_SIZE + 0x332));

	for (i = 0; i < 300; i++) {
		size_t pos = prandom_u32_state(&rnd) % size;
		size_t len = prandom_u32_state(&rnd) % (size - pos + 1);

		if (i & 1) {
			prandom_bytes_state(&rnd, model + pos, len);
			KUNIT_EXPECT_EQ(test, 0,
					phys_range_list_copy_to(list, pos,
								model + pos,
								len));
		} else {
			memset(buf, POISON, size);
			KUNIT_EXPECT_EQ(test, 0,
					phys_range_list_copy_from(list, pos,
								  buf, len));
			KUNIT_EXPECT_MEMEQ(test, buf, model + pos, len);
			KUNIT_EXPECT_PTR_EQ(test, NULL,
					    memchr_inv(buf + len, POISON,
						       size - len));
		}
		if (test->status == KUNIT_FAILURE)
			return;
	}

	memset(buf, POISON, size);
	KUNIT_EXPECT_EQ(test, -ERANGE,
			phys_range_list_copy_from(list, 1, buf, size));
	KUNIT_EXPECT_EQ(test, -ERANGE,
			phys_range_list_copy_from(list, size + 1, buf, 0));
	KUNIT_EXPECT_EQ(test, -ERANGE,
			phys_range_list_copy_from(list, U64_MAX, buf, 2));
	KUNIT_EXPECT_EQ(test, 0, phys_range_list_copy_from(list, size, buf, 0));
	KUNIT_ASSERT_EQ(test, 0, add(list, FAR_AWAY, 0x1000, PHYS_RANGE_MMIO));
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
			phys_range_list_copy_from(list, size - 1, buf, 2));
	phys_range_list_destroy(list);
	KUNIT_ASSERT_EQ(test, 0, add(list, page_to_phys(pages[0]), 0x1000,
				     PHYS_RANGE_NO_CPU_ACCESS));
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
			phys_range_list_copy_from(list, 0, buf, 2));
	/* Memory that nobody knows of. */
	phys_range_list_destroy(list);
	KUNIT_ASSERT_EQ(test, 0, add(list, FAR_AWAY, 0x1000, 0));
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
			phys_range_list_copy_to(list, 0, buf, 2));
	KUNIT_EXPECT_PTR_EQ(test, NULL, memchr_inv(buf, POISON, size));
}

/*
 * Changes
 */

static void change_test(struct kunit *test)
{
	struct phys_range_list *list = test_some_ranges(test);
	struct phys_range_list *other = test_list(test);
	u64 bytes = phys_range_list_bytes(list);

	KUNIT_EXPECT_EQ(test, -ERANGE,
			phys_range_list_truncate(list, bytes + 1, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, 0,
			phys_range_list_truncate(list, bytes, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			phys_range_list_splice(list, list, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			phys_range_list_copy(list, list, 0, 1, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -ERANGE,
			phys_range_list_copy(other, list, 1, bytes, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -ERANGE,
			phys_range_list_copy(other, list, U64_MAX, 1,
					     GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -ERANGE,
			phys_range_list_split(list, bytes + 1, other,
					      GFP_KERNEL));
	expect_some_ranges(test, list);
	expect_empty(test, other);

	KUNIT_ASSERT_EQ(test, 0, add(other, 1, U64_MAX - 0x2000, 0));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			phys_range_list_split(list, 1, other, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -EOVERFLOW,
			phys_range_list_splice(list, other, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -EOVERFLOW,
			phys_range_list_copy(other, list, 0, bytes, GFP_KERNEL));
	expect_some_ranges(test, list);
	expect_ranges(test, other, { .addr = 1, .len = U64_MAX - 0x2000 });
	phys_range_list_destroy(other);

	/* At a boundary, within a range, everything, nothing. */
	KUNIT_EXPECT_EQ(test, 0, phys_range_list_split(list, bytes, other,
						       GFP_KERNEL));
	expect_empty(test, other);
	KUNIT_EXPECT_EQ(test, 0, phys_range_list_split(list, 0x1801, other,
						       GFP_KERNEL));
	expect_ranges(test, list,
		      { .addr = 0x1000, .len = 0x1000 },
		      { .addr = 0x5000, .len = 0x800, .flags = PHYS_RANGE_MMIO },
		      { .addr = 0x9003, .len = 1 });
	expect_ranges(test, other,
		      { .addr = FAR_AWAY, .len = 0x123456789000ULL });
	KUNIT_EXPECT_EQ(test, 0, phys_range_list_splice(list, other, GFP_KERNEL));
	expect_some_ranges(test, list);
	expect_empty(test, other);
	KUNIT_EXPECT_EQ(test, 0, phys_range_list_splice(list, other, GFP_KERNEL));
	expect_some_ranges(test, list);
	KUNIT_EXPECT_EQ(test, 0, phys_range_list_split(list, 0x1234, other,
						       GFP_KERNEL));
	expect_ranges(test, list,
		      { .addr = 0x1000, .len = 0x1000 },
		      { .addr = 0x5000, .len = 0x234, .flags = PHYS_RANGE_MMIO });
	/* What was cut becomes one again. */
	KUNIT_EXPECT_EQ(test, 0, phys_range_list_splice(list, other, GFP_KERNEL));
	expect_some_ranges(test, list);
	KUNIT_EXPECT_EQ(test, 0, phys_range_list_split(list, 0, other,
						       GFP_KERNEL));
	expect_empty(test, list);
	expect_some_ranges(test, other);
	KUNIT_EXPECT_EQ(test, 0, phys_range_list_splice(list, other, GFP_KERNEL));

	KUNIT_EXPECT_EQ(test, 0,
			phys_range_list_copy(other, list, 0xfff, 0x802,
					     GFP_KERNEL));
	expect_ranges(test, other,
		      { .addr = 0x1fff, .len = 1 },
		      { .addr = 0x5000, .len = 0x800, .flags = PHYS_RANGE_MMIO },
		      { .addr = 0x9003, .len = 1 });
	KUNIT_EXPECT_EQ(test, 0,
			phys_range_list_copy(other, list, 0xfff, 0, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, phys_range_list_nr(other), 3);
	expect_some_ranges(test, list);

	KUNIT_EXPECT_EQ(test, 0, phys_range_list_truncate(list, 1, GFP_KERNEL));
	expect_ranges(test, list, { .addr = 0x1000, .len = 1 });
	KUNIT_EXPECT_EQ(test, 0, phys_range_list_truncate(list, 0, GFP_KERNEL));
	expect_empty(test, list);
	KUNIT_EXPECT_EQ(test, 0, phys_range_list_truncate(list, 0, GFP_KERNEL));
}

/* The worst that can be appended, with nothing allowed. */
static void preload_test(struct kunit *test)
{
	static DEFINE_SPINLOCK(lock);
	const unsigned int nr = 2000;
	struct phys_range_list *list = test_list(test);
	struct phys_range *want;
	unsigned int i, ok, round;

	want = kunit_kcalloc(test, nr, sizeof(*want), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, want);
	for (round = 0; round < 3; round++) {
		for (i = 0; i < nr; i++) {
			bool odd = round == 0 || (round == 1 && i & 1);

			want[i] = (struct phys_range){
				.addr = odd ? FAR_AWAY * (i & 1) + i * 0x1001 :
					      SZ_1G + i * 0x2000ULL,
				.len = odd ? 0xfff : 0x1000,
				.flags = odd && i & 2 ? PHYS_RANGE_MMIO : 0,
			};
		}
		KUNIT_ASSERT_EQ(test, 0,
				phys_range_list_preload(list, nr, GFP_KERNEL));
		expect_empty(test, list);
		ok = 0;
		spin_lock(&lock);
		for (i = 0; i < nr; i++)
			if (!phys_range_list_append(list, &want[i],
						    i & 1 ? GFP_NOWAIT : 0))
				ok++;
		phys_range_list_preload_end(list);
		phys_range_list_preload_end(list);
		spin_unlock(&lock);
		KUNIT_EXPECT_EQ(test, ok, nr);
		check_list(test, __LINE__, list, want, nr);

		/* Atomic as well. */
		spin_lock(&lock);
		phys_range_list_destroy(list);
		spin_unlock(&lock);
	}

	/* Preloaded and not used. */
	KUNIT_EXPECT_EQ(test, 0, phys_range_list_preload(list, 0, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, 0, phys_range_list_preload(list, 5, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, 0, phys_range_list_preload(list, 500, GFP_KERNEL));
}

/*
 * Iterators
 */

/* Interior boundaries on 16 KiB. */
static struct phys_range_list *test_aligned_ranges(struct kunit *test)
{
	struct phys_range_list *list = test_list(test);

	KUNIT_ASSERT_EQ(test, 0, add(list, 0x13000, 0x5000, 0));
	KUNIT_ASSERT_EQ(test, 0, add(list, 0x40000, 0x8000, PHYS_RANGE_MMIO));
	KUNIT_ASSERT_EQ(test, 0, add(list, 0x20000, 0x0001, 0));
	return list;
}

static void blocks_test(struct kunit *test)
{
	struct phys_range_list *list = test_aligned_ranges(test);
	struct phys_range piece;
	unsigned int n = 0;

	KUNIT_EXPECT_EQ(test, phys_range_list_nr_blocks(list, 0x4000), 5);
	KUNIT_EXPECT_EQ(test, phys_range_list_nr_blocks(list, 0x1000), 14);
	KUNIT_EXPECT_EQ(test, phys_range_list_nr_blocks(list, 0x8000), 3);
	KUNIT_EXPECT_EQ(test, phys_range_list_nr_blocks(list, 0x10000), -EINVAL);
	KUNIT_EXPECT_EQ(test, phys_range_list_nr_blocks(list, 0x3000), -EINVAL);
	KUNIT_EXPECT_EQ(test, phys_range_list_nr_blocks(list, 0), -EINVAL);
	phys_range_list_for_each_block(list, 0x4000, piece) {
		static const struct phys_range want[] = {
			{ 0x13000, 0x1000 }, { 0x14000, 0x4000 },
			{ 0x40000, 0x4000, PHYS_RANGE_MMIO },
			{ 0x44000, 0x4000, PHYS_RANGE_MMIO },
			{ 0x20000, 0x1 },
		};

		KUNIT_ASSERT_LT(test, n, ARRAY_SIZE(want));
		KUNIT_EXPECT_TRUE_MSG(test, same_range(&piece, &want[n]),
				      "block %u is %pa +%#llx", n, &piece.addr,
				      piece.len);
		n++;
	}
	KUNIT_EXPECT_EQ(test, n, 5);
}

static void blocks_empty_test(struct kunit *test)
{
	struct phys_range_list *list = test_list(test);
	struct phys_range piece;

	KUNIT_EXPECT_EQ(test, phys_range_list_nr_blocks(list, 0x1000), 0);
	phys_range_list_for_each_block(list, 0x1000, piece)
		KUNIT_FAIL(test, "an empty list has a block");
}

static void segments_test(struct kunit *test)
{
	struct phys_range_list *list = test_aligned_ranges(test);
	struct phys_range piece;
	unsigned int n = 0;
	u64 bytes = 0;

	KUNIT_EXPECT_EQ(test, phys_range_list_nr_segments(list, 0, U64_MAX),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, phys_range_list_nr_segments(list, 1, 0xff0),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, phys_range_list_nr_segments(list, U64_MAX,
							  U64_MAX), 3);
	KUNIT_EXPECT_EQ(test, phys_range_list_nr_segments(list, U64_MAX, 0),
			0xd001);
	KUNIT_EXPECT_EQ(test, phys_range_list_nr_segments(list, 1, U64_MAX),
			0xd001);
	/* Neither limit is a multiple of the other. */
	phys_range_list_for_each_segment(list, 0x2800, 0x1fff, piece) {
		KUNIT_EXPECT_LE(test, piece.len, 0x2800);
		KUNIT_EXPECT_EQ(test, piece.addr & ~0x1fffULL,
				(piece.addr + piece.len - 1) & ~0x1fffULL);
		n++;
		bytes += piece.len;
	}
	KUNIT_EXPECT_EQ(test, bytes, phys_range_list_bytes(list));
	KUNIT_EXPECT_EQ(test, n, phys_range_list_nr_segments(list, 0x2800,
							     0x1fff));
	KUNIT_EXPECT_EQ(test, n, 8);
}

static void segments_cut_test(struct kunit *test)
{
	struct phys_range_list *list = test_aligned_ranges(test);
	struct phys_range piece;
	unsigned int n = 0;

	phys_range_list_for_each_segment(list, 0x1800, U64_MAX, piece) {
		static const u64 want[] = {
			0x1800, 0x1800, 0x1800, 0x800,
			0x1800, 0x1800, 0x1800, 0x1800, 0x1800, 0x800, 1,
		};

		KUNIT_ASSERT_LT(test, n, ARRAY_SIZE(want));
		KUNIT_EXPECT_EQ(test, piece.len, want[n]);
		n++;
	}
	KUNIT_EXPECT_EQ(test, n, 11);

	phys_range_list_destroy(list);
	KUNIT_EXPECT_EQ(test, phys_range_list_nr_segments(list, 1, U64_MAX), 0);
}

/* Whether a page comes once per range, and a folio once per run. */
static void pages_folios_test(struct kunit *test)
{
	struct page *block = test_block(test, 2), *page;
	struct phys_range_list *list = test_list(test);
	phys_addr_t phys = page_to_phys(block);
	struct folio *folio = test_folio(test, 2);
	struct phys_range_folio part;
	unsigned int n = 0;

	KUNIT_ASSERT_EQ(test, 0, add(list, phys + 0xf00, 0x1200, 0));
	KUNIT_ASSERT_EQ(test, 0, add(list, phys, 0x10, 0));
	KUNIT_ASSERT_EQ(test, 0, add(list, phys + 0x20, 0x10, 0));
	KUNIT_ASSERT_EQ(test, 0, add(list, folio_phys(folio) + 0xfff, 0x2002, 0));
	phys_range_list_for_each_page(list, page) {
		struct page *want[] = {
			block, block + 1, block + 2, block, block,
			folio_page(folio, 0), folio_page(folio, 1),
			folio_page(folio, 2), folio_page(folio, 3),
		};

		KUNIT_ASSERT_LT(test, n, ARRAY_SIZE(want));
		KUNIT_EXPECT_PTR_EQ(test, page, want[n]);
		n++;
	}
	KUNIT_EXPECT_EQ(test, n, 9);
	n = 0;
	phys_range_list_for_each_folio(list, part) {
		struct phys_range_folio want[] = {
			{ page_folio(block), 0xf00, 0x100 },
			{ page_folio(block + 1), 0, 0x1000 },
			{ page_folio(block + 2), 0, 0x100 },
			{ page_folio(block), 0, 0x10 },
			{ page_folio(block), 0x20, 0x10 },
			{ folio, 0xfff, 0x2002 },
		};

		KUNIT_ASSERT_LT(test, n, ARRAY_SIZE(want));
		KUNIT_EXPECT_PTR_EQ(test, part.folio, want[n].folio);
		KUNIT_EXPECT_EQ(test, part.offset, want[n].offset);
		KUNIT_EXPECT_EQ(test, part.len, want[n].len);
		n++;
	}
	KUNIT_EXPECT_EQ(test, n, 6);
}

static void cursor_test(struct kunit *test)
{
	struct phys_range_list *list = test_list(test);
	struct phys_range_state state = phys_range_state_first(list);
	const unsigned int nr = 3000;
	u64 pos, bytes = nr * (u64)SZ_4K;
	struct phys_range range;

	KUNIT_EXPECT_EQ(test, phys_range_left(&state), 0);
	KUNIT_EXPECT_EQ(test, 0, phys_range_seek(&state, 0));
	KUNIT_EXPECT_EQ(test, -ERANGE, phys_range_seek(&state, 1));
	fill_pages(test, list, nr);

	for (pos = 0; pos < bytes; pos += 1777) {
		KUNIT_ASSERT_EQ(test, 0, phys_range_seek(&state, pos));
		KUNIT_EXPECT_TRUE(test, phys_range_next(&state, &range));
		KUNIT_EXPECT_EQ(test, range.addr,
				SZ_1G + pos / SZ_4K * SZ_8K + pos % SZ_4K);
		KUNIT_EXPECT_EQ(test, range.len, SZ_4K - pos % SZ_4K);
		KUNIT_EXPECT_EQ(test, phys_range_left(&state),
				bytes - pos - range.len);
		if (test->status == KUNIT_FAILURE)
			return;
	}

	KUNIT_EXPECT_EQ(test, 0, phys_range_seek(&state, bytes));
	memset(&range, POISON, sizeof(range));
	KUNIT_EXPECT_FALSE(test, phys_range_next(&state, &range));
	KUNIT_EXPECT_FALSE(test, phys_range_next(&state, &range));
	KUNIT_EXPECT_PTR_EQ(test, NULL,
			    memchr_inv(&range, POISON, sizeof(range)));
	KUNIT_EXPECT_EQ(test, -ERANGE, phys_range_seek(&state, bytes + 1));
	KUNIT_EXPECT_EQ(test, -ERANGE, phys_range_seek(&state, U64_MAX));
	KUNIT_EXPECT_FALSE(test, phys_range_next(&state, &range));

	/* Slices: within one range, over several, beyond the end. */
	KUNIT_EXPECT_EQ(test, 0, phys_range_seek_slice(&state, 0x10, 0x20));
	KUNIT_EXPECT_EQ(test, phys_range_left(&state), 0x20);
	KUNIT_EXPECT_TRUE(test, phys_range_next(&state, &range));
	KUNIT_EXPECT_EQ(test, range.addr, SZ_1G + 0x10);
	KUNIT_EXPECT_EQ(test, range.len, 0x20);
	KUNIT_EXPECT_FALSE(test, phys_range_next(&state, &range));
	KUNIT_EXPECT_EQ(test, 0, phys_range_seek_slice(&state, 0xfff, 0x1002));
	KUNIT_EXPECT_TRUE(test, phys_range_next(&state, &range));
	KUNIT_EXPECT_EQ(test, range.len, 1);
	KUNIT_EXPECT_EQ(test, phys_range_left(&state), 0x1001);
	KUNIT_EXPECT_TRUE(test, phys_range_next(&state, &range));
	KUNIT_EXPECT_EQ(test, range.addr, SZ_1G + SZ_8K);
	KUNIT_EXPECT_EQ(test, range.len, 0x1000);
	KUNIT_EXPECT_TRUE(test, phys_range_next(&state, &range));
	KUNIT_EXPECT_EQ(test, range.len, 1);
	KUNIT_EXPECT_FALSE(test, phys_range_next(&state, &range));
	KUNIT_EXPECT_EQ(test, 0, phys_range_seek_slice(&state, bytes, 0));
	KUNIT_EXPECT_EQ(test, 0, phys_range_seek_slice(&state, 5, 0));
	KUNIT_EXPECT_FALSE(test, phys_range_next(&state, &range));
	KUNIT_EXPECT_EQ(test, -ERANGE,
			phys_range_seek_slice(&state, bytes - 1, 2));
	KUNIT_EXPECT_FALSE(test, phys_range_next(&state, &range));
	KUNIT_EXPECT_EQ(test, phys_range_left(&state), 0);
	KUNIT_EXPECT_EQ(test, -ERANGE,
			phys_range_seek_slice(&state, 2, U64_MAX));
	phys_range_list_for_each_slice(list, bytes - 1, 2, range)
		KUNIT_FAIL(test, "a slice beyond the end has a range");
}

static void cursor_append_test(struct kunit *test)
{
	struct phys_range_list *list = test_list(test);
	const struct phys_range first = { .addr = 0x1000, .len = 0x1000 };
	const struct phys_range second = { .addr = 0x9000, .len = 0x1000 };
	const struct phys_range empty = { .addr = 0x9000 };
	struct phys_range_state state = phys_range_state_first(list);
	struct phys_range_state late;
	struct phys_range range;

	/* One at the start of an empty list is one at the end. */
	KUNIT_EXPECT_EQ(test, 0, phys_range_append(&state, &first, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, 0, phys_range_append(&state, &second, GFP_KERNEL));
	expect_ranges(test, list, first, second);
	KUNIT_EXPECT_FALSE(test, phys_range_next(&state, &range));

	KUNIT_EXPECT_EQ(test, -EINVAL,
			phys_range_append(&state, &empty, GFP_KERNEL));
	/* Sticky: what would do is not done either. */
	KUNIT_EXPECT_EQ(test, -EINVAL,
			phys_range_append(&state, &first, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -EINVAL, phys_range_state_error(&state));
	expect_ranges(test, list, first, second);

	/* In the middle of the list. */
	late = phys_range_state_first(list);
	KUNIT_EXPECT_EQ(test, 0, phys_range_state_error(&late));
	KUNIT_EXPECT_EQ(test, -EBUSY,
			phys_range_append(&late, &first, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -EBUSY, phys_range_state_error(&late));
	late = phys_range_state_first(list);
	KUNIT_ASSERT_EQ(test, 0, phys_range_seek(&late, 0x1800));
	KUNIT_EXPECT_EQ(test, -EBUSY,
			phys_range_append(&late, &first, GFP_KERNEL));
	expect_ranges(test, list, first, second);

	/* After the last one was read, and where it was told to be. */
	late = phys_range_state_first(list);
	while (phys_range_next(&late, &range))
		;
	KUNIT_EXPECT_EQ(test, 0, phys_range_append(&late, &first, GFP_KERNEL));
	late = phys_range_state_first(list);
	phys_range_state_end(&late);
	KUNIT_EXPECT_EQ(test, 0, phys_range_append(&late, &second, GFP_KERNEL));
	expect_ranges(test, list, first, second, first, second);
}

static void next_vecs_test(struct kunit *test)
{
	struct phys_range_list *list = test_list(test);
	struct phys_range range, attrs;
	struct phys_vec vec[7];
	unsigned int i, n, max = 0;

	for (i = 0; i < 2000; i++)
		KUNIT_ASSERT_EQ(test, 0,
				add(list, SZ_1G + i * (u64)SZ_8K,
				    i % 500 ? SZ_4K : 0x123,
				    i / 300 & 1 ? PHYS_RANGE_MMIO : 0));
	KUNIT_ASSERT_EQ(test, 0, add_p2p(list, 1, 2, &provider_a));
	KUNIT_ASSERT_EQ(test, 0, add_p2p(list, 5, U64_MAX >> 1, &provider_b));

	PHYS_RANGE_STATE(state, list);
	PHYS_RANGE_STATE(slow, list);

	for (;;) {
		memset(vec, POISON, sizeof(vec));
		memset(&attrs, POISON, sizeof(attrs));
		n = phys_range_next_vecs(&state, vec, ARRAY_SIZE(vec), &attrs);
		if (!n)
			break;
		KUNIT_ASSERT_LE(test, n, ARRAY_SIZE(vec));
		max = max(max, n);
		for (i = 0; i < n; i++) {
			KUNIT_ASSERT_TRUE(test, phys_range_next(&slow, &range));
			KUNIT_EXPECT_EQ(test, vec[i].paddr, range.addr);
			KUNIT_EXPECT_EQ(test, vec[i].len, range.len);
			KUNIT_EXPECT_EQ(test, attrs.flags, range.flags);
			KUNIT_EXPECT_PTR_EQ(test, attrs.provider,
					    range.provider);
		}
		if (test->status == KUNIT_FAILURE)
			return;
	}
	KUNIT_EXPECT_FALSE(test, phys_range_next(&slow, &range));
	KUNIT_EXPECT_EQ(test, max, ARRAY_SIZE(vec));
	KUNIT_EXPECT_EQ(test, 0, phys_range_state_error(&state));
}

/*
 * A list against an array that works the same in the plainest way.
 */

#define MODEL_MAX	6000

struct model {
	size_t nr;
	u64 bytes;
	struct phys_range range[MODEL_MAX];
};

static void model_add(struct model *m, struct phys_range range)
{
	struct phys_range *last = m->nr ? &m->range[m->nr - 1] : NULL;

	m->bytes += range.len;
	if (last && last->addr + last->len == range.addr &&
	    last->flags == range.flags && last->provider == range.provider &&
	    !(range.flags & PHYS_RANGE_NO_MERGE))
		last->len += range.len;
	else
		m->range[m->nr++] = range;
}

/* Append a part of @src. */
static void model_copy(struct model *m, const struct model *src, u64 pos,
		       u64 len)
{
	size_t i;

	for (i = 0; i < src->nr && len; i++) {
		struct phys_range range = src->range[i];

		if (pos >= range.len) {
			pos -= range.len;
			continue;
		}
		range.addr += pos;
		range.len = min(range.len - pos, len);
		pos = 0;
		len -= range.len;
		model_add(m, range);
	}
}

static void model_truncate(struct model *m, u64 pos)
{
	while (m->bytes > pos) {
		struct phys_range *last = &m->range[m->nr - 1];
		u64 cut = min(m->bytes - pos, last->len);

		last->len -= cut;
		m->bytes -= cut;
		if (!last->len)
			m->nr--;
	}
}

static struct phys_range random_range(struct rnd_state *rnd,
				      const struct model *m)
{
	static const u32 flags[] = {
		0, 0, 0, 0, 0, PHYS_RANGE_NO_MERGE, PHYS_RANGE_MMIO,
		PHYS_RANGE_NO_CPU_ACCESS,
	};
	const struct phys_range *last = m->nr ? &m->range[m->nr - 1] : NULL;
	struct phys_range range = {
		.addr = (u64)(prandom_u32_state(rnd) % 100000) << PAGE_SHIFT,
		.len = PAGE_SIZE,
	};

	switch (prandom_u32_state(rnd) % 16) {
	case 0:
		range.len = prandom_u32_state(rnd) % 100000 + 1;
		break;
	case 1:
		range.addr |= (u64)prandom_u32_state(rnd) << 20;
		break;
	case 2:
		range.addr += prandom_u32_state(rnd) % 4096;
		break;
	case 3:
		range.flags = flags[prandom_u32_state(rnd) % ARRAY_SIZE(flags)];
		break;
	case 4:
		range.flags = PHYS_RANGE_P2P;
		range.provider = prandom_u32_state(rnd) % 2 ? &provider_a :
							       &provider_b;
		break;
	case 5:
		range.len = PAGE_SIZE << prandom_u32_state(rnd) % 20;
		break;
	case 6:
	case 7:
		if (last) {
			range = *last;
			range.addr += range.len;
		}
		break;
	}
	return range;
}

static u64 random_pos(struct rnd_state *rnd, const struct model *m)
{
	u64 pos = (u64)prandom_u32_state(rnd) << 32 | prandom_u32_state(rnd);

	return pos % (m->bytes + 1);
}

static void check_slice(struct kunit *test, const struct phys_range_list *list,
			const struct model *m, struct model *tmp, u64 pos,
			u64 len)
{
	struct phys_range range;
	size_t i = 0;

	tmp->nr = 0;
	tmp->bytes = 0;
	model_copy(tmp, m, pos, len);
	phys_range_list_for_each_slice(list, pos, len, range) {
		KUNIT_ASSERT_LT(test, i, tmp->nr);
		KUNIT_EXPECT_TRUE_MSG(test, same_range(&range, &tmp->range[i]),
				      "slice %#llx +%#llx, range %zu", pos, len,
				      i);
		i++;
	}
	KUNIT_EXPECT_EQ(test, i, tmp->nr);
}

static void random_test(struct kunit *test)
{
	struct phys_range_list *list = test_list(test);
	struct phys_range_list *other = test_list(test);
	struct model *m, *n, *tmp;
	struct phys_vec vec[40];
	unsigned int op, i, nr;
	struct rnd_state rnd;
	u64 seed = range_list_mock_seed(), pos, len;

	m = kvzalloc(3 * sizeof(*m), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, kvfree_action, m));
	n = m + 1;
	tmp = m + 2;
	kunit_info(test, "seed %#llx\n", seed);
	prandom_seed_state(&rnd, seed);

	for (op = 0; op < 6000 && test->status != KUNIT_FAILURE; op++) {
		struct phys_range range = random_range(&rnd, m);

		/* Room for the most that one operation adds, and then some. */
		if (m->nr > MODEL_MAX / 3) {
			pos = random_pos(&rnd, m);
			KUNIT_EXPECT_EQ(test, 0,
					phys_range_list_truncate(list, pos,
								 GFP_KERNEL));
			model_truncate(m, pos);
			check_list(test, __LINE__, list, m->range, m->nr);
			continue;
		}
		switch (prandom_u32_state(&rnd) % 32) {
		default:
			KUNIT_EXPECT_EQ(test, 0,
					phys_range_list_append(list, &range,
							       GFP_KERNEL));
			model_add(m, range);
			break;
		case 0:
		case 1:
		case 2:
		case 3:
		case 4:
		case 5:
			nr = prandom_u32_state(&rnd) % ARRAY_SIZE(vec);
			for (i = 0; i < nr; i++) {
				struct phys_range r = random_range(&rnd, m);

				r.flags = 0;
				r.provider = NULL;
				vec[i].paddr = r.addr;
				vec[i].len = r.len;
				model_add(m, r);
			}
			KUNIT_EXPECT_EQ(test, 0,
					phys_range_list_append_phys_vecs(list,
									 vec, nr,
									 0, NULL,
									 GFP_KERNEL));
			break;
		case 6:
			pos = random_pos(&rnd, m);
			/* Only a little: else the list never becomes long. */
			pos = max(pos, m->bytes - m->bytes / 16);
			KUNIT_EXPECT_EQ(test, 0,
					phys_range_list_truncate(list, pos,
								 GFP_KERNEL));
			model_truncate(m, pos);
			break;
		case 7:
			pos = random_pos(&rnd, m);
			KUNIT_EXPECT_EQ(test, 0,
					phys_range_list_split(list, pos, other,
							      GFP_KERNEL));
			n->nr = 0;
			n->bytes = 0;
			model_copy(n, m, pos, m->bytes - pos);
			model_truncate(m, pos);
			check_list(test, __LINE__, list, m->range, m->nr);
			check_list(test, __LINE__, other, n->range, n->nr);
			/* Sometimes the other way round. */
			if (prandom_u32_state(&rnd) & 1) {
				swap(list, other);
				swap(m, n);
			}
			KUNIT_EXPECT_EQ(test, 0,
					phys_range_list_splice(list, other,
							       GFP_KERNEL));
			model_copy(m, n, 0, n->bytes);
			expect_empty(test, other);
			break;
		case 8:
			pos = random_pos(&rnd, m);
			len = min(random_pos(&rnd, m), m->bytes - pos) / 16;
			KUNIT_EXPECT_EQ(test, 0,
					phys_range_list_copy(other, list, pos,
							     len, GFP_KERNEL));
			n->nr = 0;
			n->bytes = 0;
			model_copy(n, m, pos, len);
			check_list(test, __LINE__, other, n->range, n->nr);
			KUNIT_EXPECT_EQ(test, 0,
					phys_range_list_copy(list, other, 0,
							     len, GFP_KERNEL));
			model_copy(m, n, 0, len);
			phys_range_list_destroy(other);
			break;
		case 9:
			phys_range_list_move(other, list);
			expect_empty(test, list);
			swap(list, other);
			break;
		case 10:
		case 11:
		case 12:
			pos = random_pos(&rnd, m);
			check_slice(test, list, m, tmp, pos, m->bytes - pos);
			len = min(random_pos(&rnd, m) >> 8, m->bytes - pos);
			check_slice(test, list, m, tmp, pos, len);
			break;
		case 13:
			check_list(test, __LINE__, list, m->range, m->nr);
			break;
		}
	}
	check_list(test, __LINE__, list, m->range, m->nr);
	if (test->status == KUNIT_FAILURE)
		kunit_info(test, "failed at operation %u\n", op);
}

/*
 * The rest
 */

struct reader {
	const struct phys_range_list *list;
	struct completion done;
	u64 sum;
	unsigned int rounds;
};

static u64 list_sum(const struct phys_range_list *list, u64 start)
{
	struct phys_range range;
	u64 sum = 0;

	phys_range_list_for_each(list, range)
		sum += range.addr ^ range.len;
	phys_range_list_for_each_reverse(list, range)
		sum = sum * 3 + range.addr;
	phys_range_list_for_each_slice(list, start, SZ_1M, range)
		sum += range.len;
	phys_range_list_for_each_segment(list, 0x300, 0xfff, range)
		sum += range.addr;
	return sum;
}

static int reader_fn(void *data)
{
	struct reader *reader = data;
	u64 sum = list_sum(reader->list, 77);
	unsigned int i;

	for (i = 0; i < 50; i++) {
		if (list_sum(reader->list, 77) == sum)
			reader->rounds++;
		cond_resched();
	}
	reader->sum = sum;
	complete(&reader->done);
	return 0;
}

static void reader_threads_test(struct kunit *test)
{
	struct phys_range_list *list = test_list(test);
	struct reader readers[4] = {};
	struct task_struct *task;
	unsigned int i, nr;
	u64 sum;

	fill_pages(test, list, 3000);
	sum = list_sum(list, 77);
	for (nr = 0; nr < ARRAY_SIZE(readers); nr++) {
		readers[nr].list = list;
		init_completion(&readers[nr].done);
		task = kthread_run(reader_fn, &readers[nr], "phys_range-%u", nr);
		KUNIT_EXPECT_NOT_ERR_OR_NULL(test, task);
		if (IS_ERR(task))
			break;
	}
	for (i = 0; i < nr; i++) {
		wait_for_completion(&readers[i].done);
		KUNIT_EXPECT_EQ(test, readers[i].sum, sum);
		KUNIT_EXPECT_EQ(test, readers[i].rounds, 50);
	}
}

static void show_test(struct kunit *test)
{
	struct phys_range_list *list = test_some_ranges(test);
	struct seq_file m = { .size = SZ_4K };
	size_t size;

	m.buf = kunit_kmalloc(test, m.size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, m.buf);
	memset(m.buf, POISON, m.size);
	phys_range_list_seq_show(&m, list);
	KUNIT_ASSERT_LT(test, m.count, m.size);
	KUNIT_EXPECT_EQ(test, m.buf[m.count - 1], '\n');
	m.buf[m.count] = 0;
	KUNIT_EXPECT_STRNEQ(test, m.buf, "");
	KUNIT_EXPECT_NOT_NULL(test, strstr(m.buf, "4 ranges, "));
	KUNIT_EXPECT_NOT_NULL(test, strstr(m.buf, "@0x0: 0x1000 +0x1000\n"));
	KUNIT_EXPECT_NOT_NULL(test,
			      strstr(m.buf, "@0x1000: 0x5000 +0x800 MMIO\n"));
	KUNIT_EXPECT_NOT_NULL(test, strstr(m.buf, "@0x1800: 0x9003 +0x1\n"));
	KUNIT_EXPECT_NOT_NULL(test, strstr(m.buf, "+0x123456789000\n"));

	/* A buffer that is too small is filled and no more. */
	for (size = 1; size < 200; size += 37) {
		memset(m.buf, POISON, SZ_4K);
		m.count = 0;
		m.size = size;
		phys_range_list_seq_show(&m, list);
		KUNIT_EXPECT_TRUE(test, seq_has_overflowed(&m));
		KUNIT_EXPECT_PTR_EQ(test, NULL,
				    memchr_inv(m.buf + size, POISON,
					       SZ_4K - size));
	}

	phys_range_list_dump(list);
}

#define show_bad(test, list, what)					\
	KUNIT_EXPECT_EQ_MSG(test, -EINVAL, what, "%s",			\
			    (list) ? "poisoned" : "NULL")

static void debug_test(struct kunit *test)
{
	const struct phys_range range = { .addr = 0x1000, .len = 0x1000 };
	const struct phys_vec vec = { 0x1000, 0x1000 };
	struct phys_range_list *bad, *list = test_some_ranges(test);
	struct phys_range_list *lists[2] = {}, *empty = test_list(test);
	struct folio *folio = test_folio(test, 0);
	struct page *page = folio_page(folio, 0);
	unsigned int i;

	if (!IS_ENABLED(CONFIG_RANGE_LIST_DEBUG))
		kunit_skip(test, "needs CONFIG_RANGE_LIST_DEBUG");
	lists[1] = kunit_kmalloc(test, sizeof(*bad), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, lists[1]);
	memset(lists[1], 0x6b, sizeof(*bad));
	kunit_info(test, "complaints about NULL and freed lists are expected\n");

	for (i = 0; i < ARRAY_SIZE(lists); i++) {
		bad = lists[i];
		show_bad(test, bad,
			 phys_range_list_append(bad, &range, GFP_KERNEL));
		show_bad(test, bad,
			 phys_range_list_append_phys_vecs(bad, &vec, 1, 0, NULL,
							  GFP_KERNEL));
		show_bad(test, bad,
			 phys_range_list_append_pages(bad, &page, 1, 0, 1,
						      GFP_KERNEL));
		show_bad(test, bad,
			 phys_range_list_append_folio(bad, folio, 0, 1,
						      GFP_KERNEL));
		if (IS_ENABLED(CONFIG_NET))
			show_bad(test, bad,
				 phys_range_list_append_skb(bad, NULL, 0, 1,
							    GFP_KERNEL));
		show_bad(test, bad,
			 phys_range_list_splice(bad, list, GFP_KERNEL));
		show_bad(test, bad,
			 phys_range_list_splice(list, bad, GFP_KERNEL));
		show_bad(test, bad,
			 phys_range_list_copy(bad, list, 0, 1, GFP_KERNEL));
		show_bad(test, bad,
			 phys_range_list_copy(list, bad, 0, 1, GFP_KERNEL));
		show_bad(test, bad,
			 phys_range_list_preload(bad, 1, GFP_KERNEL));
		show_bad(test, bad,
			 phys_range_list_truncate(bad, 0, GFP_KERNEL));
		show_bad(test, bad,
			 phys_range_list_split(bad, 0, empty, GFP_KERNEL));
		show_bad(test, bad,
			 phys_range_list_split(list, 1, bad, GFP_KERNEL));
		phys_range_list_preload_end(bad);
		phys_range_list_shrink(bad);
		phys_range_list_move(bad, list);
		phys_range_list_move(list, bad);
		phys_range_list_unpin(bad, true);
		phys_range_list_destroy(bad);
	}
	expect_empty(test, empty);
	KUNIT_EXPECT_PTR_EQ(test, NULL,
			    memchr_inv(lists[1], 0x6b, sizeof(*bad)));
	expect_some_ranges(test, list);
}

static struct kunit_case phys_range_cases[] = {
	KUNIT_CASE(life_test),
	KUNIT_CASE(append_errors_test),
	KUNIT_CASE(append_merge_test),
	KUNIT_CASE(pinned_merge_test),
	KUNIT_CASE(pinned_merge_pages_test),
	KUNIT_CASE(phys_vecs_test),
	KUNIT_CASE(pages_test),
	KUNIT_CASE(folio_test),
	KUNIT_CASE(bvec_test),
	KUNIT_CASE(bio_test),
	KUNIT_CASE(bios_test),
#ifdef CONFIG_NET
	KUNIT_CASE(skb_test),
	KUNIT_CASE(skb_parts_test),
	KUNIT_CASE(skb_depth_test),
	KUNIT_CASE(skb_unreadable_test),
	KUNIT_CASE(skb_fail_test),
#endif
	KUNIT_CASE(pages_undo_test),
	KUNIT_CASE(sgtable_test),
	KUNIT_CASE(virt_test),
	KUNIT_CASE(iov_iter_kernel_test),
	KUNIT_CASE(iov_iter_user_test),
	KUNIT_CASE(pin_user_test),
	KUNIT_CASE(pinned_change_test),
	KUNIT_CASE(append_bar_test),
	KUNIT_CASE(to_phys_vecs_test),
	KUNIT_CASE(copy_bytes_test),
	KUNIT_CASE(change_test),
	KUNIT_CASE(preload_test),
	KUNIT_CASE(blocks_test),
	KUNIT_CASE(blocks_empty_test),
	KUNIT_CASE(segments_test),
	KUNIT_CASE(segments_cut_test),
	KUNIT_CASE(pages_folios_test),
	KUNIT_CASE(cursor_test),
	KUNIT_CASE(cursor_append_test),
	KUNIT_CASE(next_vecs_test),
	KUNIT_CASE(random_test),
	KUNIT_CASE(reader_threads_test),
	KUNIT_CASE(show_test),
	KUNIT_CASE(debug_test),
	{}
};

static struct kunit_suite phys_range_suite = {
	.name = "phys_range",
	.test_cases = phys_range_cases,
};

kunit_test_suites(&phys_range_suite);

MODULE_DESCRIPTION("KUnit tests of physical range lists");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_LICENSE("GPL");
