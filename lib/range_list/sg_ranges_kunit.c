// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit test of scatterlists that are mapped as ranges.
 */
#include <linux/scatterlist.h>
#include <linux/sg_ranges.h>

#include "dma_kunit.h"

#define MAX_ENTRIES	100
#define BLOCK_ORDER	6

static const struct mode sg_modes[] = {
	{ "strict", { .flags = COUNT } },
	{ "lazy", { .flags = LAZY | COUNT } },
	{ "noncoherent", { .flags = NONCOHERENT | COUNT } },
	{ "direct", { .flags = DIRECT } },
	{ "offset", { .flags = DIRECT, .dma_offset = SZ_8G } },
	{ "bounce", { .flags = DIRECT | BOUNCE } },
};

KUNIT_ARRAY_PARAM_DESC(sg_modes, sg_modes, name);

struct sg_test {
	struct mock *m;
	struct sg_ranges ranges;
	struct scatterlist sg[MAX_ENTRIES];
	u8 *block;
};

static struct sg_test *sg_test_init(struct kunit *test,
				    const struct range_list_mock_params *params)
{
	struct sg_test *t = kunit_kmalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	memset(t, POISON, sizeof(*t));
	t->block = phys_to_virt(test_memory(test, BLOCK_ORDER));
	t->m = test_mock(test, params);
	return t;
}

static int sg_map(struct sg_test *t, int nents)
{
	return dma_map_sg_ranges(t->m->dev, &t->ranges, t->sg, nents,
				 DMA_BIDIRECTIONAL, GFP_KERNEL);
}

static void sg_unmap(struct sg_test *t)
{
	dma_unmap_sg_ranges(t->m->dev, &t->ranges, DMA_BIDIRECTIONAL);
}

/* Neighbours, entries within a page and across pages, and empty ones. */
static void sg_fill(struct sg_test *t, unsigned int nents, struct rnd_state *rnd)
{
	const size_t size = PAGE_SIZE << BLOCK_ORDER, most = size / nents;
	size_t pos = 0;
	unsigned int i;

	prandom_bytes_state(rnd, t->block, size);
	sg_init_table(t->sg, nents);
	for (i = 0; i < nents; i++) {
		size_t len = prandom_u32_state(rnd) % (most / 2) + 1;

		/* Pages that follow each other could become one range. */
		if (prandom_u32_state(rnd) & 1 && most >= PAGE_SIZE * 2) {
			pos = PAGE_ALIGN(pos);
			len = PAGE_SIZE;
		}
		sg_set_buf(&t->sg[i], t->block + pos, len);
		pos += len;
		if (nents > 1 && !(prandom_u32_state(rnd) % 8))
			t->sg[i].length = 0;
	}
}

/* The device reads what is there, entry by entry. */
static void sg_check(struct kunit *test, struct sg_test *t, unsigned int nents)
{
	struct dma_range range, first = sg_ranges_first(&t->ranges);
	const struct dma_range_list *dma = sg_ranges_dma(&t->ranges);
	unsigned int i = 0, nr = 0;
	u64 bytes = 0;
	u8 *buf;

	buf = kunit_kmalloc(test, PAGE_SIZE << BLOCK_ORDER, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, buf);
	sg_ranges_for_each(&t->ranges, range) {
		while (i < nents && !t->sg[i].length)
			i++;
		KUNIT_ASSERT_LT(test, i, nents);
		KUNIT_ASSERT_EQ(test, range.len, t->sg[i].length);
		device_access(test, t->m, range.addr, buf, range.len, false);
		KUNIT_ASSERT_MEMEQ(test, buf, sg_virt(&t->sg[i]), range.len);
		bytes += range.len;
		if (!nr++) {
			KUNIT_EXPECT_EQ(test, first.addr, range.addr);
			KUNIT_EXPECT_EQ(test, first.len, range.len);
		}
		i++;
	}
	while (i < nents && !t->sg[i].length)
		i++;
	KUNIT_EXPECT_EQ(test, i, nents);
	KUNIT_EXPECT_EQ(test, nr, sg_ranges_nr(&t->ranges));
	KUNIT_EXPECT_LE(test, dma_range_list_nr(dma), nr);
	KUNIT_EXPECT_EQ(test, dma_range_list_bytes(dma), bytes);
	kunit_kfree(test, buf);
}

