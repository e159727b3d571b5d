// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of blocks: that a DMA range list has the same ones as a struct
 * ib_umem of the same memory.
 */
#include <kunit/test.h>
#include <linux/dma_range.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/prandom.h>
#include <linux/random.h>
#include <linux/scatterlist.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <rdma/ib_umem.h>
#include <rdma/iter.h>

#define MAX_ENTRIES	16
#define CASES		100000

static u64 random64(struct rnd_state *rnd)
{
	u64 high = prandom_u32_state(rnd);

	return high << 32 | prandom_u32_state(rnd);
}

/* Whole pages, some of them contiguous, and more or less aligned. */
static unsigned int fill_sgt(struct sg_table *sgt, struct rnd_state *rnd)
{
	const unsigned int nr = 1 + prandom_u32_state(rnd) % MAX_ENTRIES;
	const unsigned int align = prandom_u32_state(rnd) % 12;
	const unsigned int most = prandom_u32_state(rnd) % 10;
	const u64 high = random64(rnd) & DMA_BIT_MASK(52);
	struct scatterlist *sg;
	unsigned int i, pages;
	u64 end = high;

	sgt->nents = nr;
	for_each_sgtable_dma_sg(sgt, sg, i) {
		if (!i || !(prandom_u32_state(rnd) % 3))
			end = high ^ prandom_u32_state(rnd);
		end &= ~((PAGE_SIZE << align) - 1);
		pages = 1 + prandom_u32_state(rnd) % BIT(most);
		if (prandom_u32_state(rnd) % 8)
			pages = round_up(pages, BIT(align));
		sg_dma_address(sg) = end;
		sg_dma_len(sg) = pages * PAGE_SIZE;
		end += sg_dma_len(sg);
	}
	return nr;
}

/* The buffer begins within the first page, and ends within the last entry. */
static void fill_list(struct kunit *test, struct dma_range_list *list,
		      struct ib_umem *umem)
{
	u64 skip = offset_in_page(umem->address), left = umem->length;
	struct dma_range range = {};
	struct scatterlist *sg;
	int i;

	for_each_sgtable_dma_sg(&umem->sgt_append.sgt, sg, i) {
		range.addr = sg_dma_address(sg) + skip;
		range.len = min(sg_dma_len(sg) - skip, left);
		skip = 0;
		left -= range.len;
		KUNIT_ASSERT_EQ(test, 0, dma_range_list_append(list, &range,
							       GFP_KERNEL));
	}
	KUNIT_ASSERT_EQ(test, left, 0);
}

/* Returns how many there are. */
static u64 compare_blocks(struct kunit *test, struct dma_range_list *list,
			  struct ib_umem *umem, u64 size)
{
	struct ib_block_iter biter;
	struct dma_range block;
	bool more;
	u64 n = 0;

	__rdma_umem_block_iter_start(&biter, umem, size);
	dma_range_for_each_block(list, size, block) {
		more = __rdma_umem_block_iter_next(&biter);
		KUNIT_ASSERT_TRUE(test, more);
		KUNIT_ASSERT_EQ(test, rdma_block_iter_dma_address(&biter),
				block.addr & ~(size - 1));
		n++;
	}
	more = __rdma_umem_block_iter_next(&biter);
	KUNIT_ASSERT_FALSE(test, more);
	return n;
}

