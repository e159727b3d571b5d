// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of DMA range lists, and of mapping physical range lists into
 * them for mock devices.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/dma-mapping.h>
#include <linux/dma_range.h>
#include <linux/iommu.h>
#include <linux/mm.h>
#include <linux/phys_range.h>
#include <linux/prandom.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../../drivers/iommu/iommu-pages.h"
#include "dma_kunit.h"
#include "mock_iommu.h"

/* What is behind an IOMMU and maps memory as it is. */
static const struct mode iommu_modes[] = {
	{ "strict", { .flags = COUNT } },
	{ "lazy", { .flags = LAZY | COUNT } },
	{ "noncoherent", { .flags = NONCOHERENT | COUNT } },
	{ "small pages", { .flags = COUNT, .pgsize_bitmap = PAGE_SIZE } },
	{ "32 bits", { .flags = COUNT, .dma_mask = DMA_BIT_MASK(32) } },
	{ "min align", { .flags = COUNT, .min_align_mask = 0xfff } },
	{ "map_pages", { .flags = COUNT | MAP_PAGES } },
	{ "map_pages noncoherent",
		{ .flags = COUNT | MAP_PAGES | NONCOHERENT } },
};

KUNIT_ARRAY_PARAM_DESC(iommu_modes, iommu_modes, name);

static const struct mode direct_modes[] = {
	{ "direct", { .flags = DIRECT } },
	{ "direct with offset", { .flags = DIRECT, .dma_offset = SZ_8G } },
	{ "direct noncoherent", { .flags = DIRECT | NONCOHERENT } },
	{ "identity", { .flags = IDENTITY } },
};

KUNIT_ARRAY_PARAM_DESC(direct_modes, direct_modes, name);

static const struct mode all_modes[] = {
	{ "strict", { .flags = COUNT } },
	{ "lazy", { .flags = LAZY | COUNT } },
	{ "noncoherent", { .flags = NONCOHERENT | COUNT } },
	{ "direct", { .flags = DIRECT } },
	{ "direct with offset", { .flags = DIRECT, .dma_offset = SZ_8G } },
	{ "direct noncoherent", { .flags = DIRECT | NONCOHERENT } },
	{ "identity", { .flags = IDENTITY } },
	{ "direct bounce", { .flags = DIRECT | BOUNCE } },
	{ "direct bounce noncoherent",
		{ .flags = DIRECT | BOUNCE | NONCOHERENT } },
	{ "identity bounce", { .flags = IDENTITY | BOUNCE } },
	{ "map_pages", { .flags = COUNT | MAP_PAGES } },
	{ "map_pages lazy", { .flags = COUNT | MAP_PAGES | LAZY } },
	{ "untrusted", { .flags = UNTRUSTED | COUNT } },
	{ "untrusted noncoherent",
		{ .flags = UNTRUSTED | NONCOHERENT | COUNT } },
	{ "untrusted min align",
		{ .flags = UNTRUSTED | COUNT, .min_align_mask = 0xfff } },
};

KUNIT_ARRAY_PARAM_DESC(all_modes, all_modes, name);

/* Where mapping can be made to fail. */
static const struct mode counted_modes[] = {
	{ "strict", { .flags = COUNT } },
	{ "lazy", { .flags = LAZY | COUNT } },
	{ "noncoherent", { .flags = NONCOHERENT | COUNT } },
	{ "map_pages", { .flags = COUNT | MAP_PAGES } },
	{ "map_pages lazy", { .flags = COUNT | MAP_PAGES | LAZY } },
	{ "untrusted", { .flags = UNTRUSTED | COUNT } },
	{ "untrusted noncoherent",
		{ .flags = UNTRUSTED | NONCOHERENT | COUNT } },
	{ "untrusted min align",
		{ .flags = UNTRUSTED | COUNT, .min_align_mask = 0xfff } },
};

KUNIT_ARRAY_PARAM_DESC(counted_modes, counted_modes, name);

/*
 * The list by itself
 */