static void sg_map_test(struct kunit *test)
{
	const struct mode *mode = test->param_value;
	struct sg_test *t = sg_test_init(test, &mode->params);
	struct rnd_state rnd;
	unsigned int round, nents;
	int err;

	prandom_seed_state(&rnd, 1);
	for (round = 0; round < 100; round++) {
		nents = prandom_u32_state(&rnd) % (round % 2 ? MAX_ENTRIES : 8) + 1;
		sg_fill(t, nents, &rnd);
		err = sg_map(t, nents);
		if (err) {
			unsigned int i;

			KUNIT_ASSERT_EQ(test, err, -EINVAL);
			for (i = 0; i < nents; i++)
				KUNIT_EXPECT_EQ(test, t->sg[i].length, 0);
			continue;
		}
		sg_check(test, t, nents);
		sg_unmap(t);
		KUNIT_EXPECT_EQ(test, sg_ranges_nr(&t->ranges), 0);
		if (test->status == KUNIT_FAILURE)
			return;
	}
	test_mock_done(test, t->m);
}

/* One by one, with places that do not know of each other. */
static void sg_state_test(struct kunit *test)
{
	const struct mode *mode = test->param_value;
	struct sg_test *t = sg_test_init(test, &mode->params);
	struct sg_ranges_state state, copy;
	struct dma_range range, again;
	struct rnd_state rnd;
	unsigned int nr = 0;

	prandom_seed_state(&rnd, 3);
	sg_fill(t, MAX_ENTRIES, &rnd);
	KUNIT_ASSERT_EQ(test, 0, sg_map(t, MAX_ENTRIES));
	state = sg_ranges_state_first(&t->ranges);
	sg_ranges_for_each(&t->ranges, range) {
		copy = state;
		KUNIT_ASSERT_TRUE(test, sg_ranges_next(&state, &again));
		KUNIT_EXPECT_EQ(test, again.addr, range.addr);
		KUNIT_EXPECT_EQ(test, again.len, range.len);
		/* A driver may take it in parts. */
		again.addr += again.len;
		again.len = 0;
		KUNIT_ASSERT_TRUE(test, sg_ranges_next(&copy, &again));
		KUNIT_EXPECT_EQ(test, again.addr, range.addr);
		KUNIT_EXPECT_EQ(test, again.len, range.len);
		nr++;
	}
	KUNIT_EXPECT_EQ(test, nr, sg_ranges_nr(&t->ranges));
	again = range;
	KUNIT_EXPECT_FALSE(test, sg_ranges_next(&state, &again));
	KUNIT_EXPECT_FALSE(test, sg_ranges_next(&state, &again));
	KUNIT_EXPECT_EQ(test, again.addr, range.addr);
	KUNIT_EXPECT_EQ(test, again.len, range.len);
	sg_unmap(t);
	state = sg_ranges_state_first(&t->ranges);
	KUNIT_EXPECT_FALSE(test, sg_ranges_next(&state, &again));
	test_mock_done(test, t->m);
}

