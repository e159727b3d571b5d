// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of the mapping of physical range lists: aliases, layouts,
 * peer-to-peer, synchronisation by position, and what is reserved first and
 * linked later.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/dma-map-ops.h>
#include <linux/dma-mapping.h>
#include <linux/dma_range.h>
#include <linux/iommu.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/pci-p2pdma.h>
#include <linux/phys_range.h>
#include <linux/prandom.h>
#include <linux/scatterlist.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>
#include <linux/swiotlb.h>
#include <linux/vmalloc.h>

#include "dma_kunit.h"
#include "mock_iommu.h"

MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");

static void test_seed(struct kunit *test, struct rnd_state *rnd)
{
	u64 seed = range_list_mock_seed();

	kunit_info(test, "seed %#llx\n", seed);
	prandom_seed_state(rnd, seed);
}

static u32 below(struct rnd_state *rnd, u32 n)
{
	return prandom_u32_state(rnd) % n;
}

static u64 below64(struct rnd_state *rnd, u64 n)
{
	u64 high = prandom_u32_state(rnd);

	return (high << 32 | prandom_u32_state(rnd)) % n;
}

static void shuffle(struct phys_range *r, unsigned int nr, struct rnd_state *rnd)
{
	while (nr > 1) {
		unsigned int k = below(rnd, nr--);

		swap(r[k], r[nr]);
	}
}

/*
 * Ranges of @blocks in any order, none of which overlap.  Boundaries are
 * multiples of @align, more or less of them of pages, and the flags of each
 * range any of @flags.
 */
static void add_any(struct kunit *test, struct phys_range_list *list,
		    const phys_addr_t *blocks, struct rnd_state *rnd,
		    unsigned int max, u64 most, u64 align, const u32 *flags,
		    unsigned int nr_flags)
{
	const u64 size = PAGE_SIZE << RANDOM_BLOCK_ORDER;
	const u32 page_aligned = below(rnd, 4);
	struct phys_range *r;
	unsigned int nr = 0, i;
	u64 pos = 0, len;

	r = kvcalloc(max, sizeof(*r), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, r);
	while (nr < max) {
		len = round_up(below(rnd, most) + 1, align);
		if (below(rnd, 4) < page_aligned)
			len = PAGE_ALIGN(pos + len) - pos;
		if (pos % size + len > size)
			pos = round_up(pos, size);
		if (pos >= RANDOM_BLOCKS * size)
			break;
		r[nr].addr = blocks[pos / size] + pos % size;
		r[nr].len = len;
		r[nr].flags = flags[below(rnd, nr_flags)];
		nr++;
		pos += len;
		if (below(rnd, 3))
			continue;
		pos += round_up(below(rnd, PAGE_SIZE), align);
		if (page_aligned)
			pos = PAGE_ALIGN(pos);
	}
	if (below(rnd, 2))
		shuffle(r, nr, rnd);
	for (i = 0; i < nr; i++)
		KUNIT_ASSERT_EQ(test, 0,
				phys_range_list_append(list, &r[i], GFP_KERNEL));
	kvfree(r);
}

/*
 * One window with gaps
 */

static const struct mode layout_modes[] = {
	{ "strict", { .flags = COUNT } },
	{ "lazy", { .flags = LAZY | COUNT } },
	{ "noncoherent", { .flags = NONCOHERENT | COUNT } },
	{ "small pages", { .flags = COUNT, .pgsize_bitmap = PAGE_SIZE } },
	{ "page by page",
		{ .flags = COUNT | RANGE_LIST_MOCK_MAP_PAGES } },
	{ "little space", { .flags = COUNT, .dma_mask = DMA_BIT_MASK(22) } },
	{ "little space noncoherent",
		{ .flags = COUNT | NONCOHERENT, .dma_mask = DMA_BIT_MASK(22) } },
};

KUNIT_ARRAY_PARAM_DESC(layout_modes, layout_modes, name);

/* Half of four megabytes can only be had if nothing of them is in use. */
static void check_space(struct kunit *test, int line, struct mock *m)
{
	DEFINE_DMA_RANGE_LIST(all);

	KUNIT_EXPECT_EQ_MSG(test, 0,
			    dma_range_list_reserve(m->dev, &all, SZ_2M,
						   GFP_KERNEL),
			    "line %d: IOVA space was lost", line);
	dma_range_list_unreserve(m->dev, &all);
}

static void layout_test(struct kunit *test)
{
	static const u32 flags[] = {
		0, 0, 0, PHYS_RANGE_MMIO, PHYS_RANGE_NO_CPU_ACCESS,
		PHYS_RANGE_CC_SHARED, PHYS_RANGE_NO_MERGE,
		PHYS_RANGE_NO_CPU_ACCESS | PHYS_RANGE_CC_SHARED,
	};
	static const u64 aligns[] = { 1, 64, SZ_1K, PAGE_SIZE };
	const struct mode *mode = test->param_value;
	const bool little = mode->params.dma_mask;
	struct mock *m = test_mock(test, &mode->params);
	struct phys_range_list *src = test_list(test);
	struct dma_range_list *dst = test_dma_list(test, m);
	phys_addr_t blocks[RANDOM_BLOCKS];
	long tables = table_pages();
	struct rnd_state rnd;
	unsigned int round;
	u64 nr;

	test_seed(test, &rnd);
	test_random_blocks(test, blocks);
	if (little)
		check_space(test, __LINE__, m);
	for (round = 0; round < 150; round++) {
		unsigned int max = below(&rnd, little ? 80 : 1000) + 1;

		add_any(test, src, blocks, &rnd, max >> below(&rnd, 10) ?: 1,
			PAGE_SIZE * (1 + below(&rnd, 4)),
			aligns[below(&rnd, ARRAY_SIZE(aligns))], flags,
			1 + below(&rnd, ARRAY_SIZE(flags)));
		nr = map_ok(test, m, dst, src);
		KUNIT_EXPECT_EQ(test, nr, stretches(src));
		phys_range_list_destroy(src);
		if (little) {
			check_space(test, __LINE__, m);
			/* One for each two megabytes, and the way to them. */
			KUNIT_EXPECT_LE(test, table_pages() - tables, 4);
		}
		if (test->status == KUNIT_FAILURE)
			return;
	}
	test_mock_done(test, m);
}

/*
 * Where the device sees memory as it is, at an offset
 */

#define ALIAS_RAM	SZ_512M		/* less than there is */
#define NO_RAM		0x600000000000ULL

static const struct mode alias_modes[] = {
	{ "direct", { .flags = DIRECT } },
	{ "offset", { .flags = DIRECT, .dma_offset = 0x7f654321000ULL } },
	{ "negative offset", { .flags = DIRECT, .dma_offset = -SZ_4G } },
	{ "noncoherent", { .flags = DIRECT | NONCOHERENT,
			   .dma_offset = SZ_8G } },
	{ "limit", { .flags = DIRECT, .direct_limit = ALIAS_RAM,
		     .dma_offset = SZ_1G } },
	{ "mask", { .flags = DIRECT, .dma_mask = DMA_BIT_MASK(32) } },
	{ "identity", { .flags = IDENTITY } },
};

KUNIT_ARRAY_PARAM_DESC(alias_modes, alias_modes, name);

enum alias_kind {
	ALIAS_PAGES,
	ALIAS_FOLIOS,
	ALIAS_BYTES,
	ALIAS_ATTRS,
	ALIAS_ALL,
	ALIAS_ONE,
	ALIAS_KINDS,
};

/* Nobody goes to this memory: it may be anything, and overlap. */
static void add_alias(struct kunit *test, struct phys_range_list *list,
		      enum alias_kind kind, unsigned int nr,
		      struct rnd_state *rnd)
{
	const enum alias_kind all = kind;
	u64 addr, len;
	u32 flags;

	while (nr--) {
		if (all == ALIAS_ALL && !below(rnd, 100))
			kind = below(rnd, ALIAS_ALL);
		flags = 0;
		addr = below(rnd, ALIAS_RAM / PAGE_SIZE) * PAGE_SIZE;
		len = PAGE_SIZE;
		switch (kind) {
		case ALIAS_FOLIOS:
			len <<= below(rnd, 9);
			addr &= ~(len - 1);
			break;
		case ALIAS_ATTRS:
			if (below(rnd, 2))
				flags |= PHYS_RANGE_NO_CPU_ACCESS;
			if (below(rnd, 2))
				flags |= PHYS_RANGE_NO_MERGE;
			fallthrough;
		case ALIAS_BYTES:
		case ALIAS_ALL:
			addr += below(rnd, PAGE_SIZE);
			len = min(below(rnd, SZ_128K) + 1, ALIAS_RAM - addr);
			break;
		default:
			break;
		}
		KUNIT_ASSERT_EQ(test, 0, add(list, addr, len, flags));
	}
}

/* What an alias must show, in an array. */
struct alias {
	struct phys_range_list *src;
	struct dma_range_list *dst;
	struct dma_range *want;
	unsigned int nr;
};

static struct dma_range *alias_want(struct kunit *test, struct alias *a, u64 delta)
{
	struct phys_range range;

	a->nr = 0;
	a->want = kvcalloc(phys_range_list_nr(a->src), sizeof(*a->want),
			   GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, a->want);
	phys_range_list_for_each(a->src, range)
		a->want[a->nr++] = (struct dma_range){
			.addr = range.addr + delta,
			.len = range.len,
			.flags = DMA_RANGE_DIRECT,
		};
	return a->want;
}

static bool same(const struct dma_range *a, const struct dma_range *b)
{
	return a->addr == b->addr && a->len == b->len && a->flags == b->flags;
}

static noinline_for_stack void
check_alias_ranges(struct kunit *test, const struct alias *a)
{
	DMA_RANGE_STATE(state, a->dst);
	struct dma_range range, *bulk;
	unsigned int i = 0, n;

	dma_range_for_each_unlimited(a->dst, range) {
		KUNIT_ASSERT_LT(test, i, a->nr);
		KUNIT_ASSERT_TRUE(test, same(&range, &a->want[i]));
		i++;
	}
	KUNIT_ASSERT_EQ(test, i, a->nr);
	dma_range_for_each_reverse(a->dst, range) {
		KUNIT_ASSERT_GT(test, i, 0);
		i--;
		KUNIT_ASSERT_TRUE(test, same(&range, &a->want[i]));
	}
	KUNIT_ASSERT_EQ(test, i, 0);

	bulk = kunit_kcalloc(test, 100, sizeof(*bulk), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, bulk);
	while ((n = dma_range_next_bulk(&state, bulk, 100))) {
		unsigned int k;

		KUNIT_ASSERT_LE(test, i + n, a->nr);
		for (k = 0; k < n; k++, i++)
			KUNIT_ASSERT_TRUE(test, same(&bulk[k], &a->want[i]));
	}
	KUNIT_ASSERT_EQ(test, i, a->nr);
	kunit_kfree(test, bulk);
}

/* @start: position of @a->want[i] */
static noinline_for_stack void
check_alias_slice(struct kunit *test, const struct alias *a, u64 pos, u64 len)
{
	struct dma_range range, want;
	unsigned int i = 0;
	u64 skip = pos;

	while (i < a->nr && skip >= a->want[i].len)
		skip -= a->want[i++].len;
	dma_range_for_each_slice(a->dst, pos, len, range) {
		KUNIT_ASSERT_LT(test, i, a->nr);
		want = a->want[i++];
		want.addr += skip;
		want.len = min(want.len - skip, len);
		skip = 0;
		len -= want.len;
		KUNIT_ASSERT_TRUE(test, same(&range, &want));
	}
	KUNIT_ASSERT_EQ(test, len, 0);
}

static noinline_for_stack void
check_alias_seek(struct kunit *test, const struct alias *a, u64 pos)
{
	DMA_RANGE_STATE(state, a->dst);
	struct dma_range range;
	u64 start = 0;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, 0, dma_range_seek(&state, pos));
	for (i = 0; i < a->nr && start + a->want[i].len <= pos; i++)
		start += a->want[i].len;
	if (i == a->nr) {
		KUNIT_ASSERT_FALSE(test, dma_range_next(&state, &range));
		return;
	}
	KUNIT_ASSERT_TRUE(test, dma_range_next(&state, &range));
	KUNIT_ASSERT_EQ(test, range.addr, a->want[i].addr + (pos - start));
	KUNIT_ASSERT_EQ(test, range.len, a->want[i].len - (pos - start));
	if (++i < a->nr) {
		KUNIT_ASSERT_TRUE(test, dma_range_next(&state, &range));
		KUNIT_ASSERT_TRUE(test, same(&range, &a->want[i]));
	}
}

/* Returns the number of pieces. */
static noinline_for_stack u64
check_alias_segments(struct kunit *test, const struct alias *a,
		     const struct dma_range_limits *limits)
{
	struct dma_range seg, left = {};
	unsigned int i = 0;
	u64 n = 0, cut;

	dma_range_for_each_segment(a->dst, limits, seg) {
		if (!left.len) {
			KUNIT_ASSERT_LT(test, i, a->nr);
			left = a->want[i++];
		}
		cut = min(left.len, limits->max_len);
		if (limits->boundary != U64_MAX)
			cut = min(cut, limits->boundary + 1 -
				       (left.addr & limits->boundary));
		KUNIT_ASSERT_EQ(test, seg.addr, left.addr);
		KUNIT_ASSERT_EQ(test, seg.len, cut);
		KUNIT_ASSERT_EQ(test, seg.flags, DMA_RANGE_DIRECT);
		left.addr += cut;
		left.len -= cut;
		n++;
	}
	KUNIT_ASSERT_EQ(test, left.len, 0);
	KUNIT_ASSERT_EQ(test, i, a->nr);
	KUNIT_ASSERT_EQ(test, n, dma_range_nr_segments(a->dst, limits));
	return n;
}

static noinline_for_stack void
check_alias_blocks(struct kunit *test, const struct alias *a, u64 size, u64 delta)
{
	const struct dma_range_limits limits = { size, size - 1 };
	bool phys_aligned = true, aligned = true;
	struct dma_range block;
	unsigned int i;
	u64 n;

	for (i = 1; i < a->nr; i++) {
		const u64 end = a->want[i - 1].addr + a->want[i - 1].len;

		if ((end | a->want[i].addr) & (size - 1))
			aligned = false;
		if (((end - delta) | (a->want[i].addr - delta)) & (size - 1))
			phys_aligned = false;
	}
	/* Nothing can be said if the offset spoils it, or mends it. */
	if (delta & (size - 1)) {
		if (dma_range_list_is_aligned(a->dst, size))
			KUNIT_ASSERT_TRUE(test, aligned);
	} else {
		KUNIT_ASSERT_EQ(test, aligned, phys_aligned);
		KUNIT_ASSERT_EQ(test, aligned,
				dma_range_list_is_aligned(a->dst, size));
	}
	n = check_alias_segments(test, a, &limits);
	if (!dma_range_list_is_aligned(a->dst, size)) {
		KUNIT_ASSERT_EQ(test, -EINVAL, dma_range_nr_blocks(a->dst, size));
		return;
	}
	KUNIT_ASSERT_EQ(test, n, dma_range_nr_blocks(a->dst, size));
	dma_range_for_each_block(a->dst, size, block)
		n--;
	KUNIT_ASSERT_EQ(test, n, 0);
}