static void list_test(struct kunit *test)
{
	static const struct dma_range want[] = {
		{ 0x1000, 0x2000, DMA_RANGE_IOVA },
		{ 0x8000, 0x1000, DMA_RANGE_BUS_ADDRESS },
		{ 0x9000, 0x1000, DMA_RANGE_IOVA },
		{ 0xa000, 0x1000, DMA_RANGE_IOVA | DMA_RANGE_NO_MERGE },
		{ 0x1ffffffff000ULL, 0x123456000ULL, DMA_RANGE_DIRECT },
	};
	struct dma_range_list *list = test_dma_list(test, NULL);
	DEFINE_DMA_RANGE_LIST(defined);
	struct dma_range range, bulk[ARRAY_SIZE(want) + 1];
	unsigned int i = 0, bit;

	dma_range_list_destroy(&defined);
	check_empty(test, __LINE__, &defined);
	KUNIT_EXPECT_TRUE(test, dma_range_list_is_aligned(&defined, SZ_1G));

	KUNIT_EXPECT_EQ(test, 0, add_dma(list, 0x1000, 0x1000, DMA_RANGE_IOVA));
	KUNIT_EXPECT_EQ(test, 0, add_dma(list, 0x2000, 0x1000, DMA_RANGE_IOVA));
	for (i = 1; i < ARRAY_SIZE(want); i++)
		KUNIT_EXPECT_EQ(test, 0,
				dma_range_list_append(list, &want[i],
						      GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -EINVAL, add_dma(list, 0x1000, 0, 0));
	for (bit = 0; bit < 32; bit++)
		if (!(BIT(bit) & (DMA_RANGE_NO_MERGE | DMA_RANGE_BUS_ADDRESS |
				  DMA_RANGE_IOVA | DMA_RANGE_DIRECT)))
			KUNIT_EXPECT_EQ(test, -EINVAL,
					add_dma(list, 0x1000, 1, BIT(bit)));
	KUNIT_EXPECT_EQ(test, -EOVERFLOW, add_dma(list, (dma_addr_t)~0ULL, 2, 0));
	KUNIT_EXPECT_EQ(test, -EOVERFLOW, add_dma(list, 1, U64_MAX - 2, 0));

	KUNIT_EXPECT_EQ(test, dma_range_list_nr(list), ARRAY_SIZE(want));
	KUNIT_EXPECT_EQ(test, dma_range_list_bytes(list),
			0x5000 + 0x123456000ULL);
	KUNIT_EXPECT_FALSE(test, dma_range_list_empty(list));
	KUNIT_EXPECT_TRUE(test, dma_range_list_is_aligned(list, 0x1000));
	KUNIT_EXPECT_FALSE(test, dma_range_list_is_aligned(list, 0x2000));

	i = 0;
	dma_range_for_each_unlimited(list, range) {
		KUNIT_ASSERT_LT(test, i, ARRAY_SIZE(want));
		KUNIT_EXPECT_EQ(test, range.addr, want[i].addr);
		KUNIT_EXPECT_EQ(test, range.len, want[i].len);
		KUNIT_EXPECT_EQ(test, range.flags, want[i].flags);
		i++;
	}
	KUNIT_EXPECT_EQ(test, i, ARRAY_SIZE(want));
	dma_range_for_each_reverse(list, range) {
		KUNIT_ASSERT_GT(test, i, 0);
		i--;
		KUNIT_EXPECT_EQ(test, range.addr, want[i].addr);
		KUNIT_EXPECT_EQ(test, range.len, want[i].len);
	}
	KUNIT_EXPECT_EQ(test, i, 0);

	DMA_RANGE_STATE(state, list);

	memset(bulk, POISON, sizeof(bulk));
	KUNIT_EXPECT_EQ(test, 2, dma_range_next_bulk(&state, bulk, 2));
	KUNIT_EXPECT_PTR_EQ(test, NULL,
			    memchr_inv(&bulk[2], POISON, 4 * sizeof(*bulk)));
	KUNIT_EXPECT_EQ(test, 0, dma_range_next_bulk(&state, bulk + 2, 0));
	KUNIT_EXPECT_EQ(test, 3, dma_range_next_bulk(&state, bulk + 2, 4));
	for (i = 0; i < ARRAY_SIZE(want); i++) {
		KUNIT_EXPECT_EQ(test, bulk[i].addr, want[i].addr);
		KUNIT_EXPECT_EQ(test, bulk[i].len, want[i].len);
		KUNIT_EXPECT_EQ(test, bulk[i].flags, want[i].flags);
	}
	KUNIT_EXPECT_EQ(test, 0, dma_range_next_bulk(&state, bulk, 1));

	KUNIT_EXPECT_EQ(test, 0, dma_range_seek(&state, 0x2800));
	KUNIT_EXPECT_TRUE(test, dma_range_next(&state, &range));
	KUNIT_EXPECT_EQ(test, range.addr, 0x8800);
	KUNIT_EXPECT_EQ(test, range.len, 0x800);
	KUNIT_EXPECT_EQ(test, -ERANGE,
			dma_range_seek(&state, dma_range_list_bytes(list) + 1));
	KUNIT_EXPECT_FALSE(test, dma_range_next(&state, &range));
	KUNIT_EXPECT_EQ(test, 0, dma_range_seek_slice(&state, 0x1fff, 2));
	KUNIT_EXPECT_EQ(test, 2, dma_range_next_bulk(&state, bulk, 6));
	KUNIT_EXPECT_EQ(test, bulk[0].addr, 0x2fff);
	KUNIT_EXPECT_EQ(test, bulk[1].addr, 0x8000);
	KUNIT_EXPECT_EQ(test, bulk[1].len, 1);
	KUNIT_EXPECT_EQ(test, -ERANGE,
			dma_range_seek_slice(&state, 1, U64_MAX));
	dma_range_for_each_slice(list, U64_MAX, 1, range)
		KUNIT_FAIL(test, "a slice beyond the end has a range");

	dma_range_list_destroy(list);
	check_empty(test, __LINE__, list);
}

static void show_test(struct kunit *test)
{
	struct dma_range_list *list = test_dma_list(test, NULL);
	struct seq_file m = { .size = SZ_4K };

	KUNIT_ASSERT_EQ(test, 0, add_dma(list, 0x1000, 0x30, DMA_RANGE_IOVA));
	KUNIT_ASSERT_EQ(test, 0, add_dma(list, 0x5000, 0x1000,
					 DMA_RANGE_BUS_ADDRESS |
					 DMA_RANGE_NO_MERGE));
	m.buf = kunit_kzalloc(test, m.size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, m.buf);
	dma_range_list_seq_show(&m, list);
	KUNIT_ASSERT_LT(test, m.count, m.size);
	KUNIT_EXPECT_NOT_NULL(test, strstr(m.buf, "2 ranges, 4144 bytes"));
	KUNIT_EXPECT_NOT_NULL(test, strstr(m.buf, "@0x0: 0x1000 +0x30 IOVA\n"));
	KUNIT_EXPECT_NOT_NULL(test, strstr(m.buf,
					   "0x5000 +0x1000 NO_MERGE BUS_ADDRESS\n"));
	dma_range_list_dump(list);
}

static void debug_test(struct kunit *test)
{
	const struct range_list_mock_params params = { .flags = 0 };
	struct phys_range_list *src = test_list(test);
	struct dma_range_list *lists[2] = {};
	struct mock *m = test_mock(test, &params);
	unsigned int i;

	if (!IS_ENABLED(CONFIG_RANGE_LIST_DEBUG))
		kunit_skip(test, "needs CONFIG_RANGE_LIST_DEBUG");
	lists[1] = kunit_kmalloc(test, sizeof(**lists), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, lists[1]);
	memset(lists[1], 0x6b, sizeof(**lists));
	KUNIT_ASSERT_EQ(test, 0, add(src, test_memory(test, 0), PAGE_SIZE, 0));
	kunit_info(test, "complaints about NULL and freed lists are expected\n");
	for (i = 0; i < ARRAY_SIZE(lists); i++) {
		KUNIT_EXPECT_EQ(test, -EINVAL, add_dma(lists[i], 0, 1, 0));
		KUNIT_EXPECT_EQ(test, -EINVAL,
				dma_map_phys_ranges(m->dev, lists[i], src,
						    DMA_TO_DEVICE, 0,
						    GFP_KERNEL));
		dma_unmap_ranges(m->dev, lists[i], DMA_TO_DEVICE, 0);
		dma_range_list_destroy(lists[i]);
	}
	KUNIT_EXPECT_PTR_EQ(test, NULL,
			    memchr_inv(lists[1], 0x6b, sizeof(**lists)));
	test_mock_done(test, m);
}

/* The limits of the device, for lists with everything in them. */
static void segments_test(struct kunit *test)
{
	static const struct range_list_mock_params params[] = {
		{ .flags = 0 },
		{ .max_seg_size = SZ_4K, .seg_boundary_mask = SZ_64K - 1 },
		{ .max_seg_size = 0x2345, .seg_boundary_mask = 0xfff },
		{ .max_seg_size = SZ_1M, .seg_boundary_mask = U32_MAX },
		{ .max_seg_size = UINT_MAX, .seg_boundary_mask = ULONG_MAX },
	};
	struct dma_range_limits limits;
	struct dma_range_list *list = test_dma_list(test, NULL);
	struct rnd_state rnd;
	struct dma_range seg;
	u64 seed = range_list_mock_seed();
	unsigned int i, round;

	kunit_info(test, "seed %#llx\n", seed);
	prandom_seed_state(&rnd, seed);
	for (round = 0; round < 20 * ARRAY_SIZE(params); round++) {
		const struct range_list_mock_params *p =
			&params[round % ARRAY_SIZE(params)];
		unsigned int nr = prandom_u32_state(&rnd) % 300 + 1;
		struct mock *m = test_mock(test, p);
		struct dma_range_state state;
		struct dma_range range = {};
		u64 n = 0, blocks = 0;

		for (i = 0; i < nr; i++)
			KUNIT_ASSERT_EQ(test, 0,
					add_dma(list, prandom_u32_state(&rnd),
						prandom_u32_state(&rnd) % SZ_64K + 1,
						0));
		limits = dma_range_device_limits(m->dev);
		KUNIT_EXPECT_EQ(test, limits.max_len,
				p->max_seg_size ?: SZ_64K);
		KUNIT_EXPECT_EQ(test, limits.boundary,
				p->seg_boundary_mask == ULONG_MAX ||
				!p->seg_boundary_mask ? U64_MAX :
				p->seg_boundary_mask);
		state = dma_range_state_first(list);
		dma_range_for_each_segment(list, &limits, seg) {
			if (!range.len)
				KUNIT_ASSERT_TRUE(test,
						  dma_range_next(&state, &range));
			KUNIT_EXPECT_EQ(test, seg.addr, range.addr);
			KUNIT_EXPECT_GT(test, seg.len, 0);
			KUNIT_EXPECT_LE(test, seg.len, range.len);
			KUNIT_EXPECT_LE(test, seg.len, limits.max_len);
			KUNIT_EXPECT_EQ(test, seg.addr & ~limits.boundary,
					(seg.addr + seg.len - 1) &
					~limits.boundary);
			/* As long as it can be. */
			if (seg.len < range.len && seg.len < limits.max_len)
				KUNIT_EXPECT_EQ(test, 0, (seg.addr + seg.len) &
						limits.boundary);
			range.addr += seg.len;
			range.len -= seg.len;
			n++;
			if (test->status == KUNIT_FAILURE)
				return;
		}
		KUNIT_EXPECT_EQ(test, range.len, 0);
		KUNIT_EXPECT_FALSE(test, dma_range_next(&state, &range));
		KUNIT_EXPECT_EQ(test, n, dma_range_nr_segments(list, &limits));

		dma_range_for_each_block(list, 1, seg)
			blocks++;
		KUNIT_EXPECT_EQ(test, blocks, dma_range_list_bytes(list));
		dma_range_list_destroy(list);
		kunit_release_action(test, device_action, m->dev);
	}
}

static void blocks_test(struct kunit *test)
{
	static const struct dma_range_limits wrong[] = {
		{ 0, U64_MAX }, { 1, 0xff0 }, { 1, 1ULL << 63 },
	};
	struct dma_range_list *list = test_dma_list(test, NULL);
	struct dma_range seg;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, 0, add_dma(list, 0x1800, 0x800, 0));
	KUNIT_ASSERT_EQ(test, 0, add_dma(list, 0x4000, 0x2000, 0));
	KUNIT_ASSERT_EQ(test, 0, add_dma(list, 0x8000, 0x0001, 0));
	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		KUNIT_EXPECT_EQ(test, -EINVAL,
				dma_range_nr_segments(list, &wrong[i]));
	KUNIT_EXPECT_EQ(test, -EINVAL, dma_range_nr_blocks(list, 0));
	KUNIT_EXPECT_EQ(test, -EINVAL, dma_range_nr_blocks(list, 0x800 + 1));
	KUNIT_EXPECT_EQ(test, -EINVAL, dma_range_nr_blocks(list, 0x4000));
	KUNIT_EXPECT_EQ(test, 4, dma_range_nr_blocks(list, 0x1000));
	i = 0;
	dma_range_for_each_block(list, 0x1000, seg) {
		static const dma_addr_t want[] = {
			0x1800, 0x4000, 0x5000, 0x8000,
		};

		KUNIT_ASSERT_LT(test, i, ARRAY_SIZE(want));
		KUNIT_EXPECT_EQ(test, seg.addr, want[i]);
		i++;
	}
	KUNIT_EXPECT_EQ(test, i, 4);
}

