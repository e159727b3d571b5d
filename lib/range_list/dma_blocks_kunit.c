// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of blocks: that a DMA range list, and a struct ib_umem that has it,
 * are divided into those that make up the memory.
 */
#include <kunit/test.h>
#include <linux/bitops.h>
#include <linux/dma_range.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/prandom.h>
#include <linux/random.h>
#include <linux/sizes.h>
#include <rdma/ib_umem.h>
#include <rdma/iter.h>

#define MAX_ENTRIES	16
#define CASES		100000

static u64 random64(struct rnd_state *rnd)
{
	u64 high = prandom_u32_state(rnd);

	return high << 32 | prandom_u32_state(rnd);
}

/* Stretches of memory that do not continue each other. */
struct stretches {
	unsigned int nr;
	struct {
		u64 addr, len;
	} of[MAX_ENTRIES];
};

static void add_stretch(struct stretches *s, u64 addr, u64 len)
{
	if (s->nr && s->of[s->nr - 1].addr + s->of[s->nr - 1].len == addr) {
		s->of[s->nr - 1].len += len;
		return;
	}
	s->of[s->nr].addr = addr;
	s->of[s->nr++].len = len;
}

/* Whole pages, some of them contiguous, and more or less aligned. Returns the bytes. */
static u64 fill_list(struct kunit *test, struct dma_range_list *list,
		     struct rnd_state *rnd)
{
	const unsigned int nr = 1 + prandom_u32_state(rnd) % MAX_ENTRIES;
	const unsigned int align = prandom_u32_state(rnd) % 12;
	const unsigned int most = prandom_u32_state(rnd) % 10;
	const u64 high = random64(rnd) & DMA_BIT_MASK(52);
	struct dma_range range;
	u64 end = high, bytes = 0;
	unsigned int i, pages;

	for (i = 0; i < nr; i++) {
		if (!i || !(prandom_u32_state(rnd) % 3))
			end = high ^ prandom_u32_state(rnd);
		end &= ~((PAGE_SIZE << align) - 1);
		pages = 1 + prandom_u32_state(rnd) % BIT(most);
		if (prandom_u32_state(rnd) % 8)
			pages = round_up(pages, BIT(align));
		range.addr = end;
		range.len = pages * PAGE_SIZE;
		range.flags = prandom_u32_state(rnd) & 1 ? DMA_RANGE_NO_MERGE : 0;
		KUNIT_ASSERT_EQ(test, 0, dma_range_list_append(list, &range,
							       GFP_KERNEL));
		end += range.len;
		bytes += range.len;
	}
	return bytes;
}

/* A part of the list, as a list of its own and as stretches. */
static void cut(struct kunit *test, struct dma_range_list *list, u64 pos, u64 len,
		struct dma_range_list *part, struct stretches *s)
{
	struct dma_range range;

	s->nr = 0;
	dma_range_for_each_slice(list, pos, len, range) {
		add_stretch(s, range.addr, range.len);
		range.flags = 0;
		KUNIT_ASSERT_EQ(test, 0, dma_range_list_append(part, &range,
							       GFP_KERNEL));
	}
}

/*
 * Whether blocks of @size, by which the memory is known at @virt, are at addresses
 * that differ from these by whole blocks, and where it does not go on, one begins.
 */
static bool size_fits(const struct stretches *s, u64 size, u64 virt)
{
	unsigned int i;

	for (i = 0; i < s->nr; i++) {
		if ((s->of[i].addr ^ virt) & (size - 1) ||
		    (i && virt & (size - 1)))
			return false;
		virt += s->of[i].len;
	}
	return true;
}

/* The largest size that fits, and none that is larger than one which has it all. */
static u64 best_size(const struct stretches *s, u64 len, u64 sizes, u64 virt)
{
	u64 best = 0, last;
	unsigned int bit;

	if (check_add_overflow(virt, len - 1, &last))
		return 0;
	for (bit = 0; bit < 64; bit++) {
		if (!(sizes & BIT_ULL(bit)))
			continue;
		if (!size_fits(s, BIT_ULL(bit), virt))
			break;
		best = BIT_ULL(bit);
		if (bit >= bits_per(virt ^ last))
			break;
	}
	return best;
}