static noinline_for_stack void check_alias(struct kunit *test, struct mock *m,
					   struct alias *a,
					   struct rnd_state *rnd)
{
	const u64 delta = m->params.dma_offset;
	const u64 bytes = phys_range_list_bytes(a->src);
	const struct dma_range_limits limits = {
		.max_len = 1 + below(rnd, SZ_64K),
		.boundary = BIT_ULL(12 + below(rnd, 20)) - 1,
	};
	s64 segments = dma_map_ranges_nr_segments(m->dev, a->src, &limits);
	unsigned int i;

	/* Not even one byte of memory is there. */
	KUNIT_ASSERT_EQ(test, 0, dma_map_phys_ranges(m->dev, a->dst, a->src,
						     DMA_BIDIRECTIONAL, 0, 0));
	KUNIT_ASSERT_EQ(test, a->dst->how, DMA_RANGES_ALIAS);
	KUNIT_ASSERT_EQ(test, a->dst->rl.nr, 0);
	KUNIT_ASSERT_EQ(test, dma_range_list_nr(a->dst),
			phys_range_list_nr(a->src));
	KUNIT_ASSERT_EQ(test, dma_range_list_bytes(a->dst), bytes);
	KUNIT_ASSERT_FALSE(test, dma_range_list_empty(a->dst));
	check_alias_ranges(test, a);
	for (i = 0; i < 30; i++) {
		u64 pos = below64(rnd, bytes);

		check_alias_slice(test, a, pos,
				  below64(rnd, bytes - pos) + 1);
		check_alias_slice(test, a, pos, 1);
		check_alias_seek(test, a, pos);
	}
	check_alias_slice(test, a, 0, bytes);
	check_alias_slice(test, a, bytes - 1, 1);
	check_alias_seek(test, a, bytes);
	KUNIT_ASSERT_EQ(test, segments, check_alias_segments(test, a, &limits));
	for (i = 6; i < 24; i++)
		check_alias_blocks(test, a, BIT_ULL(i), delta);
	dma_unmap_ranges(m->dev, a->dst, DMA_BIDIRECTIONAL, 0);
	check_empty(test, __LINE__, a->dst);
	KUNIT_ASSERT_EQ(test, phys_range_list_bytes(a->src), bytes);
	KUNIT_ASSERT_EQ(test, 0, range_list_validate(&a->src->rl));
}

/* Which widths of entries are in a list. */
static u32 list_widths(const struct phys_range_list *list)
{
	const struct range_chunk *c;
	u32 widths = 0;

	for (c = &list->rl.head; c; c = c->next)
		if (c->nr)
			widths |= BIT(c->width);
	return widths;
}

static void alias_test(struct kunit *test)
{
	static const unsigned int sizes[] = { 1, 3, 25, 300, 4000 };
	const struct mode *mode = test->param_value;
	struct mock *m = test_mock(test, &mode->params);
	struct alias a = {
		.src = test_list(test),
		.dst = test_dma_list(test, m),
	};
	u32 widths = 0, mixed = 0;
	struct rnd_state rnd;
	unsigned int i, kind;

	test_seed(test, &rnd);
	for (kind = 0; kind < ALIAS_KINDS; kind++) {
		for (i = 0; i < ARRAY_SIZE(sizes); i++) {
			u32 w;

			add_alias(test, a.src, kind, sizes[i], &rnd);
			w = list_widths(a.src);
			widths |= w;
			mixed |= !is_power_of_2(w);
			alias_want(test, &a, mode->params.dma_offset);
			check_alias(test, m, &a, &rnd);
			kvfree(a.want);
			phys_range_list_destroy(a.src);
		}
	}
	KUNIT_EXPECT_EQ(test, widths, BIT(RANGE_COMPACT) | BIT(RANGE_MEDIUM) |
			BIT(RANGE_WIDE));
	KUNIT_EXPECT_TRUE(test, mixed);
	test_mock_done(test, m);
}

/* What is printed are the addresses of the device. */
static void alias_show_test(struct kunit *test)
{
	const struct range_list_mock_params params = {
		.flags = DIRECT, .dma_offset = 0x7000000000ULL,
	};
	struct mock *m = test_mock(test, &params);
	struct phys_range_list *src = test_list(test);
	struct dma_range_list *dst = test_dma_list(test, m);
	struct seq_file f = { .size = SZ_4K };

	f.buf = kunit_kzalloc(test, f.size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, f.buf);
	KUNIT_ASSERT_EQ(test, 0, add(src, 0x1000, 0x30, 0));
	KUNIT_ASSERT_EQ(test, 0, add(src, 0x5000, 0x1000,
				     PHYS_RANGE_NO_CPU_ACCESS));
	KUNIT_ASSERT_EQ(test, 0, dma_map_phys_ranges(m->dev, dst, src,
						     DMA_TO_DEVICE, 0, 0));
	dma_range_list_seq_show(&f, dst);
	KUNIT_ASSERT_LT(test, f.count, f.size);
	KUNIT_EXPECT_NOT_NULL(test, strstr(f.buf, "2 ranges, 4144 bytes"));
	KUNIT_EXPECT_NOT_NULL(test, strstr(f.buf, "@0x0: 0x7000001000 +0x30"));
	KUNIT_EXPECT_NOT_NULL(test, strstr(f.buf,
					   "@0x30: 0x7000005000 +0x1000"));
	dma_range_list_dump(dst);
	dma_unmap_ranges(m->dev, dst, DMA_TO_DEVICE, 0);
	test_mock_done(test, m);
}

/* Where @dst leads, which may be to bounce buffers, a device reads what @src has. */
static void check_reads(struct kunit *test, const struct mock *m,
			const struct dma_range_list *dst,
			const struct phys_range_list *src)
{
	const u64 bytes = phys_range_list_bytes(src);
	u8 *wanted = kunit_kmalloc(test, bytes, GFP_KERNEL);
	struct dma_range range;
	u64 pos = 0;

	KUNIT_ASSERT_NOT_NULL(test, wanted);
	KUNIT_ASSERT_EQ(test, 0, phys_range_list_copy_from(src, 0, wanted, bytes));
	dma_range_for_each_unlimited(dst, range) {
		const phys_addr_t phys = range.addr - m->params.dma_offset;

		KUNIT_ASSERT_TRUE(test, pfn_valid(PHYS_PFN(phys)));
		KUNIT_EXPECT_MEMEQ(test, phys_to_virt(phys), wanted + pos,
				   range.len);
		pos += range.len;
	}
	KUNIT_EXPECT_EQ(test, pos, bytes);
}