/*
 * Mapping, where the device sees memory as it is
 */

static void iommu_test(struct kunit *test)
{
	const struct mode *mode = test->param_value;
	struct mock *m = test_mock(test, &mode->params);
	struct phys_range_list *src = test_list(test);
	struct dma_range_list *dst = test_dma_list(test, m);
	phys_addr_t block = test_memory(test, 8);
	struct dma_range range;
	unsigned int order;

	/* A page, a part of one, one byte. */
	KUNIT_ASSERT_EQ(test, 0, add(src, block, PAGE_SIZE, 0));
	KUNIT_EXPECT_EQ(test, 1, map_ok(test, m, dst, src));
	phys_range_list_destroy(src);
	KUNIT_ASSERT_EQ(test, 0, add(src, block + 0x123, 0x456, 0));
	KUNIT_EXPECT_EQ(test, 1, map_ok(test, m, dst, src));
	phys_range_list_destroy(src);
	KUNIT_ASSERT_EQ(test, 0, add(src, block + 0xfff, 1, 0));
	KUNIT_EXPECT_EQ(test, 1, map_ok(test, m, dst, src));
	phys_range_list_destroy(src);

	/* However many pages, it is one range. */
	add_scattered(test, src, block, 100);
	KUNIT_EXPECT_EQ(test, 1, map_ok(test, m, dst, src));
	KUNIT_ASSERT_EQ(test, 0, dma_map_phys_ranges(m->dev, dst, src,
						     DMA_TO_DEVICE, 0,
						     GFP_KERNEL));
	dma_range_for_each_unlimited(dst, range) {
		KUNIT_EXPECT_EQ(test, range.len, 100 * PAGE_SIZE);
		KUNIT_EXPECT_EQ(test, range.flags, DMA_RANGE_IOVA);
		KUNIT_EXPECT_EQ(test, mapped_bytes(m), range.len);
	}
	KUNIT_EXPECT_EQ(test, 100, dma_range_nr_blocks(dst, PAGE_SIZE));
	dma_unmap_ranges(m->dev, dst, DMA_TO_DEVICE, 0);

	/* From within the first page to within the last one. */
	phys_range_list_destroy(src);
	KUNIT_ASSERT_EQ(test, 0, add(src, block + 0x9f0, PAGE_SIZE - 0x9f0, 0));
	KUNIT_ASSERT_EQ(test, 0, add(src, block + 8 * PAGE_SIZE,
				     3 * PAGE_SIZE, 0));
	KUNIT_ASSERT_EQ(test, 0, add(src, block + 5 * PAGE_SIZE, 17, 0));
	KUNIT_EXPECT_EQ(test, 1, map_ok(test, m, dst, src));
	phys_range_list_destroy(src);

	/* In one piece, and in folios of many sizes. */
	KUNIT_ASSERT_EQ(test, 0, add(src, block + 0x10,
				     (PAGE_SIZE << 8) - 0x20, 0));
	KUNIT_EXPECT_EQ(test, 1, map_ok(test, m, dst, src));
	phys_range_list_destroy(src);
	for (order = 0; order < 8; order++)
		KUNIT_ASSERT_EQ(test, 0,
				add(src, block + (PAGE_SIZE << order),
				    PAGE_SIZE << order, PHYS_RANGE_NO_MERGE));
	KUNIT_EXPECT_EQ(test, 1, map_ok(test, m, dst, src));
	phys_range_list_destroy(src);

	/* Where a boundary is within a page another range begins. */
	KUNIT_ASSERT_EQ(test, 0, add(src, block, PAGE_SIZE, 0));
	KUNIT_ASSERT_EQ(test, 0, add(src, block + 0x2040, 0x1fc0, 0));
	KUNIT_ASSERT_EQ(test, 0, add(src, block + 0x8000, 0x2040, 0));
	KUNIT_ASSERT_EQ(test, 0, add(src, block + 0xc000, 0x1000, 0));
	KUNIT_EXPECT_EQ(test, 3, map_ok(test, m, dst, src));

	test_mock_done(test, m);
}

static void direct_test(struct kunit *test)
{
	const struct mode *mode = test->param_value;
	struct mock *m = test_mock(test, &mode->params);
	struct phys_range_list *src = test_list(test);
	struct dma_range_list *dst = test_dma_list(test, m);
	phys_addr_t block = test_memory(test, 8);
	struct dma_range range;
	struct phys_range p;

	add_scattered(test, src, block, 100);
	KUNIT_ASSERT_EQ(test, 0, add(src, block + PAGE_SIZE + 0x40, 0x180, 0));
	/* Each is undone by itself, so neighbours may not become one. */
	KUNIT_ASSERT_EQ(test, 0, add(src, block + PAGE_SIZE + 0x1c0, 0x40,
				     PHYS_RANGE_NO_MERGE));
	KUNIT_EXPECT_EQ(test, 102, map_ok(test, m, dst, src));

	KUNIT_ASSERT_EQ(test, 0, dma_map_phys_ranges(m->dev, dst, src,
						     DMA_FROM_DEVICE, 0,
						     GFP_KERNEL));
	PHYS_RANGE_STATE(s, src);

	dma_range_for_each_unlimited(dst, range) {
		KUNIT_ASSERT_TRUE(test, phys_range_next(&s, &p));
		KUNIT_EXPECT_EQ(test, range.addr,
				p.addr + mode->params.dma_offset);
		KUNIT_EXPECT_EQ(test, range.len, p.len);
		KUNIT_EXPECT_TRUE(test, range.flags & DMA_RANGE_DIRECT);
		KUNIT_EXPECT_FALSE(test, range.flags & DMA_RANGE_IOVA);
	}
	dma_unmap_ranges(m->dev, dst, DMA_FROM_DEVICE, 0);
	test_mock_done(test, m);
}

/* Lists of all sizes, compared byte by byte with what was asked for. */
static void random_test(struct kunit *test)
{
	const struct mode *mode = test->param_value;
	struct mock *m = test_mock(test, &mode->params);
	struct phys_range_list *src = test_list(test);
	struct dma_range_list *dst = test_dma_list(test, m);
	phys_addr_t blocks[RANDOM_BLOCKS];
	bool as_is = !(mode->params.flags & (BOUNCE | UNTRUSTED));
	struct rnd_state rnd;
	u64 seed = range_list_mock_seed(), nr;
	unsigned int round;

	kunit_info(test, "seed %#llx\n", seed);
	prandom_seed_state(&rnd, seed);
	test_random_blocks(test, blocks);
	for (round = 0; round < 24 && test->status != KUNIT_FAILURE; round++) {
		/* Small lists and large ones, of pages and of anything. */
		unsigned int max = prandom_u32_state(&rnd) % 2000 + 1;
		bool aligned = round & 1;

		max >>= round / 2 % 12;
		/* Slots of bounce buffers are few. */
		if (!as_is)
			max = min(max, 200);
		add_random(test, src, blocks, &rnd, max ?: 1,
			   as_is ? 1 + prandom_u32_state(&rnd) % 16 : 2,
			   aligned);
		if (!as_is) {
			KUNIT_ASSERT_EQ(test, 0,
					dma_map_phys_ranges(m->dev, dst, src,
							    DMA_BIDIRECTIONAL,
							    0, GFP_KERNEL));
			KUNIT_EXPECT_EQ(test, dma_range_list_bytes(dst),
					phys_range_list_bytes(src));
			dma_unmap_ranges(m->dev, dst, DMA_BIDIRECTIONAL, 0);
		} else {
			nr = map_ok(test, m, dst, src);
			if (aligned && m->domain &&
			    !(mode->params.flags & IDENTITY))
				KUNIT_EXPECT_EQ(test, nr, 1);
			else if (nr != stretches(src))
				KUNIT_EXPECT_EQ(test, nr,
						phys_range_list_nr(src));
		}
		phys_range_list_destroy(src);
	}
	test_mock_done(test, m);
}

/*
 * Data, however it gets to the device and back
 */