/* Returns how many there are. */
static u64 compare_blocks(struct kunit *test, const struct stretches *s,
			  struct dma_range_list *part, struct ib_umem *umem,
			  u64 size)
{
	struct dma_range_pieces pieces = dma_range_pieces_first(part, size,
								size - 1);
	struct ib_block_iter biter;
	struct dma_range block;
	unsigned int i;
	u64 addr, n = 0;

	__rdma_umem_block_iter_start(&biter, umem, size);
	for (i = 0; i < s->nr; i++) {
		for (addr = ALIGN_DOWN(s->of[i].addr, size);
		     addr < s->of[i].addr + s->of[i].len; addr += size, n++) {
			KUNIT_ASSERT_TRUE(test, dma_range_pieces_next(&pieces,
								      &block));
			KUNIT_ASSERT_EQ(test, addr, block.addr & ~(size - 1));
			KUNIT_ASSERT_TRUE(test, __rdma_umem_block_iter_next(&biter));
			KUNIT_ASSERT_EQ(test, addr,
					rdma_block_iter_dma_address(&biter));
		}
	}
	KUNIT_ASSERT_FALSE(test, dma_range_pieces_next(&pieces, &block));
	KUNIT_ASSERT_FALSE(test, __rdma_umem_block_iter_next(&biter));
	return n;
}

/* Of user memory a umem begins in the first page, of a dma-buf anywhere. */
static void compare(struct kunit *test, bool is_dmabuf)
{
	unsigned int round, found = 0, several = 0;
	struct stretches s;
	u64 seed = get_random_u64(), bytes, pos, size, bitmap, virt;
	DEFINE_DMA_RANGE_LIST(part);
	struct rnd_state rnd;
	struct ib_umem *umem;

	kunit_info(test, "seed %#llx\n", seed);
	prandom_seed_state(&rnd, seed);
	umem = kunit_kzalloc(test, sizeof(*umem), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, umem);
	umem->is_dmabuf = is_dmabuf;
	dma_range_list_init(&umem->ranges);
	for (round = 0; round < CASES && test->status != KUNIT_FAILURE; round++) {
		bytes = fill_list(test, &umem->ranges, &rnd);
		pos = random64(&rnd) % (is_dmabuf ? bytes : PAGE_SIZE);
		if (prandom_u32_state(&rnd) & 1)
			pos &= PAGE_MASK;
		umem->length = bytes - pos;
		if (prandom_u32_state(&rnd) & 1)
			umem->length -= random64(&rnd) % umem->length;
		umem->address = pos;
		if (!is_dmabuf)
			umem->address += prandom_u32_state(&rnd) * PAGE_SIZE;
		cut(test, &umem->ranges, pos, umem->length, &part, &s);
		/* Anything, or in step with the first byte. */
		virt = random64(&rnd) >> prandom_u32_state(&rnd) % 64;
		if (prandom_u32_state(&rnd) % 8)
			virt = (virt & ~(SZ_2M - 1ULL)) +
			       (s.of[0].addr & (SZ_2M - 1));
		bitmap = prandom_u32_state(&rnd) & 1 ? GENMASK_ULL(31, 12) :
			 random64(&rnd);

		size = best_size(&s, umem->length, bitmap, virt);
		KUNIT_ASSERT_EQ_MSG(test, size,
				    dma_range_best_block_size(&part, bitmap, virt),
				    "round %u, %#lx bytes at %#llx, sizes %#llx, at %#llx",
				    round, umem->length, pos, bitmap, virt);
		KUNIT_ASSERT_EQ(test, size,
				ib_umem_find_best_pgsz(umem, bitmap, virt));
		if (size && umem->length / size < SZ_64K) {
			const u64 n = compare_blocks(test, &s, &part, umem, size);

			KUNIT_ASSERT_EQ(test, n, dma_range_nr_blocks(&part, size));
			KUNIT_ASSERT_EQ(test, n, ib_umem_num_dma_blocks(umem, size));
			found++;
			several += n > 1;
		}
		dma_range_list_destroy(&part);
		dma_range_list_destroy(&umem->ranges);
	}
	/* It was not about nothing. */
	KUNIT_EXPECT_GT(test, found, CASES / 4);
	KUNIT_EXPECT_GT(test, several, CASES / 4);
}

static void umem_test(struct kunit *test)
{
	compare(test, false);
}

static void umem_dmabuf_test(struct kunit *test)
{
	compare(test, true);
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