static void sg_nothing_test(struct kunit *test)
{
	const struct mode *mode = test->param_value;
	struct sg_test *t = sg_test_init(test, &mode->params);
	struct sg_ranges_state state;
	struct dma_range range;

	sg_init_one(t->sg, t->block, PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, -EINVAL, sg_map(t, 0));
	/* Drivers pass on what sg_nents_for_len() returns. */
	KUNIT_EXPECT_EQ(test, -EINVAL, sg_map(t, -EINVAL));
	KUNIT_EXPECT_EQ(test, -EINVAL, sg_map(t, 2));
	t->sg[0].length = 0;
	KUNIT_EXPECT_EQ(test, -EINVAL, sg_map(t, 1));
	KUNIT_EXPECT_EQ(test, sg_ranges_nr(&t->ranges), 0);
	KUNIT_EXPECT_EQ(test, sg_ranges_first(&t->ranges).len, 0);
	/* As a driver does that cleans up after a failure. */
	sg_unmap(t);
	/* A request of nothing, in memory that had something else. */
	memset(&t->ranges, POISON, sizeof(t->ranges));
	sg_ranges_init(&t->ranges);
	state = sg_ranges_state_first(&t->ranges);
	KUNIT_EXPECT_FALSE(test, sg_ranges_next(&state, &range));
	sg_unmap(t);
	/* And one whose memory of a request was never used to map anything. */
	memset(&t->ranges, 0, sizeof(t->ranges));
	sg_unmap(t);
	KUNIT_EXPECT_EQ(test, sg_ranges_nr(&t->ranges), 0);
	test_mock_done(test, t->m);
}

/* What would have to be bounced in parts is no longer one range. */
static void sg_bounce_test(struct kunit *test)
{
	const struct range_list_mock_params params = { .flags = DIRECT | BOUNCE };
	struct sg_test *t = sg_test_init(test, &params);
	const size_t most = dma_max_mapping_size(t->m->dev);
	phys_addr_t block = test_memory(test, get_order(most + PAGE_SIZE));

	sg_init_table(t->sg, 2);
	sg_set_buf(&t->sg[0], t->block, PAGE_SIZE);
	sg_set_buf(&t->sg[1], phys_to_virt(block), most + PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, -EIO, sg_map(t, 2));
	KUNIT_EXPECT_EQ(test, sg_ranges_nr(&t->ranges), 0);
	sg_unmap(t);
	test_mock_done(test, t->m);
}

static void sg_fail_test(struct kunit *test)
{
	const struct mode *mode = test->param_value;
	struct sg_test *t = sg_test_init(test, &mode->params);
	unsigned int nth, failures = 0;
	struct rnd_state rnd;
	bool failed;
	int err;

	if (!CAN_FAIL_SLAB)
		kunit_skip(test, "needs CONFIG_FAILSLAB");
	prandom_seed_state(&rnd, 2);
	sg_fill(t, MAX_ENTRIES, &rnd);
	for (nth = 1; ; nth++) {
		KUNIT_ASSERT_LT(test, nth, 1000);
		fail_slab(nth);
		err = dma_map_sg_ranges(t->m->dev, &t->ranges, t->sg, MAX_ENTRIES,
					DMA_BIDIRECTIONAL,
					GFP_NOWAIT | __GFP_NOWARN);
		failed = !fail_slab_pending();
		fail_slab(0);
		if (err) {
			KUNIT_ASSERT_TRUE_MSG(test, failed, "error %d", err);
			KUNIT_EXPECT_EQ(test, sg_ranges_nr(&t->ranges), 0);
			failures++;
		} else {
			sg_check(test, t, MAX_ENTRIES);
		}
		sg_unmap(t);
		KUNIT_EXPECT_EQ(test, mapped_bytes(t->m), 0);
		if (!failed)
			break;
	}
	KUNIT_EXPECT_GT(test, failures, 0);
	test_mock_done(test, t->m);
}

static struct kunit_case sg_ranges_cases[] = {
	KUNIT_CASE_PARAM(sg_map_test, sg_modes_gen_params),
	KUNIT_CASE_PARAM(sg_state_test, sg_modes_gen_params),
	KUNIT_CASE_PARAM(sg_nothing_test, sg_modes_gen_params),
	KUNIT_CASE(sg_bounce_test),
	KUNIT_CASE_PARAM(sg_fail_test, sg_modes_gen_params),
	{}
};

static struct kunit_suite sg_ranges_suite = {
	.name = "sg_ranges",
	.suite_init = watch_init,
	.suite_exit = watch_exit,
	.test_cases = sg_ranges_cases,
};

kunit_test_suites(&sg_ranges_suite);

MODULE_DESCRIPTION("KUnit tests of scatterlists that are mapped as ranges");
MODULE_LICENSE("GPL");