static void data_test(struct kunit *test)
{
	static const enum dma_data_direction dirs[] = {
		DMA_TO_DEVICE, DMA_FROM_DEVICE, DMA_BIDIRECTIONAL,
	};
	const struct mode *mode = test->param_value;
	struct mock *m = test_mock(test, &mode->params);
	struct phys_range_list *src = test_list(test);
	struct dma_range_list *dst = test_dma_list(test, m);
	phys_addr_t block = test_memory(test, 6);
	const size_t room = PAGE_SIZE << 6;
	u8 *mem = phys_to_virt(block), *before, *bytes, *seen;
	struct rnd_state rnd;
	u64 seed = range_list_mock_seed();
	unsigned int i, kind;
	size_t size;

	before = kunit_kmalloc(test, room, GFP_KERNEL);
	bytes = kunit_kmalloc(test, room, GFP_KERNEL);
	seen = kunit_kmalloc(test, room, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, before);
	KUNIT_ASSERT_NOT_NULL(test, bytes);
	KUNIT_ASSERT_NOT_NULL(test, seen);
	kunit_info(test, "seed %#llx\n", seed);
	prandom_seed_state(&rnd, seed);

	for (kind = 0; kind < 5; kind++) {
		phys_range_list_destroy(src);
		switch (kind) {
		case 0:
			add_scattered(test, src, block, 20);
			break;
		case 1: /* within a page */
			KUNIT_ASSERT_EQ(test, 0, add(src, block + 0x1040,
						     0x780, 0));
			break;
		case 2: /* a page list, unaligned at both ends */
			KUNIT_ASSERT_EQ(test, 0, add(src, block + 0x2100,
						     0x1f00, 0));
			KUNIT_ASSERT_EQ(test, 0, add(src, block + 0x8000,
						     0x3000, 0));
			KUNIT_ASSERT_EQ(test, 0, add(src, block, 0x40, 0));
			break;
		case 3: /* across one boundary */
			KUNIT_ASSERT_EQ(test, 0, add(src, block + 0xfc0,
						     0x80, 0));
			break;
		case 4: /* boundaries anywhere */
			KUNIT_ASSERT_EQ(test, 0, add(src, block + 0x4c0,
						     0x1940, 0));
			KUNIT_ASSERT_EQ(test, 0, add(src, block + 0x5000,
						     0x1000, 0));
			KUNIT_ASSERT_EQ(test, 0, add(src, block + 0x8040,
						     0x7fc0, 0));
			KUNIT_ASSERT_EQ(test, 0, add(src, block + 0x3000,
						     0x40, 0));
			break;
		}
		size = phys_range_list_bytes(src);
		for (i = 0; i < ARRAY_SIZE(dirs); i++) {
			prandom_bytes_state(&rnd, mem, room);
			memcpy(before, mem, room);
			prandom_bytes_state(&rnd, bytes, size);
			KUNIT_ASSERT_EQ(test, 0,
					dma_map_phys_ranges(m->dev, dst, src,
							    dirs[i], 0,
							    GFP_KERNEL));
			KUNIT_EXPECT_EQ(test, dma_range_list_bytes(dst), size);
			if (dirs[i] != DMA_FROM_DEVICE) {
				memset(seen, POISON, room);
				device_copy(test, m, dst, seen, false);
				KUNIT_EXPECT_EQ(test, 0,
						phys_range_list_copy_from(src,
									  0,
									  before,
									  size));
				KUNIT_EXPECT_TRUE_MSG(test,
						      !memcmp(seen, before, size),
						      "kind %u, direction %u: the device reads something else",
						      kind, dirs[i]);
			}
			memcpy(before, mem, room);
			if (dirs[i] != DMA_TO_DEVICE)
				device_copy(test, m, dst, bytes, true);
			dma_unmap_ranges(m->dev, dst, dirs[i], 0);
			check_empty(test, __LINE__, dst);

			/* All that the device wrote, and nothing besides. */
			if (dirs[i] != DMA_TO_DEVICE) {
				memcpy(seen, mem, room);
				KUNIT_EXPECT_EQ(test, 0,
						phys_range_list_copy_from(src,
									  0,
									  seen,
									  size));
				KUNIT_EXPECT_TRUE_MSG(test,
						      !memcmp(seen, bytes, size),
						      "kind %u, direction %u: the device wrote something else",
						      kind, dirs[i]);
				memcpy(seen, mem, room);
				memcpy(mem, before, room);
				KUNIT_EXPECT_EQ(test, 0,
						phys_range_list_copy_to(src, 0,
									bytes,
									size));
			} else {
				memcpy(seen, before, room);
			}
			KUNIT_EXPECT_TRUE_MSG(test, !memcmp(seen, mem, room),
					      "kind %u, direction %u: memory beside the buffer changed",
					      kind, dirs[i]);
		}
	}
	test_mock_done(test, m);
}