static void umem_test(struct kunit *test)
{
	unsigned int round, nr, found = 0, several = 0;
	u64 seed = get_random_u64(), size, bitmap, last;
	DEFINE_DMA_RANGE_LIST(list);
	struct ib_umem *umem;
	struct rnd_state rnd;
	struct sg_table *sgt;

	kunit_info(test, "seed %#llx\n", seed);
	prandom_seed_state(&rnd, seed);
	umem = kunit_kzalloc(test, sizeof(*umem), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, umem);
	sgt = &umem->sgt_append.sgt;
	KUNIT_ASSERT_EQ(test, 0, sg_alloc_table(sgt, MAX_ENTRIES, GFP_KERNEL));
	for (round = 0; round < CASES && test->status != KUNIT_FAILURE; round++) {
		struct scatterlist *sg;
		u64 bytes = 0, virt;
		unsigned int i;

		nr = fill_sgt(sgt, &rnd);
		for_each_sgtable_dma_sg(sgt, sg, i) {
			bytes += sg_dma_len(sg);
			last = sg_dma_len(sg);
		}
		umem->address = prandom_u32_state(&rnd) & 1 ?
				prandom_u32_state(&rnd) % PAGE_SIZE : 0;
		umem->length = bytes - umem->address;
		if (prandom_u32_state(&rnd) & 1)
			umem->length -= prandom_u32_state(&rnd) %
					(min(last, bytes - umem->address));
		/* Anything, or in step with the first byte. */
		virt = random64(&rnd) >> prandom_u32_state(&rnd) % 64;
		if (prandom_u32_state(&rnd) % 8)
			virt = (virt & ~(SZ_2M - 1ULL)) +
			       ((sg_dma_address(sgt->sgl) + umem->address) &
				(SZ_2M - 1));
		bitmap = prandom_u32_state(&rnd) & 1 ? GENMASK_ULL(31, 12) :
			 random64(&rnd);
		fill_list(test, &list, umem);

		size = ib_umem_find_best_pgsz(umem, bitmap, virt);
		KUNIT_ASSERT_EQ_MSG(test, size,
				    dma_range_best_block_size(&list, bitmap, virt),
				    "round %u, %u entries, %#lx bytes, sizes %#llx, at %#llx",
				    round, nr, umem->length, bitmap, virt);
		/* Only these are blocks, to the original as well. */
		if (size && bytes / size < SZ_64K) {
			const u64 n = compare_blocks(test, &list, umem, size);

			KUNIT_ASSERT_EQ(test, n, dma_range_nr_blocks(&list, size));
			KUNIT_ASSERT_EQ(test, n,
					ib_umem_num_dma_blocks(umem, size));
			found++;
			several += n > 1;
		}
		dma_range_list_destroy(&list);
	}
	sg_free_table(sgt);
	/* It was not about nothing. */
	KUNIT_EXPECT_GT(test, found, CASES / 4);
	KUNIT_EXPECT_GT(test, several, CASES / 4);
}

/* What is between two positions, as entries. */
static void cut_sgt(struct sg_table *part, struct sg_table *sgt, u64 start,
		    u64 end)
{
	struct scatterlist *sg, *to = part->sgl;
	u64 pos = 0;
	int i;

	part->nents = 0;
	for_each_sgtable_dma_sg(sgt, sg, i) {
		const u64 next = pos + sg_dma_len(sg);
		const u64 from = max(pos, start), until = min(next, end);

		if (from < until) {
			sg_dma_address(to) = sg_dma_address(sg) + from - pos;
			sg_dma_len(to) = until - from;
			to = sg_next(to);
			part->nents++;
		}
		pos = next;
	}
}

/*
 * A part of a dma-buf, as the ranges of all of it and as entries that were cut.
 * Some of the ranges stay apart although they are contiguous.
 */