/* Everything but memory that this device reaches as it is. */
static void no_alias_test(struct kunit *test)
{
	static const u32 flags[] = { PHYS_RANGE_MMIO, PHYS_RANGE_CC_SHARED };
	static const unsigned long attrs[] = {
		DMA_ATTR_MMIO, DMA_ATTR_CC_SHARED,
	};
	struct range_list_mock_params params = { .flags = DIRECT };
	phys_addr_t block = test_memory(test, 9);
	struct phys_range_list *src = test_list(test);
	struct dma_range_list *dst;
	unsigned int i;
	struct mock *m;

	m = test_mock(test, &params);
	dst = test_dma_list(test, m);
	for (i = 0; i < 2 * ARRAY_SIZE(flags); i++) {
		const bool attr = i & 1;

		/* MMIO is not where memory is. */
		if (i == 0)
			KUNIT_ASSERT_EQ(test, 0, add(src, block, 0x2000, 0));
		KUNIT_ASSERT_EQ(test, 0,
				add(src, i < 2 ? NO_RAM : block + 0x5000, 0x1000,
				    attr ? 0 : flags[i / 2]));
		KUNIT_EXPECT_EQ(test, 0,
				dma_map_phys_ranges(m->dev, dst, src,
						    DMA_TO_DEVICE,
						    attr ? attrs[i / 2] : 0,
						    GFP_KERNEL));
		KUNIT_EXPECT_EQ(test, dst->how, DMA_RANGES_SINGLE);
		dma_unmap_ranges(m->dev, dst, DMA_TO_DEVICE, 0);
		phys_range_list_destroy(src);
	}
	test_mock_done(test, m);

	params.flags = DIRECT | BOUNCE;
	m = test_mock(test, &params);
	dst = test_dma_list(test, m);
	KUNIT_ASSERT_EQ(test, 0, add(src, block, 0x2000, 0));
	KUNIT_EXPECT_EQ(test, 0, dma_map_phys_ranges(m->dev, dst, src,
						     DMA_TO_DEVICE, 0,
						     GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, dst->how, DMA_RANGES_SINGLE);
	dma_unmap_ranges(m->dev, dst, DMA_TO_DEVICE, 0);
	test_mock_done(test, m);

	/* The last byte within the limit, and the first beyond it. */
	params.flags = DIRECT;
	params.direct_limit = block + SZ_1M;
	m = test_mock(test, &params);
	dst = test_dma_list(test, m);
	for (i = 0; i < 2; i++) {
		phys_range_list_destroy(src);
		KUNIT_ASSERT_EQ(test, 0, add(src, block + SZ_1M - 0x1000,
					     0x1000 + i, 0));
		KUNIT_ASSERT_EQ(test, 0, add(src, block, 0x1000, 0));
		KUNIT_EXPECT_EQ(test, 0,
				dma_map_phys_ranges(m->dev, dst, src,
						    DMA_TO_DEVICE, 0,
						    GFP_KERNEL));
		KUNIT_EXPECT_EQ(test, dst->how, i ? DMA_RANGES_SINGLE :
				DMA_RANGES_ALIAS);
		dma_unmap_ranges(m->dev, dst, DMA_TO_DEVICE, 0);
	}
	test_mock_done(test, m);

	/* The same of a mask, with bounce buffers within it. */
	memset(phys_to_virt(block), 0x5a, PAGE_SIZE << 9);
	params.direct_limit = 0;
	params.dma_mask = DMA_BIT_MASK(32);
	params.dma_offset = -(block + SZ_1M);
	if (default_swiotlb_limit() < block)
		params.dma_offset += SZ_4G;
	m = test_mock(test, &params);
	dst = test_dma_list(test, m);
	for (i = 0; i < 2; i++) {
		phys_range_list_destroy(src);
		if (default_swiotlb_limit() < block)
			KUNIT_ASSERT_EQ(test, 0,
					add(src, block + SZ_1M - 0x1000,
					    0x1000 + i, 0));
		else
			KUNIT_ASSERT_EQ(test, 0,
					add(src, block + SZ_1M - i, 0x1000 + i,
					    0));
		KUNIT_EXPECT_EQ(test, 0,
				dma_map_phys_ranges(m->dev, dst, src,
						    DMA_TO_DEVICE, 0,
						    GFP_KERNEL));
		KUNIT_EXPECT_EQ(test, dst->how, i ? DMA_RANGES_SINGLE :
				DMA_RANGES_ALIAS);
		check_reads(test, m, dst, src);
		dma_unmap_ranges(m->dev, dst, DMA_TO_DEVICE, 0);
	}
	test_mock_done(test, m);
}

/* What can be bounced at once matters to what is bounced. */
static void bounce_test(struct kunit *test)
{
	phys_addr_t block = test_memory(test, 9), beyond = block + SZ_1M;
	const struct range_list_mock_params params = {
		.flags = DIRECT,
		.direct_limit = beyond,
	};
	struct mock *m = test_mock(test, &params);
	struct dma_range_list *dst = test_dma_list(test, m);
	struct phys_range_list *src = test_list(test);
	const size_t most = dma_max_mapping_size(m->dev);

	KUNIT_ASSERT_LT(test, most, SZ_1M);
	memset(phys_to_virt(block), 0x5a, PAGE_SIZE << 9);

	/* Not of what the device reaches, in the same list. */
	KUNIT_ASSERT_EQ(test, 0, add(src, block, SZ_1M, 0));
	KUNIT_ASSERT_EQ(test, 0, add(src, beyond + PAGE_SIZE, PAGE_SIZE, 0));
	KUNIT_ASSERT_EQ(test, 0, dma_map_phys_ranges(m->dev, dst, src,
						     DMA_TO_DEVICE, 0,
						     GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, dst->how, DMA_RANGES_SINGLE);
	KUNIT_EXPECT_EQ(test, dma_range_list_nr(dst), 2);
	check_reads(test, m, dst, src);
	dma_unmap_ranges(m->dev, dst, DMA_TO_DEVICE, 0);

	/* But in two pieces what it does not. */
	phys_range_list_destroy(src);
	KUNIT_ASSERT_EQ(test, 0, add(src, beyond, most + PAGE_SIZE, 0));
	KUNIT_ASSERT_EQ(test, 0, dma_map_phys_ranges(m->dev, dst, src,
						     DMA_TO_DEVICE, 0,
						     GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, dma_range_list_nr(dst), 2);
	check_reads(test, m, dst, src);
	dma_unmap_ranges(m->dev, dst, DMA_TO_DEVICE, 0);
	test_mock_done(test, m);
}

/*
 * Peer-to-peer
 */

/* As the device sees memory, where it is not bounced. */
static const struct mode p2p_modes[] = {
	{ "strict", { .flags = COUNT } },
	{ "lazy", { .flags = LAZY | COUNT } },
	{ "noncoherent", { .flags = NONCOHERENT | COUNT } },
	{ "direct", { .flags = DIRECT } },
	{ "direct noncoherent", { .flags = DIRECT | NONCOHERENT } },
	{ "direct bounce", { .flags = DIRECT | BOUNCE } },
	{ "identity", { .flags = IDENTITY } },
};

KUNIT_ARRAY_PARAM_DESC(p2p_modes, p2p_modes, name);

/* Memory and peers in turn, in any number; RAM of @block only once. */
static void add_p2p(struct kunit *test, struct phys_range_list *list,
		    struct p2p_world *w, phys_addr_t block, unsigned int nr,
		    struct rnd_state *rnd, bool aligned)
{
	u64 offset = 0, start, len;

	while (nr--) {
		start = aligned ? 0 : below(rnd, PAGE_SIZE);
		len = (1 + below(rnd, 3)) * PAGE_SIZE - start -
		      (aligned ? 0 : below(rnd, PAGE_SIZE - start));
		if (below(rnd, 3))
			add_peer(test, list, w, below(rnd, PEERS),
				 offset + start, len);
		else
			KUNIT_ASSERT_EQ(test, 0, add(list, block + offset + start,
						     len, 0));
		offset += (3 + below(rnd, 2)) * PAGE_SIZE;
	}
}

/* Returns how often it must be asked how a provider is reached. */
static unsigned int p2p_runs(const struct phys_range_list *list)
{
	struct p2pdma_provider *last = NULL;
	struct phys_range range;
	unsigned int runs = 0;

	phys_range_list_for_each(list, range) {
		if (!(range.flags & PHYS_RANGE_P2P))
			continue;
		runs += range.provider != last;
		last = range.provider;
	}
	return runs;
}

/* The position at which run @nr of p2p_runs() begins. */
static u64 p2p_run_pos(const struct phys_range_list *list, unsigned int nr)
{
	struct p2pdma_provider *last = NULL;
	struct phys_range range;
	u64 pos = 0;

	phys_range_list_for_each(list, range) {
		if (range.flags & PHYS_RANGE_P2P) {
			if (range.provider != last && !nr--)
				break;
			last = range.provider;
		}
		pos += range.len;
	}
	return pos;
}

static bool is_bus(const struct p2p_world *w, const struct phys_range *range)
{
	return range->flags & PHYS_RANGE_P2P &&
	       w->types[range->provider - w->peers] == PCI_P2PDMA_MAP_BUS_ADDR;
}

static noinline_for_stack void
check_p2p(struct kunit *test, const struct mock *m, const struct p2p_world *w,
	  const struct phys_range_list *src, const struct dma_range_list *dst)
{
	const bool iommu = m->domain && !(m->params.flags & IDENTITY);
	struct phys_range_state s = phys_range_state_first(src);
	struct dma_range_state d = dma_range_state_first(dst);
	struct phys_range p = {};
	struct dma_range r = {};
	u64 len;

	KUNIT_ASSERT_EQ(test, 0, range_list_validate(&dst->rl));
	KUNIT_ASSERT_EQ(test, dma_range_list_bytes(dst),
			phys_range_list_bytes(src));
	for (;;) {
		if (!p.len && !phys_range_next(&s, &p))
			break;
		if (!r.len)
			KUNIT_ASSERT_TRUE(test, dma_range_next(&d, &r));
		len = min3(p.len, r.len, PAGE_SIZE - offset_in_page(p.addr));
		if (is_bus(w, &p)) {
			KUNIT_ASSERT_EQ(test, r.flags, DMA_RANGE_BUS_ADDRESS);
			KUNIT_ASSERT_EQ(test, r.addr,
					p.addr + p.provider->bus_offset);
		} else {
			KUNIT_ASSERT_EQ(test, r.flags & ~DMA_RANGE_NO_MERGE,
					iommu ? DMA_RANGE_IOVA :
					DMA_RANGE_DIRECT);
			if (!(m->params.flags & BOUNCE))
				KUNIT_ASSERT_EQ(test, device_phys(m, r.addr),
						p.addr);
		}
		p.addr += len;
		p.len -= len;
		r.addr += len;
		r.len -= len;
	}
	KUNIT_ASSERT_EQ(test, r.len, 0);
	KUNIT_ASSERT_FALSE(test, dma_range_next(&d, &r));
}

static void p2p_test(struct kunit *test)
{
	const struct mode *mode = test->param_value;
	struct mock *m = test_mock(test, &mode->params);
	const bool iommu = mode->params.flags & COUNT;
	const bool bounce = mode->params.flags & BOUNCE;
	struct phys_range_list *src = test_list(test);
	struct dma_range_list *dst = test_dma_list(test, m);
	struct p2p_world *w = test_p2p(test);
	phys_addr_t block = test_memory(test, 10);
	const struct dma_range_limits limits = { SZ_8K, U64_MAX };
	struct rnd_state rnd;
	unsigned int i, k, runs;
	s64 segments;

	test_seed(test, &rnd);
	for (i = 0; i < 300; i++) {
		for (k = 0; k < PEERS; k++)
			w->types[k] = bounce || below(&rnd, 2) ?
				PCI_P2PDMA_MAP_BUS_ADDR :
				PCI_P2PDMA_MAP_THRU_HOST_BRIDGE;
		phys_range_list_destroy(src);
		add_p2p(test, src, w, block, 1 + below(&rnd, i + 1), &rnd, i & 1);
		runs = p2p_runs(src);
		segments = dma_map_ranges_nr_segments(m->dev, src, &limits);
		w->calls = 0;
		KUNIT_ASSERT_EQ(test, 0,
				dma_map_phys_ranges(m->dev, dst, src,
						    DMA_BIDIRECTIONAL, 0,
						    GFP_KERNEL));
		/* For IOMMUs once to find the place, and once to map. */
		if (phys_range_list_has_p2p(src))
			KUNIT_ASSERT_EQ(test, w->calls, iommu ? 2 * runs : runs);
		check_p2p(test, m, w, src, dst);
		if (!bounce)
			KUNIT_ASSERT_EQ(test, segments,
					dma_range_nr_segments(dst, &limits));
		dma_unmap_ranges(m->dev, dst, DMA_BIDIRECTIONAL, 0);
		check_empty(test, __LINE__, dst);
		KUNIT_ASSERT_EQ(test, mapped_bytes(m), 0);
	}

	/* All of it on the bus: no window. */
	phys_range_list_destroy(src);
	w->types[1] = PCI_P2PDMA_MAP_BUS_ADDR;
	add_peer(test, src, w, 1, 0, SZ_1M);
	KUNIT_ASSERT_EQ(test, 0,
			dma_map_phys_ranges(m->dev, dst, src, DMA_BIDIRECTIONAL,
					    0, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, dma_range_list_nr(dst), 1);
	KUNIT_EXPECT_FALSE(test, dma_use_iova(&dst->iova));
	KUNIT_EXPECT_EQ(test, 0, dma_sync_ranges_for_cpu(m->dev, dst, 0, SZ_1M,
							 DMA_BIDIRECTIONAL));
	dma_unmap_ranges(m->dev, dst, DMA_BIDIRECTIONAL, 0);
	check_empty(test, __LINE__, dst);

	/* What is bounced cannot be that. */
	if (bounce) {
		w->types[1] = PCI_P2PDMA_MAP_THRU_HOST_BRIDGE;
		KUNIT_EXPECT_EQ(test, -EIO,
				dma_map_phys_ranges(m->dev, dst, src,
						    DMA_BIDIRECTIONAL, 0,
						    GFP_KERNEL));
		check_empty(test, __LINE__, dst);
	}
	test_mock_done(test, m);
}

static void p2p_refused_test(struct kunit *test)
{
	static const int refusals[] = {
		PCI_P2PDMA_MAP_UNKNOWN, PCI_P2PDMA_MAP_NONE,
		PCI_P2PDMA_MAP_NOT_SUPPORTED,
	};
	const struct mode *mode = test->param_value;
	struct mock *m = test_mock(test, &mode->params);
	const unsigned int passes = mode->params.flags & COUNT ? 2 : 1;
	struct phys_range_list *src = test_list(test);
	struct dma_range_list *dst = test_dma_list(test, m);
	struct p2p_world *w = test_p2p(test);
	phys_addr_t block = test_memory(test, 9);
	const struct dma_range_limits limits = { SZ_8K, U64_MAX };
	struct rnd_state rnd;
	unsigned int i, k, runs;

	test_seed(test, &rnd);
	for (i = 0; i < 40; i++) {
		for (k = 0; k < PEERS; k++)
			w->types[k] = mode->params.flags & BOUNCE || k & 1 ?
				PCI_P2PDMA_MAP_BUS_ADDR :
				PCI_P2PDMA_MAP_THRU_HOST_BRIDGE;
		phys_range_list_destroy(src);
		/* Memory is mapped before it comes to a peer. */
		KUNIT_ASSERT_EQ(test, 0, add(src, block + SZ_1M + 0x40, 0x2000,
					     0));
		add_p2p(test, src, w, block, 1 + below(&rnd, 60), &rnd, i & 1);
		runs = p2p_runs(src);
		/* Refused at any place, also after it was not. */
		w->change_to = refusals[below(&rnd, ARRAY_SIZE(refusals))];
		for (k = 0; k < passes * runs; k++) {
			w->calls = 0;
			w->change_at = k + 1;
			KUNIT_ASSERT_EQ(test, -EREMOTEIO,
					dma_map_phys_ranges(m->dev, dst, src,
							    DMA_BIDIRECTIONAL,
							    0, GFP_KERNEL));
			KUNIT_ASSERT_EQ(test, w->calls, k + 1);
			KUNIT_ASSERT_EQ(test, dma_range_list_failed(dst),
					p2p_run_pos(src, k % runs));
			check_empty(test, __LINE__, dst);
			KUNIT_ASSERT_EQ(test, mapped_bytes(m), 0);
			if (k >= runs)
				continue;
			w->calls = 0;
			KUNIT_ASSERT_EQ(test, -EREMOTEIO,
					dma_map_ranges_nr_segments(m->dev, src,
								   &limits));
		}
		w->change_at = UINT_MAX;
		KUNIT_ASSERT_EQ(test, 0,
				dma_map_phys_ranges(m->dev, dst, src,
						    DMA_BIDIRECTIONAL, 0,
						    GFP_KERNEL));
		dma_unmap_ranges(m->dev, dst, DMA_BIDIRECTIONAL, 0);
	}
	test_mock_done(test, m);
}

/* The way to a peer changes while it is mapped: not into IOVA space of others. */
static void p2p_change_test(struct kunit *test)
{
	const struct range_list_mock_params params = {
		.flags = COUNT, .dma_mask = DMA_BIT_MASK(22),
	};
	struct mock *m = test_mock(test, &params);
	struct phys_range_list *src = test_list(test);
	struct dma_range_list *dst = test_dma_list(test, m);
	struct p2p_world *w = test_p2p(test);
	phys_addr_t block = test_memory(test, 4);
	unsigned int kind, i;

	check_space(test, __LINE__, m);
	for (kind = 0; kind < 6; kind++) {
		const bool to_bus = kind & 1;

		phys_range_list_destroy(src);
		if (kind & 2)
			KUNIT_ASSERT_EQ(test, 0, add(src, block, 0x1000, 0));
		add_peer(test, src, w, 2, 0, SZ_64K);
		if (kind & 4)
			KUNIT_ASSERT_EQ(test, 0, add(src, block + 0x3000, 0x1000,
						     0));
		for (i = 0; i < PEERS; i++)
			w->types[i] = to_bus ? PCI_P2PDMA_MAP_THRU_HOST_BRIDGE :
					       PCI_P2PDMA_MAP_BUS_ADDR;
		w->change_to = to_bus ? PCI_P2PDMA_MAP_BUS_ADDR :
					PCI_P2PDMA_MAP_THRU_HOST_BRIDGE;
		w->change_at = 2;
		w->calls = 0;
		KUNIT_EXPECT_EQ_MSG(test, -EREMOTEIO,
				    dma_map_phys_ranges(m->dev, dst, src,
							DMA_BIDIRECTIONAL, 0,
							GFP_KERNEL),
				    "kind %u", kind);
		KUNIT_EXPECT_EQ(test, mapped_bytes(m), 0);
		dma_unmap_ranges(m->dev, dst, DMA_BIDIRECTIONAL, 0);
		check_space(test, __LINE__, m);
	}
	test_mock_done(test, m);
}

static void p2p_link_test(struct kunit *test)
{
	const struct range_list_mock_params params = { .flags = COUNT };
	struct mock *m = test_mock(test, &params);
	struct phys_range_list *src = test_list(test);
	struct dma_range_list *dst = test_dma_list(test, m);
	struct p2p_world *w = test_p2p(test);
	phys_addr_t block = test_memory(test, 4);
	u64 bytes;

	KUNIT_ASSERT_EQ(test, 0, add(src, block, 0x1000, 0));
	KUNIT_ASSERT_EQ(test, 0, add(src, block + 0x2000, 0x1000, 0));
	add_peer(test, src, w, 2, 0, SZ_64K);
	bytes = phys_range_list_bytes(src);
	KUNIT_ASSERT_EQ(test, 0, dma_range_list_reserve(m->dev, dst, bytes,
							GFP_KERNEL));
	w->types[2] = PCI_P2PDMA_MAP_BUS_ADDR;
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
			dma_range_list_link(m->dev, dst, 0, src, 0, bytes,
					    DMA_TO_DEVICE, 0, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, dma_range_list_failed(dst), 0x2000);
	w->types[2] = PCI_P2PDMA_MAP_NOT_SUPPORTED;
	KUNIT_EXPECT_EQ(test, -EREMOTEIO,
			dma_range_list_link(m->dev, dst, 0, src, 0, bytes,
					    DMA_TO_DEVICE, 0, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, dma_range_list_failed(dst), 0x2000);
	KUNIT_EXPECT_EQ(test, mapped_bytes(m), 0);
	w->types[2] = PCI_P2PDMA_MAP_THRU_HOST_BRIDGE;
	KUNIT_ASSERT_EQ(test, 0,
			dma_range_list_link(m->dev, dst, 0, src, 0, bytes,
					    DMA_TO_DEVICE, 0, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, 0, dma_range_list_sync(m->dev, dst, 0, bytes));
	check_mapped(test, __LINE__, m, src, dst);
	KUNIT_EXPECT_EQ(test, 0, dma_range_list_unlink(m->dev, dst, 0, bytes,
						       DMA_TO_DEVICE, 0));
	dma_range_list_unreserve(m->dev, dst);
	test_mock_done(test, m);
}

/*
 * Synchronisation by byte position
 */

#define SYNC_MAX	4096

struct sync_part {
	phys_addr_t phys;
	u64 len;
};

struct sync_parts {
	unsigned int nr;
	struct sync_part part[SYNC_MAX];
};

/* What was maintained, of which @want is what should have been. */
struct sync_seen {
	enum dma_data_direction dir;
	bool for_cpu;
	unsigned int wrong;
	struct sync_parts got;
	struct sync_parts want;
};

static void sync_add(struct sync_parts *p, phys_addr_t phys, u64 len)
{
	if (p->nr < SYNC_MAX)
		p->part[p->nr++] = (struct sync_part){ phys, len };
}

static void sync_see(void *ctx, phys_addr_t phys, size_t size,
		     enum dma_data_direction dir, bool for_cpu)
{
	struct sync_seen *seen = ctx;

	if (dir != seen->dir || for_cpu != seen->for_cpu)
		seen->wrong++;
	sync_add(&seen->got, phys, size);
}

static void sync_unsee(void *unused)
{
	range_list_mock_observe_sync(NULL, NULL);
}

static struct sync_seen *test_sync(struct kunit *test)
{
	struct sync_seen *seen = kunit_kzalloc(test, sizeof(*seen), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, seen);
	if (range_list_mock_observe_sync(sync_see, seen))
		kunit_skip(test, "the architecture has cache maintenance of its own");
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, sync_unsee, NULL));
	return seen;
}

static void sync_start(struct sync_seen *seen, enum dma_data_direction dir,
		       bool for_cpu)
{
	seen->dir = dir;
	seen->for_cpu = for_cpu;
	seen->wrong = 0;
	seen->got.nr = 0;
	seen->want.nr = 0;
}

static int sync_cmp(const void *a, const void *b)
{
	const struct sync_part *x = a, *y = b;

	return cmp_int(x->phys, y->phys);
}

/* Sort, and make one of neighbours; returns how many bytes are there twice. */
static u64 sync_normalise(struct sync_parts *p)
{
	unsigned int i, n = 0;
	u64 twice = 0, end;

	sort(p->part, p->nr, sizeof(*p->part), sync_cmp, NULL);
	for (i = 0; i < p->nr; i++) {
		struct sync_part *last = n ? &p->part[n - 1] : NULL;

		if (!p->part[i].len)
			continue;
		if (!last || p->part[i].phys > last->phys + last->len) {
			p->part[n++] = p->part[i];
			continue;
		}
		twice += last->phys + last->len - p->part[i].phys;
		end = max(last->phys + last->len,
			  p->part[i].phys + p->part[i].len);
		last->len = end - last->phys;
	}
	p->nr = n;
	return twice;
}

/* The bytes that should be maintained, and no other, each of them once. */
static void check_synced(struct kunit *test, int line, struct sync_seen *seen)
{
	u64 twice;
	unsigned int i;

	KUNIT_ASSERT_LT(test, seen->got.nr, SYNC_MAX);
	KUNIT_ASSERT_LT(test, seen->want.nr, SYNC_MAX);
	KUNIT_ASSERT_EQ_MSG(test, seen->wrong, 0, "line %d", line);
	twice = sync_normalise(&seen->got);
	KUNIT_ASSERT_EQ_MSG(test, twice, 0, "line %d", line);
	sync_normalise(&seen->want);
	KUNIT_ASSERT_EQ_MSG(test, seen->got.nr, seen->want.nr, "line %d", line);
	for (i = 0; i < seen->got.nr; i++) {
		KUNIT_ASSERT_EQ_MSG(test, seen->got.part[i].phys,
				    seen->want.part[i].phys, "line %d", line);
		KUNIT_ASSERT_EQ_MSG(test, seen->got.part[i].len,
				    seen->want.part[i].len, "line %d", line);
	}
}

/* Maintained at least, and at most with the rest of its pages. */
static void check_synced_pages(struct kunit *test, int line,
			       struct sync_seen *seen)
{
	unsigned int i, k = 0;

	KUNIT_ASSERT_EQ_MSG(test, seen->wrong, 0, "line %d", line);
	sync_normalise(&seen->got);
	sync_normalise(&seen->want);
	for (i = 0; i < seen->want.nr; i++) {
		const struct sync_part *w = &seen->want.part[i], *g;

		while (k < seen->got.nr && seen->got.part[k].phys +
					   seen->got.part[k].len <= w->phys)
			k++;
		KUNIT_ASSERT_LT_MSG(test, k, seen->got.nr, "line %d", line);
		g = &seen->got.part[k];
		KUNIT_ASSERT_LE_MSG(test, g->phys, w->phys, "line %d", line);
		KUNIT_ASSERT_GE_MSG(test, g->phys + g->len, w->phys + w->len,
				    "line %d", line);
	}
	for (i = 0; i < seen->want.nr; i++) {
		struct sync_part *w = &seen->want.part[i];

		w->len = PAGE_ALIGN(w->phys + w->len);
		w->phys &= PAGE_MASK;
		w->len -= w->phys;
	}
	sync_normalise(&seen->want);
	for (i = 0, k = 0; i < seen->got.nr; i++) {
		const struct sync_part *g = &seen->got.part[i];

		while (k < seen->want.nr && seen->want.part[k].phys +
					    seen->want.part[k].len <= g->phys)
			k++;
		KUNIT_ASSERT_LT_MSG(test, k, seen->want.nr, "line %d", line);
		KUNIT_ASSERT_GE_MSG(test, g->phys, seen->want.part[k].phys,
				    "line %d", line);
		KUNIT_ASSERT_LE_MSG(test, g->phys + g->len,
				    seen->want.part[k].phys +
				    seen->want.part[k].len, "line %d", line);
	}
}

/* The CPU has these bytes in its cache, wherever the device finds them. */
static noinline_for_stack void
sync_want(struct kunit *test, const struct mock *m, struct sync_seen *seen,
	  const struct phys_range_list *src, const struct dma_range_list *dst,
	  u64 pos, u64 len)
{
	struct phys_range_state s = phys_range_state_slice(src, pos, len);
	struct dma_range_state d = dma_range_state_slice(dst, pos, len);
	struct phys_range p = {};
	struct dma_range r = {};
	u64 n;

	for (;;) {
		if (!p.len && !phys_range_next(&s, &p))
			break;
		if (!r.len)
			KUNIT_ASSERT_TRUE(test, dma_range_next(&d, &r));
		n = min3(p.len, r.len, PAGE_SIZE - offset_in_page(r.addr));
		if (!(p.flags & (PHYS_RANGE_MMIO | PHYS_RANGE_NO_CPU_ACCESS)))
			sync_add(&seen->want, device_phys(m, r.addr), n);
		p.addr += n;
		p.len -= n;
		r.addr += n;
		r.len -= n;
	}
}

static const struct mode sync_modes[] = {
	{ "strict", { .flags = NONCOHERENT | COUNT } },
	{ "direct", { .flags = DIRECT | NONCOHERENT } },
	{ "offset", { .flags = DIRECT | NONCOHERENT, .dma_offset = SZ_8G } },
	{ "bounce", { .flags = DIRECT | NONCOHERENT | BOUNCE } },
	{ "untrusted", { .flags = UNTRUSTED | NONCOHERENT | COUNT } },
	{ "untrusted min align",
		{ .flags = UNTRUSTED | NONCOHERENT | COUNT,
		  .min_align_mask = 0xfff } },
	{ "coherent", { .flags = COUNT } },
	{ "coherent untrusted", { .flags = UNTRUSTED | COUNT } },
};

KUNIT_ARRAY_PARAM_DESC(sync_modes, sync_modes, name);

static void sync_test(struct kunit *test)
{
	static const u32 flags[] = {
		0, 0, PHYS_RANGE_NO_CPU_ACCESS, PHYS_RANGE_MMIO,
	};
	static const u64 aligns[] = { 1, 64, PAGE_SIZE };
	const struct mode *mode = test->param_value;
	const bool cached = mode->params.flags & NONCOHERENT;
	const bool direct = mode->params.flags & DIRECT;
	const bool bounced = mode->params.flags & (BOUNCE | UNTRUSTED);
	struct mock *m = test_mock(test, &mode->params);
	struct phys_range_list *src = test_list(test);
	struct dma_range_list *dst = test_dma_list(test, m);
	struct sync_seen *seen = test_sync(test);
	phys_addr_t blocks[RANDOM_BLOCKS];
	struct rnd_state rnd;
	unsigned int round, i;
	u64 bytes, pos, len;
	int err;

	test_seed(test, &rnd);
	test_random_blocks(test, blocks);
	for (round = 0; round < 60; round++) {
		const enum dma_data_direction dir = round % 3;
		/* How it is maintained may be left to the caller. */
		const unsigned long attrs = below(&rnd, 3) ? 0 :
					    DMA_ATTR_SKIP_CPU_SYNC;
		/* MMIO is not bounced, NO_CPU_ACCESS copied not in all ways. */
		const unsigned int nr_flags = bounced ? 1 :
			1 + below(&rnd, direct ? 3 : ARRAY_SIZE(flags));

		phys_range_list_destroy(src);
		/* To dma-direct it is nothing that memory could be. */
		if (direct && !bounced && !mode->params.dma_offset &&
		    below(&rnd, 2))
			KUNIT_ASSERT_EQ(test, 0, add(src, NO_RAM, 0x2000,
						     PHYS_RANGE_MMIO));
		add_any(test, src, blocks, &rnd, 1 + below(&rnd, 60),
			2 * PAGE_SIZE, aligns[below(&rnd, 3)], flags, nr_flags);
		bytes = phys_range_list_bytes(src);
		sync_start(seen, dir, false);
		KUNIT_ASSERT_EQ(test, 0,
				dma_map_phys_ranges(m->dev, dst, src, dir, attrs,
						    GFP_KERNEL));
		if (cached && !attrs)
			sync_want(test, m, seen, src, dst, 0, bytes);
		if (!bounced)
			check_synced_pages(test, __LINE__, seen);
		for (i = 0; i < 60; i++) {
			const bool for_cpu = i & 1;

			pos = below64(&rnd, bytes + 1);
			len = below64(&rnd, bytes + 1 - pos);
			if (i < 2) {
				pos = 0;
				len = bytes;
			}
			sync_start(seen, dir, for_cpu);
			if (for_cpu)
				err = dma_sync_ranges_for_cpu(m->dev, dst, pos,
							      len, dir);
			else
				err = dma_sync_ranges_for_device(m->dev, dst,
								 pos, len, dir);
			KUNIT_ASSERT_EQ(test, err, 0);
			if (cached)
				sync_want(test, m, seen, src, dst, pos, len);
			check_synced(test, __LINE__, seen);
		}
		sync_start(seen, dir, true);
		if (cached && !attrs)
			sync_want(test, m, seen, src, dst, 0, bytes);
		dma_unmap_ranges(m->dev, dst, dir, 0);
		/* It may go without if the CPU was to write only. */
		if (dir == DMA_TO_DEVICE && !seen->got.nr)
			continue;
		check_synced(test, __LINE__, seen);
	}
	test_mock_done(test, m);
}

/* Part by part, data gets to the device and back. */
static void sync_data_test(struct kunit *test)
{
	static const u32 flags[] = { 0 };
	static const u64 aligns[] = { 1, 64, PAGE_SIZE };
	const struct mode *mode = test->param_value;
	struct mock *m = test_mock(test, &mode->params);
	struct phys_range_list *src = test_list(test);
	struct dma_range_list *dst = test_dma_list(test, m);
	phys_addr_t blocks[RANDOM_BLOCKS];
	u8 *cpu, *device;
	struct rnd_state rnd;
	unsigned int round, i;
	u64 bytes, pos, len;

	test_seed(test, &rnd);
	test_random_blocks(test, blocks);
	cpu = kunit_kmalloc(test, SZ_512K, GFP_KERNEL);
	device = kunit_kmalloc(test, SZ_512K, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, cpu);
	KUNIT_ASSERT_NOT_NULL(test, device);
	for (round = 0; round < 30; round++) {
		const unsigned long attrs = round & 1 ? DMA_ATTR_SKIP_CPU_SYNC : 0;

		phys_range_list_destroy(src);
		add_any(test, src, blocks, &rnd, 1 + below(&rnd, 50),
			2 * PAGE_SIZE, aligns[below(&rnd, 3)], flags, 1);
		bytes = phys_range_list_bytes(src);
		KUNIT_ASSERT_LE(test, bytes, SZ_512K);
		prandom_bytes_state(&rnd, cpu, bytes);
		KUNIT_ASSERT_EQ(test, 0,
				phys_range_list_copy_to(src, 0, cpu, bytes));
		KUNIT_ASSERT_EQ(test, 0,
				dma_map_phys_ranges(m->dev, dst, src,
						    DMA_BIDIRECTIONAL, attrs,
						    GFP_KERNEL));
		KUNIT_ASSERT_EQ(test, 0,
				dma_sync_ranges_for_device(m->dev, dst, 0, bytes,
							   DMA_BIDIRECTIONAL));
		device_copy(test, m, dst, device, false);
		KUNIT_ASSERT_FALSE(test, memcmp(cpu, device, bytes));
		for (i = 0; i < 10; i++) {
			pos = below64(&rnd, bytes);
			len = below64(&rnd, min(bytes - pos, 3 * PAGE_SIZE)) + 1;
			prandom_bytes_state(&rnd, cpu + pos, len);
			KUNIT_ASSERT_EQ(test, 0,
					phys_range_list_copy_to(src, pos,
								cpu + pos, len));
			KUNIT_ASSERT_EQ(test, 0,
					dma_sync_ranges_for_device(m->dev, dst,
								   pos, len,
								   DMA_BIDIRECTIONAL));
			device_copy(test, m, dst, device, false);
			KUNIT_ASSERT_FALSE(test, memcmp(cpu, device, bytes));

			/* All is written, but only a part of it is looked at. */
			prandom_bytes_state(&rnd, device, bytes);
			device_copy(test, m, dst, device, true);
			KUNIT_ASSERT_EQ(test, 0,
					dma_sync_ranges_for_cpu(m->dev, dst, pos,
								len,
								DMA_BIDIRECTIONAL));
			KUNIT_ASSERT_EQ(test, 0,
					phys_range_list_copy_from(src, pos,
								  cpu + pos,
								  len));
			KUNIT_ASSERT_FALSE(test, memcmp(cpu + pos, device + pos,
							len));
			KUNIT_ASSERT_EQ(test, 0,
					dma_sync_ranges_for_cpu(m->dev, dst, 0,
								bytes,
								DMA_BIDIRECTIONAL));
			KUNIT_ASSERT_EQ(test, 0,
					phys_range_list_copy_from(src, 0, cpu,
								  bytes));
			KUNIT_ASSERT_FALSE(test, memcmp(cpu, device, bytes));
		}
		dma_unmap_ranges(m->dev, dst, DMA_BIDIRECTIONAL, 0);
	}
	test_mock_done(test, m);
}

static void sync_errors_test(struct kunit *test)
{
	static const enum dma_data_direction bad[] = {
		DMA_NONE, 4, -1,
	};
	const struct mode *mode = test->param_value;
	struct mock *m = test_mock(test, &mode->params);
	struct phys_range_list *src = test_list(test);
	struct dma_range_list *dst = test_dma_list(test, m);
	phys_addr_t block = test_memory(test, 2);
	unsigned int i, for_cpu;

	KUNIT_ASSERT_EQ(test, 0, add(src, block, 0x1000, 0));
	KUNIT_ASSERT_EQ(test, 0, add(src, block + 0x2000, 0x1000, 0));
	for (for_cpu = 0; for_cpu < 2; for_cpu++) {
		int (*sync)(struct device *dev, const struct dma_range_list *dst,
			    u64 pos, u64 len, enum dma_data_direction dir) =
			for_cpu ? dma_sync_ranges_for_cpu :
				  dma_sync_ranges_for_device;

		KUNIT_EXPECT_EQ(test, -EINVAL,
				sync(m->dev, dst, 0, 0, DMA_TO_DEVICE));
		KUNIT_ASSERT_EQ(test, 0,
				dma_map_phys_ranges(m->dev, dst, src,
						    DMA_TO_DEVICE, 0,
						    GFP_KERNEL));
		for (i = 0; i < ARRAY_SIZE(bad); i++)
			KUNIT_EXPECT_EQ(test, -EINVAL,
					sync(m->dev, dst, 0, 1, bad[i]));
		KUNIT_EXPECT_EQ(test, 0, sync(m->dev, dst, 0, 0x2000,
					      DMA_TO_DEVICE));
		KUNIT_EXPECT_EQ(test, 0, sync(m->dev, dst, 0x2000, 0,
					      DMA_TO_DEVICE));
		KUNIT_EXPECT_EQ(test, -ERANGE, sync(m->dev, dst, 0, 0x2001,
						    DMA_TO_DEVICE));
		KUNIT_EXPECT_EQ(test, -ERANGE, sync(m->dev, dst, 0x2001, 0,
						    DMA_TO_DEVICE));
		KUNIT_EXPECT_EQ(test, -ERANGE, sync(m->dev, dst, 0x1001, 0x1000,
						    DMA_TO_DEVICE));
		KUNIT_EXPECT_EQ(test, -ERANGE, sync(m->dev, dst, 1, U64_MAX,
						    DMA_TO_DEVICE));
		dma_unmap_ranges(m->dev, dst, DMA_TO_DEVICE, 0);
		KUNIT_EXPECT_EQ(test, -EINVAL,
				sync(m->dev, dst, 0, 1, DMA_TO_DEVICE));
		if (!(mode->params.flags & COUNT))
			continue;
		KUNIT_ASSERT_EQ(test, 0,
				dma_range_list_reserve(m->dev, dst, 0x2000,
						       GFP_KERNEL));
		KUNIT_EXPECT_EQ(test, -EINVAL,
				sync(m->dev, dst, 0, 0x1000, DMA_TO_DEVICE));
		dma_range_list_unreserve(m->dev, dst);
	}
	test_mock_done(test, m);
}

/*
 * Reserve first, link later
 */

#define LINK_PAGES	512

/* What should be linked. */
struct link_model {
	phys_addr_t phys[LINK_PAGES];
	u32 group[LINK_PAGES];		/* what has to be unlinked at once */
	u32 groups;
};

/* Single pages, none of which is beside the one before it. */
static unsigned int add_lone_pages(struct kunit *test,
				   struct phys_range_list *list,
				   const phys_addr_t *blocks,
				   struct rnd_state *rnd)
{
	const unsigned int each = BIT(RANDOM_BLOCK_ORDER) / 2;
	const unsigned int nr = RANDOM_BLOCKS * each;
	struct phys_range *r;
	unsigned int i;

	r = kunit_kcalloc(test, nr, sizeof(*r), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, r);
	for (i = 0; i < nr; i++) {
		r[i].addr = blocks[i / each] + i % each * 2 * PAGE_SIZE;
		r[i].len = PAGE_SIZE;
	}
	shuffle(r, nr, rnd);
	for (i = 0; i < nr; i++)
		KUNIT_ASSERT_EQ(test, 0, add(list, r[i].addr, PAGE_SIZE, 0));
	kunit_kfree(test, r);
	return nr;
}

static void check_linked(struct kunit *test, const struct mock *m,
			 const struct link_model *model,
			 const struct dma_range_list *dst)
{
	struct dma_range range = {};
	s64 pages = 0;
	unsigned int i;

	dma_range_for_each_unlimited(dst, range)
		KUNIT_ASSERT_EQ(test, range.len, LINK_PAGES * PAGE_SIZE);
	for (i = 0; i < LINK_PAGES; i++) {
		KUNIT_ASSERT_EQ(test, model->phys[i],
				device_phys(m, range.addr + i * PAGE_SIZE));
		pages += !!model->phys[i];
	}
	KUNIT_ASSERT_EQ(test, mapped_bytes(m), pages * PAGE_SIZE);
}

/* The first page of a part that is linked; @nr if none is. */
static unsigned int linked_page(const struct link_model *model,
				unsigned int first, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr && !model->phys[first + i]; i++)
		;
	return i;
}

static void link_part(struct kunit *test, struct mock *m,
		      struct link_model *model, struct dma_range_list *dst,
		      const struct phys_range_list *src, unsigned int nr_src,
		      struct rnd_state *rnd)
{
	unsigned int first = below(rnd, LINK_PAGES), from = below(rnd, nr_src);
	unsigned int nr = min3(LINK_PAGES - first, nr_src - from,
			       1 + below(rnd, 16));
	unsigned int clash = linked_page(model, first, nr);
	struct phys_range range;
	int err;

	err = dma_range_list_link(m->dev, dst, first * PAGE_SIZE, src,
				  from * PAGE_SIZE, nr * PAGE_SIZE,
				  DMA_BIDIRECTIONAL, 0, GFP_KERNEL);
	if (clash < nr) {
		KUNIT_ASSERT_EQ(test, err, -EADDRINUSE);
		KUNIT_ASSERT_GE(test, dma_range_list_failed(dst),
				first * PAGE_SIZE);
		KUNIT_ASSERT_LE(test, dma_range_list_failed(dst),
				(first + clash) * PAGE_SIZE);
		return;
	}
	KUNIT_ASSERT_EQ(test, err, 0);
	KUNIT_ASSERT_EQ(test, 0,
			dma_range_list_sync(m->dev, dst, first * PAGE_SIZE,
					    nr * PAGE_SIZE));
	phys_range_list_for_each_slice(src, from * PAGE_SIZE, nr * PAGE_SIZE,
				       range) {
		model->phys[first] = range.addr;
		model->group[first++] = ++model->groups;
	}
}

static void link_piece(struct kunit *test, struct mock *m,
		       struct link_model *model, struct dma_range_list *dst,
		       phys_addr_t phys, unsigned int nr, struct rnd_state *rnd)
{
	unsigned int first = below(rnd, LINK_PAGES - nr + 1);
	unsigned int clash = linked_page(model, first, nr), i;
	int err;

	err = dma_range_list_link_phys(m->dev, dst, first * PAGE_SIZE, phys,
				       nr * PAGE_SIZE, DMA_BIDIRECTIONAL, 0);
	if (clash < nr) {
		KUNIT_ASSERT_EQ(test, err, -EADDRINUSE);
		KUNIT_ASSERT_EQ(test, dma_range_list_failed(dst),
				first * PAGE_SIZE);
		return;
	}
	KUNIT_ASSERT_EQ(test, err, 0);
	model->groups++;
	for (i = 0; i < nr; i++) {
		model->phys[first + i] = phys + i * PAGE_SIZE;
		model->group[first + i] = model->groups;
	}
}

static void unlink_part(struct kunit *test, struct mock *m,
			struct link_model *model, struct dma_range_list *dst,
			unsigned int first, unsigned int most)
{
	unsigned int end = first, i;

	if (!model->phys[first])
		return;
	while (first && model->phys[first - 1] &&
	       model->group[first - 1] == model->group[first])
		first--;
	while (end < LINK_PAGES && model->phys[end] &&
	       (end < first + most ||
		model->group[end] == model->group[end - 1]))
		end++;
	KUNIT_ASSERT_EQ(test, 0,
			dma_range_list_unlink(m->dev, dst, first * PAGE_SIZE,
					      (end - first) * PAGE_SIZE,
					      DMA_BIDIRECTIONAL, 0));
	for (i = first; i < end; i++)
		model->phys[i] = 0;
}

static const struct mode link_modes[] = {
	{ "strict", { .flags = COUNT } },
	{ "lazy", { .flags = LAZY | COUNT } },
	{ "noncoherent", { .flags = NONCOHERENT | COUNT } },
	{ "page by page", { .flags = COUNT | RANGE_LIST_MOCK_MAP_PAGES } },
	{ "untrusted", { .flags = UNTRUSTED | COUNT } },
	{ "little space", { .flags = COUNT, .dma_mask = DMA_BIT_MASK(22) } },
};

KUNIT_ARRAY_PARAM_DESC(link_modes, link_modes, name);

static void link_test(struct kunit *test)
{
	const struct mode *mode = test->param_value;
	struct mock *m = test_mock(test, &mode->params);
	struct phys_range_list *src = test_list(test);
	struct dma_range_list *dst = test_dma_list(test, m);
	phys_addr_t blocks[RANDOM_BLOCKS];
	struct link_model *model;
	unsigned int nr_src, i;
	struct rnd_state rnd;

	test_seed(test, &rnd);
	test_random_blocks(test, blocks);
	nr_src = add_lone_pages(test, src, blocks, &rnd);
	model = kunit_kzalloc(test, sizeof(*model), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, model);
	if (mode->params.dma_mask)
		check_space(test, __LINE__, m);
	KUNIT_ASSERT_EQ(test, 0,
			dma_range_list_reserve(m->dev, dst,
					       LINK_PAGES * PAGE_SIZE,
					       GFP_KERNEL));
	check_linked(test, m, model, dst);
	for (i = 0; i < 2000; i++) {
		const u64 piece = below(&rnd, BIT(RANDOM_BLOCK_ORDER) - 4);

		switch (below(&rnd, 4)) {
		case 0:
			link_part(test, m, model, dst, src, nr_src, &rnd);
			break;
		case 1:
			link_piece(test, m, model, dst,
				   blocks[below(&rnd, RANDOM_BLOCKS)] +
				   piece * PAGE_SIZE, 1 + below(&rnd, 4), &rnd);
			break;
		default:
			unlink_part(test, m, model, dst,
				    below(&rnd, LINK_PAGES), 1 + below(&rnd, 32));
		}
		check_linked(test, m, model, dst);
	}
	for (i = 0; i < LINK_PAGES; i++)
		unlink_part(test, m, model, dst, i, LINK_PAGES);
	check_linked(test, m, model, dst);
	dma_range_list_unreserve(m->dev, dst);
	check_empty(test, __LINE__, dst);
	dma_range_list_unreserve(m->dev, dst);
	if (mode->params.dma_mask)
		check_space(test, __LINE__, m);
	test_mock_done(test, m);
}

struct link_job {
	struct mock *m;
	struct dma_range_list *dst;
	const struct phys_range_list *src;
	unsigned int first;
	int step;
	struct completion *start;
	struct completion done;
	int err;
};

static int link_fn(void *data)
{
	struct link_job *job = data;
	unsigned int i, page = job->first;

	wait_for_completion(job->start);
	for (i = 0; i < LINK_PAGES / 2 && !job->err; i++, page += job->step) {
		job->err = dma_range_list_link(job->m->dev, job->dst,
					       page * PAGE_SIZE, job->src,
					       page * PAGE_SIZE, PAGE_SIZE,
					       DMA_BIDIRECTIONAL, 0, GFP_KERNEL);
		if (!job->err)
			job->err = dma_range_list_sync(job->m->dev, job->dst,
						       page * PAGE_SIZE,
						       PAGE_SIZE);
		schedule();
	}
	complete(&job->done);
	return 0;
}

/* Two at once, page by page: from the middle both ways, or every second page. */
static void link_threads_test(struct kunit *test)
{
	const struct mode *mode = test->param_value;
	struct mock *m = test_mock(test, &mode->params);
	struct phys_range_list *src = test_list(test);
	struct dma_range_list *dst = test_dma_list(test, m);
	phys_addr_t blocks[RANDOM_BLOCKS];
	DECLARE_COMPLETION_ONSTACK(start);
	struct link_model *model;
	struct link_job jobs[2];
	struct phys_range range;
	struct rnd_state rnd;
	unsigned int i, k;

	test_seed(test, &rnd);
	test_random_blocks(test, blocks);
	add_lone_pages(test, src, blocks, &rnd);
	model = kunit_kzalloc(test, sizeof(*model), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, model);
	i = 0;
	phys_range_list_for_each_slice(src, 0, LINK_PAGES * PAGE_SIZE, range)
		model->phys[i++] = range.addr;
	for (k = 0; k < 2; k++) {
		KUNIT_ASSERT_EQ(test, 0,
				dma_range_list_reserve(m->dev, dst,
						       LINK_PAGES * PAGE_SIZE,
						       GFP_KERNEL));
		reinit_completion(&start);
		for (i = 0; i < 2; i++) {
			struct task_struct *task;

			jobs[i] = (struct link_job){
				.m = m,
				.dst = dst,
				.src = src,
				.start = &start,
				.first = k ? i : LINK_PAGES / 2 - i,
				.step = k ? 2 : i ? -1 : 1,
			};
			init_completion(&jobs[i].done);
			task = kthread_run(link_fn, &jobs[i], "dma_map_link/%u",
					   i);
			KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
		}
		complete_all(&start);
		for (i = 0; i < 2; i++) {
			wait_for_completion(&jobs[i].done);
			KUNIT_EXPECT_EQ(test, jobs[i].err, 0);
		}
		check_linked(test, m, model, dst);
		KUNIT_EXPECT_EQ(test, 0,
				dma_range_list_unlink(m->dev, dst, 0,
						      LINK_PAGES * PAGE_SIZE,
						      DMA_BIDIRECTIONAL, 0));
		dma_range_list_unreserve(m->dev, dst);
	}
	test_mock_done(test, m);
}

#ifdef CONFIG_ARCH_HAS_DMA_OPS
#define OPS_BASE	0x40000000
#define OPS_GAP		SZ_1M

/* What an architecture's IOMMU does: one piece of its space for a scatterlist. */
struct ops_seen {
	unsigned int map_sg, unmap_sg, map_phys, unmap_phys;
	unsigned long attrs;
	unsigned int entries;
	bool apart;
	int fail;
	u64 for_cpu, for_device;
	dma_addr_t last;
	size_t longest;
};

static struct ops_seen ops_seen;

static dma_addr_t ops_map_phys(struct device *dev, phys_addr_t phys, size_t size,
			       enum dma_data_direction dir, unsigned long attrs)
{
	ops_seen.map_phys++;
	ops_seen.longest = max(ops_seen.longest, size);
	return OPS_BASE + ops_seen.map_phys * OPS_GAP;
}

static void ops_unmap_phys(struct device *dev, dma_addr_t addr, size_t size,
			   enum dma_data_direction dir, unsigned long attrs)
{
	ops_seen.unmap_phys++;
}

static int ops_map_sg(struct device *dev, struct scatterlist *sgl, int nents,
		      enum dma_data_direction dir, unsigned long attrs)
{
	dma_addr_t addr = OPS_BASE;
	struct scatterlist *sg;
	int i;

	ops_seen.map_sg++;
	ops_seen.attrs = attrs;
	ops_seen.entries = nents;
	if (ops_seen.fail)
		return ops_seen.fail;
	for_each_sg(sgl, sg, nents, i) {
		sg_dma_address(sg) = addr;
		sg_dma_len(sg) = sg->length;
		addr += ops_seen.apart ? OPS_GAP : sg->length;
	}
	return nents;
}

static void ops_unmap_sg(struct device *dev, struct scatterlist *sgl, int nents,
			 enum dma_data_direction dir, unsigned long attrs)
{
	ops_seen.unmap_sg++;
	if (ops_seen.attrs != attrs || ops_seen.entries != nents)
		ops_seen.unmap_sg += 100;
}

static void ops_sync_for_cpu(struct device *dev, dma_addr_t addr, size_t size,
			     enum dma_data_direction dir)
{
	ops_seen.for_cpu += size;
	ops_seen.last = addr;
}

static void ops_sync_for_device(struct device *dev, dma_addr_t addr, size_t size,
				enum dma_data_direction dir)
{
	ops_seen.for_device += size;
	ops_seen.last = addr;
}

static size_t ops_max_mapping_size(struct device *dev)
{
	return 2 * PAGE_SIZE;
}

/* As Xen's. */
static const struct dma_map_ops bounce_ops = {
	.map_phys = ops_map_phys,
	.unmap_phys = ops_unmap_phys,
	.map_sg = ops_map_sg,
	.unmap_sg = ops_unmap_sg,
	.max_mapping_size = ops_max_mapping_size,
};

static const struct dma_map_ops table_ops = {
	.map_phys = ops_map_phys,
	.unmap_phys = ops_unmap_phys,
	.map_sg = ops_map_sg,
	.unmap_sg = ops_unmap_sg,
	.sync_single_for_cpu = ops_sync_for_cpu,
	.sync_single_for_device = ops_sync_for_device,
};

static void table_test(struct kunit *test)
{
	const struct range_list_mock_params params = { .flags = DIRECT };
	static const u32 one_by_one[] = { PHYS_RANGE_MMIO, PHYS_RANGE_NO_MERGE };
	struct mock *m = test_mock(test, &params);
	struct dma_range_list *dst = test_dma_list(test, m);
	struct phys_range_list *src = test_list(test);
	phys_addr_t blocks[RANDOM_BLOCKS];
	struct dma_range range;
	struct rnd_state rnd;
	unsigned int i;
	u64 bytes;

	test_seed(test, &rnd);
	test_random_blocks(test, blocks);
	add_lone_pages(test, src, blocks, &rnd);
	bytes = phys_range_list_bytes(src);
	/* Which also finds out whether it wants to be synced. */
	set_dma_ops(m->dev, &table_ops);
	KUNIT_ASSERT_EQ(test, 0, dma_set_mask(m->dev, DMA_BIT_MASK(64)));
	for (i = 0; i < 2; i++) {
		ops_seen = (struct ops_seen){ .apart = i };
		KUNIT_ASSERT_EQ(test, 0,
				dma_map_phys_ranges(m->dev, dst, src,
						    DMA_BIDIRECTIONAL,
						    DMA_ATTR_SKIP_CPU_SYNC,
						    GFP_KERNEL));
		KUNIT_EXPECT_EQ(test, dst->how, DMA_RANGES_TABLE);
		KUNIT_EXPECT_EQ(test, dma_range_list_bytes(dst), bytes);
		KUNIT_EXPECT_EQ(test, dma_range_list_nr(dst),
				i ? phys_range_list_nr(src) : 1);
		dma_range_for_each_unlimited(dst, range)
			break;
		KUNIT_EXPECT_EQ(test, range.addr, OPS_BASE);
		KUNIT_EXPECT_EQ(test, range.flags, DMA_RANGE_DIRECT);
		KUNIT_EXPECT_EQ(test, 0,
				dma_sync_ranges_for_cpu(m->dev, dst, 0, bytes,
							DMA_BIDIRECTIONAL));
		KUNIT_EXPECT_EQ(test, ops_seen.for_cpu, bytes);
		KUNIT_EXPECT_EQ(test, 0,
				dma_sync_ranges_for_device(m->dev, dst,
							   PAGE_SIZE + 64, 100,
							   DMA_BIDIRECTIONAL));
		KUNIT_EXPECT_EQ(test, ops_seen.for_device, 100);
		KUNIT_EXPECT_EQ(test, ops_seen.last,
				OPS_BASE + 64 + (i ? OPS_GAP : PAGE_SIZE));
		dma_unmap_ranges(m->dev, dst, DMA_BIDIRECTIONAL, 0);
		check_empty(test, __LINE__, dst);
		KUNIT_EXPECT_EQ(test, ops_seen.map_sg, 1);
		KUNIT_EXPECT_EQ(test, ops_seen.unmap_sg, 1);
		KUNIT_EXPECT_EQ(test, ops_seen.attrs, DMA_ATTR_SKIP_CPU_SYNC);
		KUNIT_EXPECT_EQ(test, ops_seen.map_phys, 0);
	}
	ops_seen = (struct ops_seen){ .fail = -ENOMEM };
	KUNIT_EXPECT_EQ(test, -ENOMEM,
			dma_map_phys_ranges(m->dev, dst, src, DMA_TO_DEVICE, 0,
					    GFP_KERNEL));
	check_empty(test, __LINE__, dst);
	KUNIT_EXPECT_EQ(test, ops_seen.unmap_sg, 0);

	/* What a table cannot tell, or need not. */
	for (i = 0; i <= ARRAY_SIZE(one_by_one); i++) {
		phys_range_list_destroy(src);
		if (i < ARRAY_SIZE(one_by_one))
			KUNIT_ASSERT_EQ(test, 0,
					add(src, i ? blocks[1] : NO_RAM,
					    PAGE_SIZE, one_by_one[i]));
		KUNIT_ASSERT_EQ(test, 0, add(src, blocks[0], PAGE_SIZE, 0));
		ops_seen = (struct ops_seen){};
		KUNIT_ASSERT_EQ(test, 0,
				dma_map_phys_ranges(m->dev, dst, src,
						    DMA_TO_DEVICE, 0,
						    GFP_KERNEL));
		KUNIT_EXPECT_EQ(test, dst->how, DMA_RANGES_SINGLE);
		dma_unmap_ranges(m->dev, dst, DMA_TO_DEVICE, 0);
		KUNIT_EXPECT_EQ(test, ops_seen.map_sg, 0);
		KUNIT_EXPECT_GT(test, ops_seen.map_phys, 0);
		KUNIT_EXPECT_EQ(test, ops_seen.map_phys, ops_seen.unmap_phys);
	}

	/* And what is too long for one mapping. */
	set_dma_ops(m->dev, &bounce_ops);
	for (i = 0; i < 2; i++) {
		phys_range_list_destroy(src);
		KUNIT_ASSERT_EQ(test, 0, add(src, blocks[0], 5 * PAGE_SIZE, 0));
		if (i)
			KUNIT_ASSERT_EQ(test, 0, add(src, blocks[1], PAGE_SIZE, 0));
		ops_seen = (struct ops_seen){};
		KUNIT_ASSERT_EQ(test, 0,
				dma_map_phys_ranges(m->dev, dst, src,
						    DMA_TO_DEVICE, 0,
						    GFP_KERNEL));
		KUNIT_EXPECT_EQ(test, dst->how, DMA_RANGES_SINGLE);
		dma_unmap_ranges(m->dev, dst, DMA_TO_DEVICE, 0);
		KUNIT_EXPECT_EQ(test, ops_seen.map_sg, 0);
		KUNIT_EXPECT_EQ(test, ops_seen.longest, 2 * PAGE_SIZE);
		KUNIT_EXPECT_EQ(test, ops_seen.map_phys, 3 + i);
		KUNIT_EXPECT_EQ(test, ops_seen.map_phys, ops_seen.unmap_phys);
	}
	set_dma_ops(m->dev, NULL);
	KUNIT_ASSERT_EQ(test, 0, dma_set_mask(m->dev, DMA_BIT_MASK(64)));
	test_mock_done(test, m);
}
#else
static void table_test(struct kunit *test)
{
	kunit_skip(test, "needs CONFIG_ARCH_HAS_DMA_OPS");
}
#endif

static void reserve_errors_test(struct kunit *test)
{
	struct range_list_mock_params params = { .flags = DIRECT };
	struct mock *m = test_mock(test, &params);
	struct dma_range_list *dst = test_dma_list(test, m), *more[8];
	struct phys_range_list *src = test_list(test);
	unsigned int n, i;
	int err = 0;

	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
			dma_range_list_reserve(m->dev, dst, SZ_4K, GFP_KERNEL));
	check_empty(test, __LINE__, dst);
	test_mock_done(test, m);

	params = (struct range_list_mock_params){
		.flags = COUNT, .dma_mask = DMA_BIT_MASK(20),
	};
	m = test_mock(test, &params);
	KUNIT_EXPECT_EQ(test, -EINVAL,
			dma_range_list_reserve(m->dev, dst, 0, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -E2BIG,
			dma_range_list_reserve(m->dev, dst, (u64)SSIZE_MAX + 1,
					       GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -ENOSPC,
			dma_range_list_reserve(m->dev, dst, SZ_1M + 1,
					       GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -ENOSPC,
			dma_range_list_reserve(m->dev, dst, SSIZE_MAX,
					       GFP_KERNEL));
	KUNIT_ASSERT_EQ(test, 0, add_dma(dst, 0x1000, 0x1000, 0));
	KUNIT_EXPECT_EQ(test, -EBUSY,
			dma_range_list_reserve(m->dev, dst, SZ_4K, GFP_KERNEL));
	dma_range_list_destroy(dst);
	check_empty(test, __LINE__, dst);

	for (n = 0; n < ARRAY_SIZE(more); n++) {
		more[n] = test_dma_list(test, m);
		err = dma_range_list_reserve(m->dev, more[n], SZ_256K - SZ_4K,
					     GFP_KERNEL);
		if (err)
			break;
	}
	KUNIT_EXPECT_EQ(test, err, -ENOSPC);
	KUNIT_EXPECT_GT(test, n, 1);
	KUNIT_ASSERT_LT(test, n, ARRAY_SIZE(more));
	check_empty(test, __LINE__, more[n]);
	KUNIT_EXPECT_EQ(test, -EBUSY,
			dma_range_list_reserve(m->dev, more[0], SZ_4K,
					       GFP_KERNEL));
	KUNIT_ASSERT_EQ(test, 0, add(src, 0x1000, 0x1000, 0));
	KUNIT_EXPECT_EQ(test, -EBUSY,
			dma_map_phys_ranges(m->dev, more[0], src, DMA_TO_DEVICE,
					    0, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -EBUSY, add_dma(more[0], 0x1000, 0x1000, 0));
	dma_range_list_unreserve(m->dev, more[0]);
	KUNIT_EXPECT_EQ(test, 0,
			dma_range_list_reserve(m->dev, more[n], SZ_256K - SZ_4K,
					       GFP_KERNEL));
	for (i = 1; i <= n; i++)
		dma_range_list_unreserve(m->dev, more[i]);
	test_mock_done(test, m);
}

#define LINK(pos, src_pos, len)						\
	dma_range_list_link(m->dev, dst, pos, src, src_pos, len,	\
			    DMA_TO_DEVICE, 0, GFP_KERNEL)
#define LINK_PHYS(pos, phys, len)					\
	dma_range_list_link_phys(m->dev, dst, pos, phys, len,		\
				 DMA_TO_DEVICE, 0)
#define UNLINK(pos, len)						\
	dma_range_list_unlink(m->dev, dst, pos, len, DMA_TO_DEVICE, 0)

static noinline_for_stack void
check_link_errors(struct kunit *test, struct mock *m,
		  struct dma_range_list *dst, const struct phys_range_list *src,
		  phys_addr_t block)
{
	static const enum dma_data_direction bad[] = { DMA_NONE, 4, -1 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		KUNIT_EXPECT_EQ(test, -EINVAL,
				dma_range_list_link(m->dev, dst, 0, src, 0,
						    0x1000, bad[i], 0,
						    GFP_KERNEL));
		KUNIT_EXPECT_EQ(test, -EINVAL,
				dma_range_list_link_phys(m->dev, dst, 0, block,
							 0x1000, bad[i], 0));
	}
	/* Nothing, or not within one of the lists. */
	KUNIT_EXPECT_EQ(test, -EINVAL, LINK(0, 0, 0));
	KUNIT_EXPECT_EQ(test, -EINVAL, LINK_PHYS(0, block, 0));
	KUNIT_EXPECT_EQ(test, -ERANGE, LINK(0x4000, 0, 0x2000));
	KUNIT_EXPECT_EQ(test, -ERANGE, LINK(0x10000, 0, 0x1000));
	KUNIT_EXPECT_EQ(test, -ERANGE, LINK(-0x1000ULL, 0, 0x1000));
	KUNIT_EXPECT_EQ(test, -ERANGE, LINK(0x1000, 0, -0x1000ULL));
	KUNIT_EXPECT_EQ(test, -ERANGE, LINK(0, 0x4000, 0x1000));
	KUNIT_EXPECT_EQ(test, -ERANGE, LINK(0, -0x1000ULL, 0x1000));
	KUNIT_EXPECT_EQ(test, -ERANGE, LINK_PHYS(0x4000, block, 0x2000));
	/* Not in place. */
	KUNIT_EXPECT_EQ(test, -EINVAL, LINK(0x40, 0, 0x1000));
	KUNIT_EXPECT_EQ(test, -EINVAL, LINK(0, 0, 0x1040));
	KUNIT_EXPECT_EQ(test, -EINVAL, LINK(0, 0x40, 0x1000));
	KUNIT_EXPECT_EQ(test, -EINVAL, LINK_PHYS(0x40, block, 0x1000));
	KUNIT_EXPECT_EQ(test, -EINVAL, LINK_PHYS(0, block + 0x40, 0x1000));
	KUNIT_EXPECT_EQ(test, -EINVAL, LINK_PHYS(0, block, 0x1040));
	/* The third and the fourth range have an end within a page. */
	KUNIT_EXPECT_EQ(test, -ENXIO, LINK(0, 0x1000, 0x2000));
	KUNIT_EXPECT_LE(test, dma_range_list_failed(dst), 0x1000);
	KUNIT_EXPECT_EQ(test, -ENXIO, LINK(0x1000, 0, 0x3000));
	KUNIT_EXPECT_LE(test, dma_range_list_failed(dst), 0x3000);
	KUNIT_EXPECT_EQ(test, mapped_bytes(m), 0);

	KUNIT_EXPECT_EQ(test, -EINVAL, dma_range_list_sync(m->dev, dst, 0x40,
							   0x1000));
	KUNIT_EXPECT_EQ(test, -EINVAL, dma_range_list_sync(m->dev, dst, 0, 0));
	KUNIT_EXPECT_EQ(test, -ERANGE, dma_range_list_sync(m->dev, dst, 0x4000,
							   0x2000));
	KUNIT_EXPECT_EQ(test, -EINVAL, UNLINK(0x40, 0x1000));
	KUNIT_EXPECT_EQ(test, -EINVAL, UNLINK(0, 0x40));
	KUNIT_EXPECT_EQ(test, -EINVAL, UNLINK(0, 0));
	KUNIT_EXPECT_EQ(test, -ERANGE, UNLINK(0x4000, 0x2000));
}

static void link_errors_test(struct kunit *test)
{
	struct range_list_mock_params params = { .flags = COUNT };
	struct phys_range_list *src = test_list(test);
	phys_addr_t block = test_memory(test, 4);
	struct dma_range_list *dst;
	struct mock *m;

	m = test_mock(test, &params);
	dst = test_dma_list(test, m);
	KUNIT_ASSERT_EQ(test, 0, add(src, block, 0x1000, 0));
	KUNIT_ASSERT_EQ(test, 0, add(src, block + 0x2000, 0x1000, 0));
	KUNIT_ASSERT_EQ(test, 0, add(src, block + 0x5000, 0xfc0, 0));
	KUNIT_ASSERT_EQ(test, 0, add(src, block + 0x8000, 0x40, 0));

	/* Not reserved, or not that way. */
	KUNIT_EXPECT_EQ(test, -EINVAL, LINK(0, 0, 0x1000));
	KUNIT_EXPECT_EQ(test, -EINVAL, LINK_PHYS(0, block, 0x1000));
	KUNIT_EXPECT_EQ(test, -EINVAL, UNLINK(0, 0x1000));
	KUNIT_EXPECT_EQ(test, -EINVAL, dma_range_list_sync(m->dev, dst, 0,
							   0x1000));
	KUNIT_ASSERT_EQ(test, 0,
			dma_map_phys_ranges(m->dev, dst, src, DMA_TO_DEVICE, 0,
					    GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -EINVAL, LINK(0, 0, 0x1000));
	KUNIT_EXPECT_EQ(test, -EINVAL, LINK_PHYS(0, block, 0x1000));
	KUNIT_EXPECT_EQ(test, -EINVAL, UNLINK(0, 0x1000));
	dma_range_list_unreserve(m->dev, dst);
	check_mapped(test, __LINE__, m, src, dst);
	dma_unmap_ranges(m->dev, dst, DMA_TO_DEVICE, 0);

	KUNIT_ASSERT_EQ(test, 0, dma_range_list_reserve(m->dev, dst, 0x4800,
							GFP_KERNEL));
	check_link_errors(test, m, dst, src, block);
	/* The last one may end where the list does, here as there. */
	KUNIT_EXPECT_EQ(test, 0, LINK_PHYS(0x4000, block, 0x800));
	KUNIT_EXPECT_EQ(test, -EADDRINUSE, LINK_PHYS(0x4000, block, 0x800));
	KUNIT_EXPECT_EQ(test, 0, dma_range_list_sync(m->dev, dst, 0x4000, 0x800));
	KUNIT_EXPECT_EQ(test, 0, UNLINK(0x4000, 0x800));
	KUNIT_EXPECT_EQ(test, 0, LINK(0, 0, 0x2000));
	KUNIT_EXPECT_EQ(test, 0, LINK(0x4000, 0x2000, 0x800));
	KUNIT_EXPECT_EQ(test, -EADDRINUSE, LINK(0x1000, 0x1000, 0x1000));
	KUNIT_EXPECT_EQ(test, 0, UNLINK(0x4000, 0x800));
	KUNIT_EXPECT_EQ(test, 0, UNLINK(0, 0x2000));
	dma_range_list_unreserve(m->dev, dst);
	test_mock_done(test, m);

	/* Must be coherent, and is not. */
	params.flags |= NONCOHERENT;
	m = test_mock(test, &params);
	dst = test_dma_list(test, m);
	KUNIT_ASSERT_EQ(test, 0, dma_range_list_reserve(m->dev, dst, 0x2000,
							GFP_KERNEL));
	phys_range_list_destroy(src);
	KUNIT_ASSERT_EQ(test, 0, add(src, block, 0x1000, 0));
	KUNIT_ASSERT_EQ(test, 0, add(src, block + 0x2000, 0x1000,
				     PHYS_RANGE_REQUIRE_COHERENT));
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, LINK(0, 0, 0x2000));
	KUNIT_EXPECT_LE(test, dma_range_list_failed(dst), 0x1000);
	dma_range_list_unreserve(m->dev, dst);
	test_mock_done(test, m);
}

/*
 * Segments
 */

/* The same memory as a list, and as what drivers used before. */
struct both {
	struct phys_range_list *list;
	struct sg_table sgt;
	struct phys_vec *vec;
	unsigned int nr;
};

static void both_fill(struct kunit *test, struct both *b,
		      const phys_addr_t *blocks, struct rnd_state *rnd,
		      u64 max_len, u64 boundary)
{
	const u64 size = PAGE_SIZE << RANDOM_BLOCK_ORDER;
	const u64 align = BIT_ULL(below(rnd, 4) * 4);
	const u32 pages = below(rnd, 4), gaps = 1 + below(rnd, 4);
	unsigned int max = 1 + below(rnd, 60), i;
	struct scatterlist *sg;
	u64 pos = 0, len;

	b->nr = 0;
	while (b->nr < max) {
		len = below(rnd, 3) ? 1 + below64(rnd, min(max_len, SZ_64K)) :
				      min(max_len, PAGE_SIZE << below(rnd, 5));
		len = min(round_up(len, align), max_len);
		if (below(rnd, 4) < pages)
			len = min(PAGE_ALIGN(pos + len) - pos, max_len);
		/* What crosses a boundary wherever it is has no place. */
		len = min(len, boundary + 1 - offset_in_page(pos));
		if (pos % size + len > size)
			pos = round_up(pos, size);
		if (pos >= RANDOM_BLOCKS * size)
			break;
		b->vec[b->nr++] = (struct phys_vec){
			blocks[pos / size] + pos % size, len,
		};
		pos += len;
		if (!below(rnd, gaps))
			pos = below(rnd, 2) ? PAGE_ALIGN(pos + 1) :
					      round_up(pos + 1, align);
	}
	for (i = b->nr; below(rnd, 2) && i > 1; i--)
		swap(b->vec[i - 1], b->vec[below(rnd, i)]);
	KUNIT_ASSERT_EQ(test, 0,
			phys_range_list_append_phys_vecs(b->list, b->vec, b->nr,
							 0, NULL, GFP_KERNEL));
	KUNIT_ASSERT_EQ(test, 0, sg_alloc_table(&b->sgt, b->nr, GFP_KERNEL));
	for_each_sgtable_sg(&b->sgt, sg, i)
		sg_set_page(sg, pfn_to_page(PHYS_PFN(b->vec[i].paddr)),
			    b->vec[i].len, offset_in_page(b->vec[i].paddr));
}

static void both_free(struct both *b)
{
	phys_range_list_destroy(b->list);
	sg_free_table(&b->sgt);
}

static const struct mode segment_modes[] = {
	{ "iommu", { .flags = COUNT } },
	{ "iommu min align", { .flags = COUNT, .min_align_mask = 0xfff } },
	{ "direct", { .flags = DIRECT, .dma_offset = SZ_8G } },
};

KUNIT_ARRAY_PARAM_DESC(segment_modes, segment_modes, name);

/* Never more of them than dma_map_sgtable() makes, and known before. */
static void nr_segments_test(struct kunit *test)
{
	const struct mode *mode = test->param_value;
	const bool iommu = mode->params.flags & COUNT;
	struct mock *m = test_mock(test, &mode->params);
	struct dma_range_list *dst = test_dma_list(test, m);
	struct both b = { .list = test_list(test) };
	phys_addr_t blocks[RANDOM_BLOCKS];
	struct dma_range_limits limits;
	struct rnd_state rnd;
	unsigned int round;
	s64 before, after;

	b.vec = kunit_kcalloc(test, 60, sizeof(*b.vec), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, b.vec);
	test_seed(test, &rnd);
	test_random_blocks(test, blocks);
	for (round = 0; round < 4000; round++) {
		u32 max_len = SZ_4K << below(&rnd, 10);
		u64 boundary = BIT_ULL(12 + below(&rnd, 21)) - 1;

		if (below(&rnd, 3) == 0)
			max_len += below(&rnd, max_len);
		/* dma-direct does not divide what it maps. */
		if (!iommu)
			boundary = ULONG_MAX;
		dma_set_max_seg_size(m->dev, max_len);
		dma_set_seg_boundary(m->dev, boundary);
		limits = dma_range_device_limits(m->dev);
		KUNIT_ASSERT_EQ(test, limits.max_len, max_len);
		both_fill(test, &b, blocks, &rnd, max_len,
			  iommu ? boundary : SZ_4G);

		KUNIT_ASSERT_EQ(test, 0, dma_map_sgtable(m->dev, &b.sgt,
							 DMA_TO_DEVICE, 0));
		before = dma_map_ranges_nr_segments(m->dev, b.list, &limits);
		KUNIT_ASSERT_EQ(test, 0,
				dma_map_phys_ranges(m->dev, dst, b.list,
						    DMA_TO_DEVICE, 0,
						    GFP_KERNEL));
		after = dma_range_nr_segments(dst, &limits);
		KUNIT_ASSERT_EQ_MSG(test, before, after,
				    "round %u, %#x bytes, boundary %#llx",
				    round, max_len, boundary);
		/*
		 * Entries may have merged into what cannot be divided as well:
		 * a scatterlist maps a granule once for each entry in it.
		 */
		if (phys_range_list_nr(b.list) == b.nr)
			KUNIT_ASSERT_LE_MSG(test, after, b.sgt.nents,
					    "round %u, %u entries, %#x bytes, boundary %#llx",
					    round, b.nr, max_len, boundary);
		dma_unmap_ranges(m->dev, dst, DMA_TO_DEVICE, 0);
		dma_unmap_sgtable(m->dev, &b.sgt, DMA_TO_DEVICE, 0);
		both_free(&b);
	}
	test_mock_done(test, m);
}

/* Other limits than the device has, also of lists that are longer. */
static void nr_segments_any_test(struct kunit *test)
{
	static const u32 flags[] = {
		0, 0, PHYS_RANGE_CC_SHARED, PHYS_RANGE_NO_MERGE,
	};
	static const u64 aligns[] = { 1, 64, PAGE_SIZE };
	const struct mode *mode = test->param_value;
	struct mock *m = test_mock(test, &mode->params);
	struct phys_range_list *src = test_list(test);
	struct dma_range_list *dst = test_dma_list(test, m);
	phys_addr_t blocks[RANDOM_BLOCKS];
	struct dma_range_limits limits;
	struct rnd_state rnd;
	unsigned int round;
	s64 before;

	test_seed(test, &rnd);
	test_random_blocks(test, blocks);
	for (round = 0; round < 1000; round++) {
		phys_range_list_destroy(src);
		add_any(test, src, blocks, &rnd, 1 + below(&rnd, 60), SZ_64K,
			aligns[below(&rnd, 3)], flags,
			1 + below(&rnd, ARRAY_SIZE(flags)));
		limits.max_len = 1 + below(&rnd, SZ_1M);
		if (below(&rnd, 2))
			limits.max_len = roundup_pow_of_two(limits.max_len);
		/* What lies beyond all alignment of a window depends on where. */
		limits.boundary = below(&rnd, 4) ?
			BIT_ULL(12 + below(&rnd, 8)) - 1 : U64_MAX;
		dma_set_seg_boundary(m->dev, min(limits.boundary, ULONG_MAX));
		dma_set_max_seg_size(m->dev, 1 + below(&rnd, SZ_1M));
		before = dma_map_ranges_nr_segments(m->dev, src, &limits);
		KUNIT_ASSERT_EQ(test, 0,
				dma_map_phys_ranges(m->dev, dst, src,
						    DMA_TO_DEVICE, 0,
						    GFP_KERNEL));
		KUNIT_ASSERT_EQ_MSG(test, before,
				    dma_range_nr_segments(dst, &limits),
				    "round %u, %#llx bytes, boundary %#llx",
				    round, limits.max_len, limits.boundary);
		dma_unmap_ranges(m->dev, dst, DMA_TO_DEVICE, 0);
	}
	limits.max_len = 0;
	KUNIT_EXPECT_EQ(test, -EINVAL,
			dma_map_ranges_nr_segments(m->dev, src, &limits));
	limits.max_len = 1;
	limits.boundary = 0xff0;
	KUNIT_EXPECT_EQ(test, -EINVAL,
			dma_map_ranges_nr_segments(m->dev, src, &limits));
	test_mock_done(test, m);
}

/*
 * Failures
 */

static const struct mode fail_modes[] = {
	{ "strict", { .flags = COUNT, .dma_mask = DMA_BIT_MASK(22) } },
	{ "noncoherent",
		{ .flags = COUNT | NONCOHERENT, .dma_mask = DMA_BIT_MASK(22) } },
	{ "untrusted", { .flags = UNTRUSTED | COUNT,
			 .dma_mask = DMA_BIT_MASK(32) } },
	{ "direct", { .flags = DIRECT } },
	{ "direct bounce", { .flags = DIRECT | BOUNCE } },
};

KUNIT_ARRAY_PARAM_DESC(fail_modes, fail_modes, name);

/* Each allocation fails once, whatever kind of list it is for. */
static void fail_alloc_test(struct kunit *test)
{
	const struct mode *mode = test->param_value;
	const bool little = mode->params.dma_mask == DMA_BIT_MASK(22);
	struct mock *m = test_mock(test, &mode->params);
	struct phys_range_list *src = test_list(test);
	struct dma_range_list *dst = test_dma_list(test, m);
	struct p2p_world *w = test_p2p(test);
	phys_addr_t block = test_memory(test, 9);
	unsigned int kind, nth, i, failures = 0;
	bool failed;
	int err;

	if (!CAN_FAIL_SLAB)
		kunit_skip(test, "needs CONFIG_FAILSLAB");
	for (i = 0; i < PEERS; i++)
		w->types[i] = PCI_P2PDMA_MAP_BUS_ADDR;
	/* Pages, anything, and with peers between. */
	for (kind = 0; kind < 3; kind++) {
		phys_range_list_destroy(src);
		for (i = 0; i < 150; i++) {
			KUNIT_ASSERT_EQ(test, 0,
					add(src, block + 2 * i * PAGE_SIZE +
					    (kind ? 0x140 : 0),
					    kind ? 0x380 : PAGE_SIZE, 0));
			if (kind == 2)
				add_peer(test, src, w, i & 1, i * SZ_64K,
					 SZ_4K);
		}
		for (nth = 1; ; nth++) {
			KUNIT_ASSERT_LT(test, nth, 2000);
			fail_slab(nth);
			err = dma_map_phys_ranges(m->dev, dst, src,
						  DMA_BIDIRECTIONAL, 0,
						  GFP_NOWAIT | __GFP_NOWARN);
			failed = !fail_slab_pending();
			fail_slab(0);
			if (err) {
				KUNIT_ASSERT_TRUE_MSG(test, failed, "error %d",
						      err);
				KUNIT_ASSERT_TRUE_MSG(test, err == -ENOMEM ||
						      err == -ENOSPC ||
						      err == -EIO, "error %d",
						      err);
				check_empty(test, __LINE__, dst);
				failures++;
			} else {
				dma_unmap_ranges(m->dev, dst, DMA_BIDIRECTIONAL,
						 0);
			}
			KUNIT_ASSERT_EQ(test, mapped_bytes(m), 0);
			if (little)
				check_space(test, __LINE__, m);
			if (!failed)
				break;
		}
	}
	/* Only an alias needs no memory. */
	KUNIT_EXPECT_GT(test, failures, 0);

	/* The same for a reservation. */
	for (nth = 1; mode->params.flags & COUNT; nth++) {
		KUNIT_ASSERT_LT(test, nth, 100);
		fail_slab(nth);
		err = dma_range_list_reserve(m->dev, dst, SZ_1M,
					     GFP_NOWAIT | __GFP_NOWARN);
		failed = !fail_slab_pending();
		fail_slab(0);
		if (err) {
			KUNIT_ASSERT_EQ(test, err, -ENOSPC);
			KUNIT_ASSERT_TRUE(test, failed);
			check_empty(test, __LINE__, dst);
		}
		dma_range_list_unreserve(m->dev, dst);
		if (little)
			check_space(test, __LINE__, m);
		if (!failed)
			break;
	}
	test_mock_done(test, m);
}

/* Each range that is linked fails once; what was linked before stays. */
static void fail_link_test(struct kunit *test)
{
	const struct mode *mode = test->param_value;
	struct mock *m = test_mock(test, &mode->params);
	struct phys_range_list *src = test_list(test);
	struct dma_range_list *dst = test_dma_list(test, m);
	phys_addr_t blocks[RANDOM_BLOCKS];
	struct link_model *model;
	struct phys_range range;
	const unsigned int nr = 200;
	unsigned int nth, i = 0;
	struct rnd_state rnd;

	test_seed(test, &rnd);
	test_random_blocks(test, blocks);
	add_lone_pages(test, src, blocks, &rnd);
	model = kunit_kzalloc(test, sizeof(*model), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, model);
	KUNIT_ASSERT_EQ(test, 0,
			dma_range_list_reserve(m->dev, dst,
					       LINK_PAGES * PAGE_SIZE,
					       GFP_KERNEL));
	/* A page before and a page behind. */
	KUNIT_ASSERT_EQ(test, 0,
			dma_range_list_link_phys(m->dev, dst, 0, blocks[0],
						 PAGE_SIZE, DMA_BIDIRECTIONAL,
						 0));
	KUNIT_ASSERT_EQ(test, 0,
			dma_range_list_link_phys(m->dev, dst,
						 (nr + 1) * PAGE_SIZE, blocks[1],
						 PAGE_SIZE, DMA_BIDIRECTIONAL,
						 0));
	model->phys[0] = blocks[0];
	model->phys[nr + 1] = blocks[1];
	for (nth = 1; nth <= nr; nth++) {
		KUNIT_ASSERT_EQ(test, 0, range_list_mock_fail_map(m->dev, nth));
		KUNIT_ASSERT_EQ(test, -ENOMEM,
				dma_range_list_link(m->dev, dst, PAGE_SIZE, src,
						    0, nr * PAGE_SIZE,
						    DMA_BIDIRECTIONAL, 0,
						    GFP_KERNEL));
		KUNIT_ASSERT_GE(test, dma_range_list_failed(dst), PAGE_SIZE);
		KUNIT_ASSERT_LE(test, dma_range_list_failed(dst),
				nth * PAGE_SIZE);
		check_linked(test, m, model, dst);
	}
	KUNIT_ASSERT_EQ(test, 0, range_list_mock_fail_map(m->dev, 0));
	KUNIT_ASSERT_EQ(test, 0,
			dma_range_list_link(m->dev, dst, PAGE_SIZE, src, 0,
					    nr * PAGE_SIZE, DMA_BIDIRECTIONAL, 0,
					    GFP_KERNEL));
	phys_range_list_for_each_slice(src, 0, nr * PAGE_SIZE, range)
		model->phys[++i] = range.addr;
	check_linked(test, m, model, dst);
	KUNIT_EXPECT_EQ(test, 0,
			dma_range_list_unlink(m->dev, dst, 0,
					      (nr + 2) * PAGE_SIZE,
					      DMA_BIDIRECTIONAL, 0));
	dma_range_list_unreserve(m->dev, dst);
	test_mock_done(test, m);
}

/* The same for what has gaps and attributes of all kinds. */
static void fail_layout_test(struct kunit *test)
{
	static const u32 flags[] = {
		0, PHYS_RANGE_MMIO, PHYS_RANGE_NO_CPU_ACCESS,
		PHYS_RANGE_CC_SHARED,
	};
	const struct mode *mode = test->param_value;
	const bool little = mode->params.dma_mask;
	struct mock *m = test_mock(test, &mode->params);
	struct phys_range_list *src = test_list(test);
	struct dma_range_list *dst = test_dma_list(test, m);
	phys_addr_t blocks[RANDOM_BLOCKS];
	struct rnd_state rnd;
	unsigned int round, nth;
	int err;

	test_seed(test, &rnd);
	test_random_blocks(test, blocks);
	for (round = 0; round < 6; round++) {
		phys_range_list_destroy(src);
		add_any(test, src, blocks, &rnd, 40, 2 * PAGE_SIZE,
			round & 1 ? PAGE_SIZE : 64, flags, ARRAY_SIZE(flags));
		for (nth = 1; ; nth++) {
			KUNIT_ASSERT_LT(test, nth, 1000);
			KUNIT_ASSERT_EQ(test, 0,
					range_list_mock_fail_map(m->dev, nth));
			err = dma_map_phys_ranges(m->dev, dst, src,
						  DMA_BIDIRECTIONAL, 0,
						  GFP_KERNEL);
			if (!err)
				break;
			KUNIT_ASSERT_EQ(test, err, -ENOMEM);
			KUNIT_ASSERT_LT(test, dma_range_list_failed(dst),
					phys_range_list_bytes(src));
			check_empty(test, __LINE__, dst);
			KUNIT_ASSERT_EQ(test, mapped_bytes(m), 0);
			if (little)
				check_space(test, __LINE__, m);
		}
		KUNIT_EXPECT_GT(test, nth, 10);
		KUNIT_ASSERT_EQ(test, 0, range_list_mock_fail_map(m->dev, 0));
		check_mapped(test, __LINE__, m, src, dst);
		dma_unmap_ranges(m->dev, dst, DMA_BIDIRECTIONAL, 0);
	}
	test_mock_done(test, m);
}

/*
 * Memory of dma_alloc_attrs()
 */

static const struct mode coherent_modes[] = {
	{ "strict", { .flags = COUNT } },
	{ "small pages", { .flags = COUNT, .pgsize_bitmap = PAGE_SIZE } },
	{ "noncoherent", { .flags = NONCOHERENT | COUNT } },
	{ "identity", { .flags = IDENTITY } },
	{ "direct", { .flags = DIRECT } },
	{ "direct, elsewhere", { .flags = DIRECT, .dma_offset = SZ_1T } },
};

KUNIT_ARRAY_PARAM_DESC(coherent_modes, coherent_modes, name);

/* One allocation: what dma_get_sgtable() says, what the CPU and the device see. */
static void check_coherent(struct kunit *test, struct mock *m, size_t size,
			   gfp_t gfp, unsigned long attrs)
{
	const u32 flags = m->params.flags & NONCOHERENT ?
			  PHYS_RANGE_NO_CPU_ACCESS : 0;
	struct phys_range_list *list = test_list(test);
	struct dma_range_list *dst = test_dma_list(test, m);
	const u64 bytes = PAGE_ALIGN(size);
	u64 pos;
	struct sg_page_iter iter;
	struct phys_range range;
	struct sg_table sgt;
	dma_addr_t dma;
	u8 *cpu;

	cpu = dma_alloc_attrs(m->dev, size, &dma, gfp, attrs);
	KUNIT_ASSERT_NOT_NULL(test, cpu);
	for (pos = 0; pos < size; pos++)
		cpu[pos] = pos ^ pos >> PAGE_SHIFT;

	/* It goes behind what is there. */
	KUNIT_ASSERT_EQ(test, 0, add(list, 0, PAGE_SIZE, 0));
	KUNIT_ASSERT_EQ(test, 0, dma_get_phys_ranges(m->dev, list, cpu, dma,
						     size, attrs));
	KUNIT_EXPECT_EQ(test, 0, range_list_validate(&list->rl));
	KUNIT_ASSERT_EQ(test, phys_range_list_bytes(list), PAGE_SIZE + bytes);

	/* The table has parts of pages of what is not contiguous. */
	KUNIT_ASSERT_EQ(test, 0, dma_get_sgtable_attrs(m->dev, &sgt, cpu, dma,
						       PAGE_ALIGN(size), attrs));
	pos = PAGE_SIZE;
	for_each_sgtable_page(&sgt, &iter, 0) {
		phys_range_list_for_each_slice(list, pos, PAGE_SIZE, range) {
			KUNIT_EXPECT_EQ(test, range.addr,
					page_to_phys(sg_page_iter_page(&iter)));
			KUNIT_EXPECT_EQ(test, range.len, PAGE_SIZE);
			KUNIT_EXPECT_EQ(test, range.flags, flags);
			KUNIT_EXPECT_EQ(test, device_phys(m, dma + pos - PAGE_SIZE),
					range.addr);
		}
		pos += PAGE_SIZE;
	}
	KUNIT_EXPECT_EQ(test, pos, PAGE_SIZE + bytes);
	sg_free_table(&sgt);

	for (pos = 0; pos < size; pos += PAGE_SIZE)
		phys_range_list_for_each_slice(list, PAGE_SIZE + pos, PAGE_SIZE,
					       range)
			KUNIT_EXPECT_MEMEQ(test, phys_to_virt(range.addr),
					   cpu + pos,
					   min(PAGE_SIZE, size - pos));

	/* The device can be told of it once more, as another one would be. */
	phys_range_list_destroy(list);
	KUNIT_ASSERT_EQ(test, 0, dma_get_phys_ranges(m->dev, list, cpu, dma,
						     size, attrs));
	KUNIT_ASSERT_EQ(test, 0, dma_map_phys_ranges(m->dev, dst, list,
						     DMA_BIDIRECTIONAL, 0,
						     GFP_KERNEL));
	check_mapped(test, __LINE__, m, list, dst);
	dma_unmap_ranges(m->dev, dst, DMA_BIDIRECTIONAL, 0);
	dma_free_attrs(m->dev, size, cpu, dma, attrs);
}

static void coherent_test(struct kunit *test)
{
	static const size_t sizes[] = {
		1, PAGE_SIZE, PAGE_SIZE + 1, 7 * PAGE_SIZE, SZ_256K - 100, SZ_2M,
	};
	const struct mode *mode = test->param_value;
	struct mock *m = test_mock(test, &mode->params);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		check_coherent(test, m, sizes[i], GFP_KERNEL, 0);
		check_coherent(test, m, sizes[i], GFP_KERNEL,
			       DMA_ATTR_FORCE_CONTIGUOUS);
	}
	check_coherent(test, m, 3 * PAGE_SIZE, GFP_ATOMIC, 0);
	test_mock_done(test, m);
}

static void coherent_errors_test(struct kunit *test)
{
	const struct range_list_mock_params params = { .flags = COUNT };
	struct phys_range_list *list = test_list(test);
	struct mock *m = test_mock(test, &params);
	dma_addr_t dma;
	void *cpu;

	cpu = dma_alloc_attrs(m->dev, PAGE_SIZE, &dma, GFP_KERNEL, 0);
	KUNIT_ASSERT_NOT_NULL(test, cpu);
	KUNIT_ASSERT_EQ(test, 0, add(list, 0, PAGE_SIZE, 0));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			dma_get_phys_ranges(m->dev, list, cpu, dma, 0, 0));
	KUNIT_EXPECT_EQ(test, -EOVERFLOW,
			dma_get_phys_ranges(m->dev, list, cpu, dma, SIZE_MAX, 0));
	KUNIT_EXPECT_EQ(test, phys_range_list_bytes(list), PAGE_SIZE);
	dma_free_attrs(m->dev, PAGE_SIZE, cpu, dma, 0);
	test_mock_done(test, m);
}

static struct kunit_case dma_map_cases[] = {
	KUNIT_CASE_PARAM(layout_test, layout_modes_gen_params),
	KUNIT_CASE_PARAM(alias_test, alias_modes_gen_params),
	KUNIT_CASE(alias_show_test),
	KUNIT_CASE(no_alias_test),
	KUNIT_CASE(bounce_test),
	KUNIT_CASE_PARAM(p2p_test, p2p_modes_gen_params),
	KUNIT_CASE_PARAM(p2p_refused_test, p2p_modes_gen_params),
	KUNIT_CASE(p2p_change_test),
	KUNIT_CASE(p2p_link_test),
	KUNIT_CASE_PARAM(sync_test, sync_modes_gen_params),
	KUNIT_CASE_PARAM(sync_data_test, sync_modes_gen_params),
	KUNIT_CASE_PARAM(sync_errors_test, sync_modes_gen_params),
	KUNIT_CASE_PARAM(link_test, link_modes_gen_params),
	KUNIT_CASE_PARAM(link_threads_test, link_modes_gen_params),
	KUNIT_CASE(table_test),
	KUNIT_CASE(reserve_errors_test),
	KUNIT_CASE(link_errors_test),
	KUNIT_CASE_PARAM(nr_segments_test, segment_modes_gen_params),
	KUNIT_CASE_PARAM(nr_segments_any_test, segment_modes_gen_params),
	KUNIT_CASE_PARAM(fail_alloc_test, fail_modes_gen_params),
	KUNIT_CASE_PARAM(fail_link_test, link_modes_gen_params),
	KUNIT_CASE_PARAM(fail_layout_test, layout_modes_gen_params),
	KUNIT_CASE_PARAM(coherent_test, coherent_modes_gen_params),
	KUNIT_CASE(coherent_errors_test),
	{}
};

static struct kunit_suite dma_map_suite = {
	.name = "dma_map",
	.suite_init = watch_init,
	.suite_exit = watch_exit,
	.test_cases = dma_map_cases,
};

kunit_test_suites(&dma_map_suite);

MODULE_DESCRIPTION("KUnit tests of mapping physical range lists");
MODULE_LICENSE("GPL");