/* Bounced: at another address, and copied when it is time. */
static void bounce_test(struct kunit *test)
{
	const struct range_list_mock_params params = {
		.flags = DIRECT | BOUNCE,
	};
	struct mock *m = test_mock(test, &params);
	struct phys_range_list *src = test_list(test);
	struct dma_range_list *dst = test_dma_list(test, m);
	phys_addr_t block = test_memory(test, 2);
	u8 *mem = phys_to_virt(block), byte;
	struct dma_range range;

	KUNIT_ASSERT_EQ(test, 0, add(src, block, 2 * PAGE_SIZE, 0));
	KUNIT_ASSERT_EQ(test, 0, add(src, block + 3 * PAGE_SIZE, PAGE_SIZE, 0));
	memset(mem, 0x11, 4 * PAGE_SIZE);
	KUNIT_ASSERT_EQ(test, 0, dma_map_phys_ranges(m->dev, dst, src,
						     DMA_TO_DEVICE, 0,
						     GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, dma_range_list_nr(dst), 2);
	dma_range_for_each_unlimited(dst, range) {
		KUNIT_EXPECT_TRUE(test, range.addr + range.len <= block ||
				  range.addr >= block + 4 * PAGE_SIZE);
		KUNIT_EXPECT_TRUE(test, range.flags & DMA_RANGE_DIRECT);
		device_access(test, m, range.addr, &byte, 1, false);
		KUNIT_EXPECT_EQ(test, byte, 0x11);
		/* Not written to the buffer, in this direction. */
		byte = 0x22;
		device_access(test, m, range.addr, &byte, 1, true);
	}
	dma_unmap_ranges(m->dev, dst, DMA_TO_DEVICE, 0);
	KUNIT_EXPECT_PTR_EQ(test, NULL, memchr_inv(mem, 0x11, 4 * PAGE_SIZE));

	KUNIT_ASSERT_EQ(test, 0, dma_map_phys_ranges(m->dev, dst, src,
						     DMA_FROM_DEVICE, 0,
						     GFP_KERNEL));
	dma_range_for_each_unlimited(dst, range)
		device_access(test, m, range.addr + range.len - 1, &byte, 1,
			      true);
	KUNIT_EXPECT_PTR_EQ(test, NULL, memchr_inv(mem, 0x11, 4 * PAGE_SIZE));
	dma_unmap_ranges(m->dev, dst, DMA_FROM_DEVICE, 0);
	KUNIT_EXPECT_EQ(test, mem[2 * PAGE_SIZE - 1], 0x22);
	KUNIT_EXPECT_EQ(test, mem[4 * PAGE_SIZE - 1], 0x22);
	KUNIT_EXPECT_EQ(test, mem[0], 0x11);
	mem[2 * PAGE_SIZE - 1] = 0x11;

	/* The caller of the unmap can do without. */
	KUNIT_ASSERT_EQ(test, 0, dma_map_phys_ranges(m->dev, dst, src,
						     DMA_FROM_DEVICE, 0,
						     GFP_KERNEL));
	dma_range_for_each_unlimited(dst, range)
		device_access(test, m, range.addr, &byte, 1, true);
	dma_unmap_ranges(m->dev, dst, DMA_FROM_DEVICE, DMA_ATTR_SKIP_CPU_SYNC);
	KUNIT_EXPECT_PTR_EQ(test, NULL, memchr_inv(mem, 0x11, 3 * PAGE_SIZE));

	/* Bouncing is what it does not want. */
	phys_range_list_destroy(src);
	KUNIT_ASSERT_EQ(test, 0, add(src, block, PAGE_SIZE,
				     PHYS_RANGE_REQUIRE_COHERENT));
	KUNIT_EXPECT_EQ(test, -EIO, dma_map_phys_ranges(m->dev, dst, src,
							DMA_TO_DEVICE, 0,
							GFP_KERNEL));
	check_empty(test, __LINE__, dst);
	test_mock_done(test, m);
}

/* What shares a page with the buffer is nothing for a device not trusted. */
static void untrusted_test(struct kunit *test)
{
	struct range_list_mock_params params = { .flags = UNTRUSTED | COUNT };
	struct phys_range_list *src = test_list(test);
	phys_addr_t block = test_memory(test, 3);
	u8 *mem = phys_to_virt(block), *page;
	struct dma_range_list *dst;
	struct dma_range range;
	struct phys_range part;
	unsigned int kind;
	struct mock *m;
	size_t i;

	page = kunit_kmalloc(test, PAGE_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_ASSERT_EQ(test, 0, add(src, block + 0x100, 0x2f00, 0));
	KUNIT_ASSERT_EQ(test, 0, add(src, block + 0x5000, 0x1000, 0));
	KUNIT_ASSERT_EQ(test, 0, add(src, block + 0x7000, 0x40, 0));
	for (kind = 0; kind < 2; kind++) {
		/* With this one dma_iova_link() can do it. */
		params.min_align_mask = kind ? 0xfff : 0;
		m = test_mock(test, &params);
		dst = test_dma_list(test, m);
		memset(mem, 0x55, PAGE_SIZE << 3);
		phys_range_list_for_each(src, part)
			memset(phys_to_virt(part.addr), 0x11, part.len);
		KUNIT_ASSERT_EQ(test, 0,
				dma_map_phys_ranges(m->dev, dst, src,
						    DMA_BIDIRECTIONAL, 0,
						    GFP_KERNEL));
		if (kind)
			KUNIT_EXPECT_EQ(test, dma_range_list_nr(dst), 1);
		/* All that it can see, and write to, with the buffer. */
		dma_range_for_each_unlimited(dst, range) {
			dma_addr_t addr = range.addr & PAGE_MASK;

			for (; addr < range.addr + range.len; addr += PAGE_SIZE) {
				device_access(test, m, addr, page, PAGE_SIZE,
					      false);
				KUNIT_EXPECT_PTR_EQ(test, NULL,
						    memchr(page, 0x55, PAGE_SIZE));
				memset(page, 0x99, PAGE_SIZE);
				device_access(test, m, addr, page, PAGE_SIZE,
					      true);
			}
		}
		/* Whole pages need no bouncing. */
		dma_range_for_each_slice(dst, 0x2f00, 1, range)
			KUNIT_EXPECT_EQ(test, device_phys(m, range.addr),
					block + 0x5000);
		if (kind)
			dma_range_for_each_slice(dst, 0xf00, 1, range)
				KUNIT_EXPECT_EQ(test,
						device_phys(m, range.addr),
						block + 0x1000);
		dma_range_for_each_slice(dst, 0, 1, range)
			KUNIT_EXPECT_NE(test, device_phys(m, range.addr),
					block + 0x100);
		dma_range_for_each_slice(dst, 0x3f00, 1, range)
			KUNIT_EXPECT_NE(test, device_phys(m, range.addr),
					block + 0x7000);
		dma_unmap_ranges(m->dev, dst, DMA_BIDIRECTIONAL, 0);
		phys_range_list_for_each(src, part) {
			KUNIT_EXPECT_PTR_EQ(test, NULL,
					    memchr_inv(phys_to_virt(part.addr),
						       0x99, part.len));
			memset(phys_to_virt(part.addr), 0x55, part.len);
		}
		KUNIT_EXPECT_PTR_EQ(test, NULL,
				    memchr_inv(mem, 0x55, PAGE_SIZE << 3));
		test_mock_done(test, m);
	}
	/* Which of many pages were touched is not known any more. */
	for (i = 0; i < 8; i++)
		KUNIT_EXPECT_EQ(test, mem[i * PAGE_SIZE], 0x55);
}

/*
 * Cache maintenance
 */

struct sync_log {
	phys_addr_t block;
	size_t size;
	u64 device;
	u64 cpu;
	unsigned int outside;
	enum dma_data_direction dir;
	unsigned int wrong_dir;
	u8 *device_map;		/* one for each 64 bytes */
	u8 *cpu_map;
};

static void sync_fn(void *ctx, phys_addr_t phys, size_t size,
		    enum dma_data_direction dir, bool for_cpu)
{
	struct sync_log *log = ctx;

	log->wrong_dir += dir != log->dir;
	if (for_cpu)
		log->cpu += size;
	else
		log->device += size;
	if (phys < log->block || phys + size > log->block + log->size) {
		log->outside++;
		return;
	}
	memset((for_cpu ? log->cpu_map : log->device_map) +
	       (phys - log->block) / 64, 1, DIV_ROUND_UP(size, 64));
}

static void sync_action(void *unused)
{
	range_list_mock_observe_sync(NULL, NULL);
}

static void sync_reset(struct sync_log *log, enum dma_data_direction dir)
{
	log->device = 0;
	log->cpu = 0;
	log->outside = 0;
	log->wrong_dir = 0;
	log->dir = dir;
	memset(log->device_map, 0, log->size / 64);
	memset(log->cpu_map, 0, log->size / 64);
}

static bool all_synced(const struct sync_log *log, const u8 *map,
		       const struct phys_range_list *src)
{
	struct phys_range range;

	phys_range_list_for_each(src, range)
		if (memchr_inv(map + (range.addr - log->block) / 64, 1,
			       range.len / 64))
			return false;
	return true;
}

static void sync_test(struct kunit *test)
{
	static const struct mode modes[] = {
		{ "iommu", { .flags = NONCOHERENT } },
		{ "direct", { .flags = DIRECT | NONCOHERENT } },
		{ "coherent", { .flags = 0 } },
	};
	struct phys_range_list *src = test_list(test);
	struct sync_log log = { .size = PAGE_SIZE << 5 };
	struct dma_range_list *dst;
	unsigned int kind, round, i;
	struct mock *m;
	u64 bytes;

	log.block = test_memory(test, 5);
	log.device_map = kunit_kzalloc(test, log.size / 64, GFP_KERNEL);
	log.cpu_map = kunit_kzalloc(test, log.size / 64, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, log.device_map);
	KUNIT_ASSERT_NOT_NULL(test, log.cpu_map);
	if (range_list_mock_observe_sync(sync_fn, &log))
		kunit_skip(test, "the architecture has cache maintenance of its own");
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, sync_action, NULL));

	for (round = 0; round < 2 * ARRAY_SIZE(modes); round++) {
		const struct mode *mode = &modes[round / 2];
		bool pages = round & 1;
		bool none = !(mode->params.flags & NONCOHERENT);

		m = test_mock(test, &mode->params);
		dst = test_dma_list(test, m);
		phys_range_list_destroy(src);
		if (pages) {
			add_scattered(test, src, log.block, 15);
		} else {
			KUNIT_ASSERT_EQ(test, 0, add(src, log.block + 0x140,
						     0x1ec0, 0));
			KUNIT_ASSERT_EQ(test, 0, add(src, log.block + 0x5000,
						     0x3000, 0));
			KUNIT_ASSERT_EQ(test, 0, add(src, log.block + 0xa000,
						     0x80, 0));
		}
		bytes = phys_range_list_bytes(src);

		for (kind = 0; kind < 3; kind++) {
			static const enum dma_data_direction dirs[] = {
				DMA_TO_DEVICE, DMA_FROM_DEVICE,
				DMA_BIDIRECTIONAL,
			};

			sync_reset(&log, dirs[kind]);
			KUNIT_ASSERT_EQ(test, 0,
					dma_map_phys_ranges(m->dev, dst, src,
							    dirs[kind], 0,
							    GFP_KERNEL));
			KUNIT_EXPECT_EQ(test, log.cpu, 0);
			if (none)
				KUNIT_EXPECT_EQ(test, log.device, 0);
			else if (pages)
				KUNIT_EXPECT_EQ(test, log.device, bytes);
			else /* dma-iommu rounds to its granule */
				KUNIT_EXPECT_GE(test, log.device, bytes);
			if (!none)
				KUNIT_EXPECT_TRUE(test,
						  all_synced(&log, log.device_map,
							     src));
			sync_reset(&log, dirs[kind]);
			dma_unmap_ranges(m->dev, dst, dirs[kind], 0);
			KUNIT_EXPECT_EQ(test, log.device, 0);
			if (none)
				KUNIT_EXPECT_EQ(test, log.cpu, 0);
			else if (dirs[kind] != DMA_TO_DEVICE)
				KUNIT_EXPECT_EQ(test, log.cpu, bytes);
			if (!none && dirs[kind] != DMA_TO_DEVICE)
				KUNIT_EXPECT_TRUE(test,
						  all_synced(&log, log.cpu_map,
							     src));
			KUNIT_EXPECT_EQ(test, log.outside, 0);
			KUNIT_EXPECT_EQ(test, log.wrong_dir, 0);
		}

		/* Three ways to do without. */
		for (i = 0; i < 3; i++) {
			unsigned long attrs = i == 0 ? DMA_ATTR_SKIP_CPU_SYNC : 0;

			if (i == 1) {
				/* Remembered, though the unmap does not say it. */
				phys_range_list_destroy(src);
				KUNIT_ASSERT_EQ(test, 0,
						add(src, log.block, 0x3000,
						    PHYS_RANGE_NO_CPU_ACCESS));
			} else if (i == 2) {
				phys_range_list_destroy(src);
				add_scattered(test, src, log.block, 3);
			}
			sync_reset(&log, DMA_FROM_DEVICE);
			KUNIT_ASSERT_EQ(test, 0,
					dma_map_phys_ranges(m->dev, dst, src,
							    DMA_FROM_DEVICE,
							    attrs, GFP_KERNEL));
			if (i < 2)
				KUNIT_EXPECT_EQ(test, log.device, 0);
			dma_unmap_ranges(m->dev, dst, DMA_FROM_DEVICE,
					 i == 2 ? DMA_ATTR_SKIP_CPU_SYNC : 0);
			KUNIT_EXPECT_EQ(test, log.cpu, 0);
		}

		/* A device that needs maintenance cannot do without it. */
		phys_range_list_destroy(src);
		KUNIT_ASSERT_EQ(test, 0, add(src, log.block, 0x3000,
					     PHYS_RANGE_REQUIRE_COHERENT));
		sync_reset(&log, DMA_FROM_DEVICE);
		KUNIT_EXPECT_EQ(test, none ? 0 : -EOPNOTSUPP,
				dma_map_phys_ranges(m->dev, dst, src,
						    DMA_FROM_DEVICE, 0,
						    GFP_KERNEL));
		KUNIT_EXPECT_EQ(test, dma_range_list_empty(dst), !none);
		dma_unmap_ranges(m->dev, dst, DMA_FROM_DEVICE, 0);
		KUNIT_EXPECT_EQ(test, log.device, 0);
		KUNIT_EXPECT_EQ(test, log.cpu, 0);
		test_mock_done(test, m);
	}
}