static void umem_dmabuf_test(struct kunit *test)
{
	unsigned int round, found = 0, several = 0;
	struct ib_block_iter biter, dmabuf_biter;
	struct ib_umem_dmabuf *umem_dmabuf;
	struct ib_umem *umem, *dmabuf;
	u64 seed = get_random_u64();
	struct rnd_state rnd;
	struct sg_table sgt;

	kunit_info(test, "seed %#llx\n", seed);
	prandom_seed_state(&rnd, seed);
	umem = kunit_kzalloc(test, sizeof(*umem), GFP_KERNEL);
	umem_dmabuf = kunit_kzalloc(test, sizeof(*umem_dmabuf), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, umem);
	KUNIT_ASSERT_NOT_NULL(test, umem_dmabuf);
	dmabuf = &umem_dmabuf->umem;
	dmabuf->is_dmabuf = 1;
	dma_range_list_init(&umem_dmabuf->ranges);
	KUNIT_ASSERT_EQ(test, 0, sg_alloc_table(&sgt, MAX_ENTRIES, GFP_KERNEL));
	KUNIT_ASSERT_EQ(test, 0, sg_alloc_table(&umem->sgt_append.sgt,
						MAX_ENTRIES, GFP_KERNEL));
	for (round = 0; round < CASES && test->status != KUNIT_FAILURE; round++) {
		u64 bytes = 0, virt, bitmap, size, n = 0;
		struct scatterlist *sg;
		int i;

		fill_sgt(&sgt, &rnd);
		for_each_sgtable_dma_sg(&sgt, sg, i) {
			const struct dma_range range = {
				.addr = sg_dma_address(sg),
				.len = sg_dma_len(sg),
				.flags = prandom_u32_state(&rnd) & 1 ?
					 DMA_RANGE_NO_MERGE : 0,
			};

			bytes += range.len;
			KUNIT_ASSERT_EQ(test, 0,
					dma_range_list_append(&umem_dmabuf->ranges,
							      &range, GFP_KERNEL));
		}
		umem->address = random64(&rnd) % bytes;
		if (prandom_u32_state(&rnd) & 1)
			umem->address &= PAGE_MASK;
		umem->length = 1 + random64(&rnd) % (bytes - umem->address);
		dmabuf->address = umem->address;
		dmabuf->length = umem->length;
		cut_sgt(&umem->sgt_append.sgt, &sgt,
			ALIGN_DOWN(umem->address, PAGE_SIZE),
			ALIGN(umem->address + umem->length, PAGE_SIZE));
		virt = random64(&rnd) >> prandom_u32_state(&rnd) % 64;
		if (prandom_u32_state(&rnd) % 8)
			virt = (virt & ~(SZ_2M - 1ULL)) +
			       (ib_umem_start_dma_addr(umem) & (SZ_2M - 1));
		bitmap = prandom_u32_state(&rnd) & 1 ? GENMASK_ULL(31, 12) :
			 random64(&rnd);

		size = ib_umem_find_best_pgsz(umem, bitmap, virt);
		KUNIT_ASSERT_EQ_MSG(test, size,
				    ib_umem_find_best_pgsz(dmabuf, bitmap, virt),
				    "round %u, %#lx bytes at %#lx, sizes %#llx, at %#llx",
				    round, umem->length, umem->address, bitmap,
				    virt);
		if (size && umem->length / size < SZ_64K) {
			__rdma_umem_block_iter_start(&dmabuf_biter, dmabuf, size);
			rdma_umem_for_each_dma_block(umem, &biter, size) {
				KUNIT_ASSERT_TRUE(test, __rdma_umem_block_iter_next(&dmabuf_biter));
				KUNIT_ASSERT_EQ(test,
						rdma_block_iter_dma_address(&biter),
						rdma_block_iter_dma_address(&dmabuf_biter));
				n++;
			}
			KUNIT_ASSERT_FALSE(test, __rdma_umem_block_iter_next(&dmabuf_biter));
			found++;
			several += n > 1;
		}
		dma_range_list_destroy(&umem_dmabuf->ranges);
	}
	sg_free_table(&umem->sgt_append.sgt);
	sg_free_table(&sgt);
	KUNIT_EXPECT_GT(test, found, CASES / 4);
	KUNIT_EXPECT_GT(test, several, CASES / 4);
}

static struct kunit_case dma_blocks_cases[] = {
	KUNIT_CASE(umem_test),
	KUNIT_CASE(umem_dmabuf_test),
	{}
};

static struct kunit_suite dma_blocks_suite = {
	.name = "dma_blocks",
	.test_cases = dma_blocks_cases,
};

kunit_test_suites(&dma_blocks_suite);

MODULE_DESCRIPTION("KUnit tests of the blocks of DMA range lists");
MODULE_LICENSE("GPL");