/*
 * What does not work
 */

static void errors_test(struct kunit *test)
{
	static const u32 mixed[][2] = {
		{ 0, PHYS_RANGE_CC_SHARED },
		{ 0, PHYS_RANGE_NO_CPU_ACCESS },
		{ PHYS_RANGE_REQUIRE_COHERENT, 0 },
		{ PHYS_RANGE_NO_CPU_ACCESS,
		  PHYS_RANGE_NO_CPU_ACCESS | PHYS_RANGE_CC_SHARED },
		{ PHYS_RANGE_MMIO, PHYS_RANGE_MMIO },
		{ 0, PHYS_RANGE_MMIO },
	};
	const struct mode *mode = test->param_value;
	struct mock *m = test_mock(test, &mode->params);
	struct phys_range_list *src = test_list(test);
	struct dma_range_list *dst = test_dma_list(test, m);
	phys_addr_t block = test_memory(test, 3);
	unsigned int i, k;

	KUNIT_EXPECT_EQ(test, -EINVAL,
			dma_map_phys_ranges(m->dev, dst, src, DMA_TO_DEVICE, 0,
					    GFP_KERNEL));
	KUNIT_ASSERT_EQ(test, 0, add(src, block, PAGE_SIZE, 0));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			dma_map_phys_ranges(m->dev, dst, src, DMA_NONE, 0,
					    GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			dma_map_phys_ranges(m->dev, dst, src, -1, 0,
					    GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			dma_map_phys_ranges(m->dev, dst, src, 4, 0,
					    GFP_KERNEL));
	check_empty(test, __LINE__, dst);

	/* A list that was made by hand is not ours to fill or to unmap. */
	KUNIT_ASSERT_EQ(test, 0, add_dma(dst, 0x1000, 0x1000, 0));
	KUNIT_EXPECT_EQ(test, -EBUSY,
			dma_map_phys_ranges(m->dev, dst, src, DMA_TO_DEVICE, 0,
					    GFP_KERNEL));
	dma_unmap_ranges(m->dev, dst, DMA_TO_DEVICE, 0);
	KUNIT_EXPECT_EQ(test, dma_range_list_bytes(dst), 0x1000);
	dma_range_list_destroy(dst);

	/* Neither is one that is mapped. */
	KUNIT_ASSERT_EQ(test, 0,
			dma_map_phys_ranges(m->dev, dst, src, DMA_TO_DEVICE, 0,
					    GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -EBUSY,
			dma_map_phys_ranges(m->dev, dst, src, DMA_TO_DEVICE, 0,
					    GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -EBUSY, add_dma(dst, 0x1000, 0x1000, 0));
	KUNIT_EXPECT_EQ(test, dma_range_list_bytes(dst), PAGE_SIZE);
	dma_unmap_ranges(m->dev, dst, DMA_TO_DEVICE, 0);
	check_empty(test, __LINE__, dst);
	/* Once more is harmless. */
	dma_unmap_ranges(m->dev, dst, DMA_TO_DEVICE, 0);
	dma_unmap_ranges(m->dev, dst, DMA_FROM_DEVICE, 0);
	check_empty(test, __LINE__, dst);
	KUNIT_EXPECT_EQ(test, 0, add_dma(dst, 0x1000, 0x1000, 0));
	dma_range_list_destroy(dst);

	/* Attributes may be mixed, if there is nothing that forbids one of them. */
	for (i = 0; i < ARRAY_SIZE(mixed); i++) {
		const u32 any = mixed[i][0] | mixed[i][1];
		int want = 0;

		if (any & (PHYS_RANGE_MMIO | PHYS_RANGE_REQUIRE_COHERENT) &&
		    mode->params.flags & BOUNCE)
			want = -EIO;
		if (any & PHYS_RANGE_REQUIRE_COHERENT &&
		    mode->params.flags & NONCOHERENT)
			want = -EOPNOTSUPP;
		/* MMIO is not where memory is, nor where the offset leads. */
		if (any & PHYS_RANGE_MMIO && mode->params.dma_offset)
			continue;
		phys_range_list_destroy(src);
		for (k = 0; k < 2; k++)
			KUNIT_ASSERT_EQ(test, 0,
					add(src, k * 0x2000 +
					    (mixed[i][k] & PHYS_RANGE_MMIO ?
					     0x600000000000ULL : block),
					    0x1000, mixed[i][k]));
		KUNIT_EXPECT_EQ_MSG(test, want,
				    dma_map_phys_ranges(m->dev, dst, src,
							DMA_TO_DEVICE, 0,
							GFP_KERNEL),
				    "flags %#x, %#x", mixed[i][0], mixed[i][1]);
		dma_unmap_ranges(m->dev, dst, DMA_TO_DEVICE, 0);
		check_empty(test, __LINE__, dst);
	}

	/* Flags that are nothing to the mapping may be mixed. */
	phys_range_list_destroy(src);
	KUNIT_ASSERT_EQ(test, 0, add(src, block, 0x1000, 0));
	KUNIT_ASSERT_EQ(test, 0, add(src, block + 0x1000, 0x1000,
				     PHYS_RANGE_NO_MERGE));
	KUNIT_EXPECT_EQ(test, 0, dma_map_phys_ranges(m->dev, dst, src,
						     DMA_TO_DEVICE, 0,
						     GFP_KERNEL));
	dma_unmap_ranges(m->dev, dst, DMA_TO_DEVICE, 0);
	test_mock_done(test, m);
}

static void p2p_test(struct kunit *test)
{
	const struct range_list_mock_params params = { .flags = COUNT };
	struct mock *m = test_mock(test, &params);
	struct phys_range_list *src = test_list(test);
	struct dma_range_list *dst = test_dma_list(test, m);
	struct phys_range range = {
		.addr = 0x700000000000ULL,
		.len = SZ_64K,
		.flags = PHYS_RANGE_P2P,
		/* Nobody looks into it. */
		.provider = (struct p2pdma_provider *)test,
	};

	KUNIT_ASSERT_EQ(test, 0, phys_range_list_append(src, &range, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -EREMOTEIO,
			dma_map_phys_ranges(m->dev, dst, src, DMA_TO_DEVICE, 0,
					    GFP_KERNEL));
	check_empty(test, __LINE__, dst);
	test_mock_done(test, m);
}

/* Each operation on the page table fails once, and all before it is undone. */
static void fail_map_test(struct kunit *test)
{
	static const u64 unaligned = 0x40;
	const struct mode *mode = test->param_value;
	struct mock *m = test_mock(test, &mode->params);
	struct phys_range_list *src = test_list(test);
	struct dma_range_list *dst = test_dma_list(test, m);
	phys_addr_t block = test_memory(test, 6);
	unsigned int kind, nth;
	int err;

	for (kind = 0; kind < 3; kind++) {
		phys_range_list_destroy(src);
		if (kind == 1)
			KUNIT_ASSERT_EQ(test, 0,
					add(src, block + 0x7fc0, 0x40, 0));
		add_scattered(test, src, block + SZ_64K, 20);
		if (kind == 1)
			KUNIT_ASSERT_EQ(test, 0,
					add(src, block, 0x2140, 0));
		if (kind == 2)
			KUNIT_ASSERT_EQ(test, 0,
					add(src, block + unaligned, 0x4000, 0));
		for (nth = 1; ; nth++) {
			KUNIT_ASSERT_LT(test, nth, 100);
			KUNIT_ASSERT_EQ(test, 0,
					range_list_mock_fail_map(m->dev, nth));
			err = dma_map_phys_ranges(m->dev, dst, src,
						  DMA_BIDIRECTIONAL, 0,
						  GFP_KERNEL);
			if (!err)
				break;
			KUNIT_EXPECT_TRUE_MSG(test,
					      err == -ENOMEM || err == -EIO,
					      "kind %u, call %u: %d", kind, nth,
					      err);
			check_empty(test, __LINE__, dst);
			KUNIT_EXPECT_EQ_MSG(test, mapped_bytes(m), 0,
					    "kind %u, call %u", kind, nth);
			dma_unmap_ranges(m->dev, dst, DMA_BIDIRECTIONAL, 0);
		}
		KUNIT_EXPECT_GT(test, nth, 1);
		KUNIT_EXPECT_EQ(test, 0, range_list_mock_fail_map(m->dev, 0));
		dma_unmap_ranges(m->dev, dst, DMA_BIDIRECTIONAL, 0);
		KUNIT_EXPECT_EQ(test, mapped_bytes(m), 0);
	}
	test_mock_done(test, m);
}

/* Countdown to the page table allocation that fails, 0 is off */
static unsigned int fail_table;

static void *failing_alloc_pages_node_sz(int nid, gfp_t gfp, size_t size)
{
	struct kunit *test = current->kunit_test;
	void *mem;

	if (fail_table && !--fail_table)
		return NULL;
	/* Not once more to here */
	current->kunit_test = NULL;
	mem = iommu_alloc_pages_node_sz(nid, gfp, size);
	current->kunit_test = test;
	return mem;
}

/* Each page table cannot be had once. */
static void fail_table_test(struct kunit *test)
{
	const struct mode *mode = test->param_value;
	struct mock *m = test_mock(test, &mode->params);
	struct phys_range_list *src = test_list(test);
	struct dma_range_list *dst = test_dma_list(test, m);
	phys_addr_t block = test_memory(test, 6);
	unsigned int i, nth;
	int err;

	/* More than a table of 512 entries has room for, twice */
	for (i = 0; i < 1100; i++)
		KUNIT_ASSERT_EQ(test, 0, add(src, block + (i * 2 & 63) *
						  PAGE_SIZE, PAGE_SIZE, 0));
	kunit_activate_static_stub(test, iommu_alloc_pages_node_sz,
				   failing_alloc_pages_node_sz);
	for (nth = 1; ; nth++) {
		KUNIT_ASSERT_LT(test, nth, 20);
		fail_table = nth;
		err = dma_map_phys_ranges(m->dev, dst, src, DMA_TO_DEVICE,
					  DMA_ATTR_SKIP_CPU_SYNC, GFP_KERNEL);
		if (!err)
			break;
		KUNIT_EXPECT_EQ_MSG(test, -ENOMEM, err, "table %u", nth);
		check_empty(test, __LINE__, dst);
		KUNIT_EXPECT_EQ_MSG(test, mapped_bytes(m), 0, "table %u", nth);
	}
	kunit_deactivate_static_stub(test, iommu_alloc_pages_node_sz);
	fail_table = 0;
	KUNIT_EXPECT_GE(test, nth, 3);
	dma_unmap_ranges(m->dev, dst, DMA_TO_DEVICE, DMA_ATTR_SKIP_CPU_SYNC);
	test_mock_done(test, m);
}

/* How often the page table is gone into. */
static void walk_test(struct kunit *test)
{
	struct range_list_mock_params params[] = {
		{ .flags = COUNT }, { .flags = COUNT | MAP_PAGES },
	};
	struct phys_range_list *src = test_list(test);
	phys_addr_t block = test_memory(test, 6);
	struct range_list_mock_stats stats[2];
	unsigned int i, j;

	for (i = 0; i < 2; i++) {
		phys_range_list_destroy(src);
		if (i)
			KUNIT_ASSERT_EQ(test, 0,
					add(src, block + 0x7fc0, 0x40, 0));
		add_scattered(test, src, block + SZ_64K, 20);
		if (i)
			KUNIT_ASSERT_EQ(test, 0, add(src, block, 0x140, 0));
		for (j = 0; j < 2; j++) {
			struct mock *m = test_mock(test, &params[j]);
			struct dma_range_list *dst = test_dma_list(test, m);

			KUNIT_EXPECT_EQ(test, 1,
					map_and_check(test, __LINE__, m, dst,
						      src, DMA_TO_DEVICE));
			range_list_mock_get_stats(m->dev, &stats[j]);
			test_mock_done(test, m);
		}
		/* A head and a tail within a granule are gone for themselves. */
		KUNIT_EXPECT_EQ(test, 1, stats[0].walks);
		KUNIT_EXPECT_EQ(test, i ? 2 : 0, stats[0].maps);
		KUNIT_EXPECT_EQ(test, 0, stats[1].walks);
		KUNIT_EXPECT_EQ(test, i ? 22 : 20, stats[1].maps);
	}
}

/* Batches that are RAM and MMIO in turn */
struct link_source {
	struct dma_phys_source src;
	struct phys_vec vec[6];
	unsigned int pos;
	unsigned int nr;
	int err;
};

static int link_refill(struct dma_phys_source *src)
{
	struct link_source *s = container_of(src, struct link_source, src);

	if (s->pos == s->nr)
		return s->err;
	src->vec = &s->vec[s->pos];
	src->nr = min(2, s->nr - s->pos);
	src->attrs = s->pos & 2 ? DMA_ATTR_MMIO : 0;
	s->pos += src->nr;
	return 0;
}

static int link_ranges(struct mock *m, struct dma_iova_state *state,
		       struct link_source *s, size_t size, unsigned long attrs,
		       size_t *linked)
{
	s->pos = 0;
	s->src = (struct dma_phys_source){ .refill = link_refill };
	return dma_iova_link_ranges(m->dev, state, 0, size, &s->src,
				    DMA_FROM_DEVICE, attrs, GFP_KERNEL, linked);
}

/* What dma_map_phys_ranges() does not ask for. */
static void link_test(struct kunit *test)
{
	const struct mode *mode = test->param_value;
	struct mock *m = test_mock(test, &mode->params);
	bool coherent = !(mode->params.flags & NONCOHERENT);
	phys_addr_t block = test_memory(test, 5);
	struct range_list_mock_stats before, after;
	struct dma_iova_state state;
	struct link_source s = { .nr = 6 };
	const size_t size = 6 * PAGE_SIZE;
	unsigned int i;
	size_t linked;
	int err;

	for (i = 0; i < 6; i++)
		s.vec[i] = (struct phys_vec){ block + (10 - 2 * i) * PAGE_SIZE,
					      PAGE_SIZE };
	KUNIT_ASSERT_TRUE(test, dma_iova_try_alloc(m->dev, &state, 0, size));

	range_list_mock_get_stats(m->dev, &before);
	KUNIT_ASSERT_EQ(test, 0, link_ranges(m, &state, &s, size, 0, &linked));
	range_list_mock_get_stats(m->dev, &after);
	KUNIT_EXPECT_EQ(test, size, linked);
	KUNIT_EXPECT_EQ(test, coherent ? 0 : 4 * PAGE_SIZE,
			after.sync_for_device - before.sync_for_device);
	for (i = 0; i < 6; i++)
		KUNIT_EXPECT_EQ(test, s.vec[i].paddr,
				iommu_iova_to_phys(m->domain, state.addr +
							      i * PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, after.prot,
			IOMMU_WRITE | IOMMU_MMIO | (coherent ? IOMMU_CACHE : 0));
	dma_iova_unlink(m->dev, &state, 0, size, DMA_FROM_DEVICE,
			DMA_ATTR_SKIP_CPU_SYNC);
	KUNIT_EXPECT_EQ(test, 0, mapped_bytes(m));

	/* Too little, too much in a range, not aligned, an error, coherence */
	s.nr = 5;
	KUNIT_EXPECT_EQ(test, -EINVAL,
			link_ranges(m, &state, &s, size, 0, &linked));
	KUNIT_EXPECT_EQ(test, 5 * PAGE_SIZE, linked);
	KUNIT_EXPECT_EQ(test, 0, mapped_bytes(m));
	s.err = -EREMOTEIO;
	KUNIT_EXPECT_EQ(test, -EREMOTEIO,
			link_ranges(m, &state, &s, size, 0, &linked));
	KUNIT_EXPECT_EQ(test, 0, mapped_bytes(m));
	s.nr = 6;
	s.vec[5].len *= 2;
	KUNIT_EXPECT_EQ(test, -ERANGE,
			link_ranges(m, &state, &s, size, 0, &linked));
	KUNIT_EXPECT_EQ(test, 5 * PAGE_SIZE, linked);
	KUNIT_EXPECT_EQ(test, 0, mapped_bytes(m));
	s.vec[5].len /= 2;
	s.vec[3].paddr += 8;
	err = link_ranges(m, &state, &s, size, 0, &linked);
	KUNIT_EXPECT_TRUE_MSG(test, err == -ENXIO || err == -EINVAL, "%d", err);
	KUNIT_EXPECT_EQ(test, 3 * PAGE_SIZE, linked);
	KUNIT_EXPECT_EQ(test, 0, mapped_bytes(m));
	s.vec[3].paddr -= 8;
	KUNIT_EXPECT_EQ(test, coherent ? 0 : -EOPNOTSUPP,
			link_ranges(m, &state, &s, size,
				    DMA_ATTR_REQUIRE_COHERENT, &linked));
	if (coherent)
		dma_iova_unlink(m->dev, &state, 0, size, DMA_FROM_DEVICE, 0);
	KUNIT_EXPECT_EQ(test, 0, mapped_bytes(m));
	dma_iova_free(m->dev, &state);
	test_mock_done(test, m);
}

/*
 * The last range cannot be mapped.  If what came before and was bounced were not
 * undone, the pool would be empty soon.
 */
static void out_of_reach_test(struct kunit *test)
{
	struct range_list_mock_params params = { .flags = DIRECT };
	const struct phys_range peer = {
		.addr = 0x700000000000ULL,
		.len = SZ_64K,
		.flags = PHYS_RANGE_P2P,
		.provider = (struct p2pdma_provider *)test,
	};
	phys_addr_t block = test_memory(test, 10);
	struct phys_range_list *src = test_list(test);
	struct dma_range_list *dst;
	struct dma_range range;
	unsigned int i;
	struct mock *m;
	u8 byte;

	params.direct_limit = block + SZ_1M;
	m = test_mock(test, &params);
	dst = test_dma_list(test, m);

	/* Below the limit, and above it where it is bounced. */
	KUNIT_ASSERT_EQ(test, 0, add(src, block, 0x3000, 0));
	KUNIT_ASSERT_EQ(test, 0, add(src, block + SZ_1M, SZ_128K, 0));
	*(u8 *)phys_to_virt(block + SZ_1M) = 0x33;
	KUNIT_ASSERT_EQ(test, 0,
			dma_map_phys_ranges(m->dev, dst, src, DMA_TO_DEVICE, 0,
					    GFP_KERNEL));
	dma_range_for_each_slice(dst, 0, 1, range)
		KUNIT_EXPECT_EQ(test, range.addr, block);
	dma_range_for_each_slice(dst, 0x3000, 1, range) {
		KUNIT_EXPECT_NE(test, range.addr, block + SZ_1M);
		device_access(test, m, range.addr, &byte, 1, false);
		KUNIT_EXPECT_EQ(test, byte, 0x33);
	}
	dma_unmap_ranges(m->dev, dst, DMA_TO_DEVICE, 0);

	/* What is larger than a bounce buffer can be is several. */
	KUNIT_ASSERT_EQ(test, 0, add(src, block + SZ_2M, SZ_1M, 0));
	KUNIT_ASSERT_EQ(test, 0,
			dma_map_phys_ranges(m->dev, dst, src, DMA_TO_DEVICE, 0,
					    GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, dma_range_list_bytes(dst),
			phys_range_list_bytes(src));
	KUNIT_EXPECT_GE(test, dma_range_list_nr(dst), 6);
	dma_unmap_ranges(m->dev, dst, DMA_TO_DEVICE, 0);

	KUNIT_ASSERT_EQ(test, 0, phys_range_list_append(src, &peer, GFP_KERNEL));
	for (i = 0; i < 100; i++) {
		KUNIT_EXPECT_EQ(test, -EREMOTEIO,
				dma_map_phys_ranges(m->dev, dst, src,
						    DMA_TO_DEVICE,
						    DMA_ATTR_NO_WARN,
						    GFP_KERNEL));
		KUNIT_EXPECT_EQ(test, dma_range_list_failed(dst),
				phys_range_list_bytes(src) - peer.len);
		check_empty(test, __LINE__, dst);
		if (test->status == KUNIT_FAILURE)
			return;
	}
	KUNIT_ASSERT_EQ(test, 0,
			phys_range_list_truncate(src, 0x3000 + SZ_128K,
						 GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, 0,
			dma_map_phys_ranges(m->dev, dst, src, DMA_TO_DEVICE, 0,
					    GFP_KERNEL));
	dma_unmap_ranges(m->dev, dst, DMA_TO_DEVICE, 0);
	test_mock_done(test, m);
}

/* A device with a megabyte of IOVA space. */
static void iova_space_test(struct kunit *test)
{
	const struct range_list_mock_params params = {
		.flags = COUNT,
		.dma_mask = DMA_BIT_MASK(20),
	};
	struct mock *m = test_mock(test, &params);
	struct phys_range_list *src = test_list(test);
	struct phys_range_list *odd = test_list(test);
	phys_addr_t block = test_memory(test, 7);
	struct dma_range_list *dst[8];
	unsigned int i, n, round;
	s64 bytes;

	add_scattered(test, src, block, 64);
	/* Range by range. */
	KUNIT_ASSERT_EQ(test, 0, add(odd, block, 0x20040, 0));
	KUNIT_ASSERT_EQ(test, 0, add(odd, block + 0x21000, 0x20000, 0));
	for (i = 0; i < ARRAY_SIZE(dst); i++)
		dst[i] = test_dma_list(test, m);
	for (round = 0; round < 4; round++) {
		struct phys_range_list *list = round & 1 ? odd : src;
		int err = 0;

		for (n = 0; n < ARRAY_SIZE(dst); n++) {
			bytes = mapped_bytes(m);
			err = dma_map_phys_ranges(m->dev, dst[n], list,
						  DMA_TO_DEVICE, 0, GFP_KERNEL);
			if (err)
				break;
			check_mapped(test, __LINE__, m, list, dst[n]);
		}
		KUNIT_EXPECT_EQ(test, err, -ENOSPC);
		KUNIT_EXPECT_GT(test, n, 0);
		KUNIT_ASSERT_LT(test, n, ARRAY_SIZE(dst));
		check_empty(test, __LINE__, dst[n]);
		KUNIT_EXPECT_EQ(test, bytes, mapped_bytes(m));
		for (i = 0; i < n; i++)
			dma_unmap_ranges(m->dev, dst[i], DMA_TO_DEVICE, 0);
		KUNIT_EXPECT_EQ(test, mapped_bytes(m), 0);
	}
	test_mock_done(test, m);
}

static struct kunit_case dma_range_cases[] = {
	KUNIT_CASE(list_test),
	KUNIT_CASE(show_test),
	KUNIT_CASE(debug_test),
	KUNIT_CASE(segments_test),
	KUNIT_CASE(blocks_test),
	KUNIT_CASE_PARAM(iommu_test, iommu_modes_gen_params),
	KUNIT_CASE_PARAM(direct_test, direct_modes_gen_params),
	KUNIT_CASE_PARAM(random_test, all_modes_gen_params),
	KUNIT_CASE_PARAM(data_test, all_modes_gen_params),
	KUNIT_CASE(bounce_test),
	KUNIT_CASE(untrusted_test),
	KUNIT_CASE(sync_test),
	KUNIT_CASE_PARAM(errors_test, all_modes_gen_params),
	KUNIT_CASE(p2p_test),
	KUNIT_CASE_PARAM(fail_map_test, counted_modes_gen_params),
	KUNIT_CASE_PARAM(fail_table_test, counted_modes_gen_params),
	KUNIT_CASE(walk_test),
	KUNIT_CASE_PARAM(link_test, iommu_modes_gen_params),
	KUNIT_CASE(out_of_reach_test),
	KUNIT_CASE(iova_space_test),
	{}
};

static struct kunit_suite dma_range_suite = {
	.name = "dma_range",
	.suite_init = watch_init,
	.suite_exit = watch_exit,
	.test_cases = dma_range_cases,
};

kunit_test_suites(&dma_range_suite);

MODULE_DESCRIPTION("KUnit tests of DMA range lists");
MODULE_LICENSE("GPL");
