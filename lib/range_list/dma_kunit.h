/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the KUnit tests of DMA range lists and of mapping have in common.
 *
 * Nothing but the device is fake, and its part is played by device_copy(): it
 * goes where the IOMMU, or dma-direct, would have led the device.
 */
#ifndef __RANGE_LIST_DMA_KUNIT_H
#define __RANGE_LIST_DMA_KUNIT_H

#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/dma-mapping.h>
#include <linux/dma_range.h>
#include <linux/iommu.h>
#include <linux/mm.h>
#include <linux/pci-p2pdma.h>
#include <linux/phys_range.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "fail_kunit.h"
#include "mock_iommu.h"

#define POISON		0xa5
#define DIRECT		RANGE_LIST_MOCK_DIRECT
#define IDENTITY	RANGE_LIST_MOCK_IDENTITY
#define LAZY		RANGE_LIST_MOCK_LAZY
#define NONCOHERENT	RANGE_LIST_MOCK_NONCOHERENT
#define BOUNCE		RANGE_LIST_MOCK_BOUNCE
#define UNTRUSTED	RANGE_LIST_MOCK_UNTRUSTED
#define COUNT		RANGE_LIST_MOCK_COUNT
#define MAP_PAGES	RANGE_LIST_MOCK_MAP_PAGES

struct mode {
	const char *name;
	struct range_list_mock_params params;
};

/*
 * Set-up
 */

/* A device without an IOMMU, to ask for the page tables of the system. */
static struct device *watch;

static inline int watch_init(struct kunit_suite *suite)
{
	const struct range_list_mock_params params = { .flags = DIRECT };

	watch = range_list_mock_device_create(&params);
	return PTR_ERR_OR_ZERO(watch);
}

static inline void watch_exit(struct kunit_suite *suite)
{
	range_list_mock_device_destroy(watch);
}

static inline long table_pages(void)
{
	struct range_list_mock_stats stats;

	range_list_mock_get_stats(watch, &stats);
	return stats.table_pages;
}

struct mock {
	struct device *dev;
	struct range_list_mock_params params;
	struct iommu_domain *domain;
	long table_pages;
};

static inline void device_action(void *dev)
{
	range_list_mock_device_destroy(dev);
}

static inline struct mock *test_mock(struct kunit *test,
				     const struct range_list_mock_params *params)
{
	struct mock *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, m);
	m->params = *params;
	m->table_pages = table_pages();
	m->dev = range_list_mock_device_create(params);
	if (PTR_ERR_OR_ZERO(m->dev) == -EOPNOTSUPP)
		kunit_skip(test, "no mock device with flags %#x in this configuration",
			   params->flags);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, m->dev);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, device_action,
							   m->dev));
	m->domain = iommu_get_domain_for_dev(m->dev);
	return m;
}

static inline s64 mapped_bytes(const struct mock *m)
{
	struct range_list_mock_stats stats;

	range_list_mock_get_stats(m->dev, &stats);
	return stats.mapped_bytes;
}

/* The end of each test with a device: nothing may be left behind. */
static inline void test_mock_done(struct kunit *test, struct mock *m)
{
	KUNIT_EXPECT_EQ(test, mapped_bytes(m), 0);
	kunit_release_action(test, device_action, m->dev);
	KUNIT_EXPECT_EQ(test, table_pages(), m->table_pages);
}

struct test_dma {
	struct dma_range_list list;
	struct device *dev;
};

static inline void dma_action(void *data)
{
	struct test_dma *dma = data;

	dma_unmap_ranges(dma->dev, &dma->list, dma->list.dir, 0);
	dma_range_list_destroy(&dma->list);
}

static inline struct dma_range_list *test_dma_list(struct kunit *test,
						   struct mock *m)
{
	struct test_dma *dma = kunit_kmalloc(test, sizeof(*dma), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, dma);
	memset(dma, POISON, sizeof(*dma));
	dma->dev = m ? m->dev : NULL;
	dma_range_list_init(&dma->list);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, dma_action, dma));
	return &dma->list;
}

static inline void list_action(void *list)
{
	phys_range_list_destroy(list);
}

static inline struct phys_range_list *test_list(struct kunit *test)
{
	struct phys_range_list *list = kunit_kmalloc(test, sizeof(*list),
						     GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, list);
	phys_range_list_init(list);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, list_action, list));
	return list;
}

struct test_block {
	struct page *page;
	unsigned int order;
};

static inline void block_action(void *data)
{
	struct test_block *block = data;

	__free_pages(block->page, block->order);
}

/* Physically contiguous memory. */
static inline phys_addr_t test_memory(struct kunit *test, unsigned int order)
{
	struct test_block *block = kunit_kmalloc(test, sizeof(*block),
						 GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, block);
	block->order = order;
	block->page = alloc_pages(GFP_KERNEL | __GFP_ZERO, order);
	KUNIT_ASSERT_NOT_NULL(test, block->page);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, block_action, block));
	return page_to_phys(block->page);
}

static inline int add(struct phys_range_list *list, phys_addr_t addr, u64 len,
		      u32 flags)
{
	struct phys_range range = { .addr = addr, .len = len, .flags = flags };

	return phys_range_list_append(list, &range, GFP_KERNEL);
}

static inline int add_dma(struct dma_range_list *list, dma_addr_t addr, u64 len,
			  u32 flags)
{
	struct dma_range range = { .addr = addr, .len = len, .flags = flags };

	return dma_range_list_append(list, &range, GFP_KERNEL);
}

/* @nr single pages of a block, none next to the one before. */
static inline void add_scattered(struct kunit *test, struct phys_range_list *list,
				 phys_addr_t block, unsigned int nr)
{
	unsigned int i;

	for (i = nr; i--; )
		KUNIT_ASSERT_EQ(test, 0, add(list, block + i * 2 * PAGE_SIZE,
					     PAGE_SIZE, 0));
}

/*
 * Some thousand pages, cut into runs with a random order.  No two overlap, not
 * in a cache line either: a device may write to all of them at once.
 */
#define RANDOM_BLOCKS		16
#define RANDOM_BLOCK_ORDER	8

static inline void test_random_blocks(struct kunit *test, phys_addr_t *blocks)
{
	unsigned int i;

	for (i = 0; i < RANDOM_BLOCKS; i++)
		blocks[i] = test_memory(test, RANDOM_BLOCK_ORDER);
}

static inline void add_random(struct kunit *test, struct phys_range_list *list,
			      const phys_addr_t *blocks, struct rnd_state *rnd,
			      unsigned int max, unsigned int most_pages, bool aligned)
{
	const u64 size = PAGE_SIZE << RANDOM_BLOCK_ORDER;
	struct phys_range range;
	struct phys_vec *vec;
	unsigned int nr = 0, i;
	u64 pos = 0, len;

	vec = kunit_kcalloc(test, max, sizeof(*vec), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, vec);
	while (nr < max) {
		len = PAGE_SIZE * (prandom_u32_state(rnd) % most_pages + 1);
		if (pos % size + len > size)
			pos = round_up(pos, size);
		if (pos >= RANDOM_BLOCKS * size)
			break;
		vec[nr].paddr = blocks[pos / size] + pos % size;
		vec[nr].len = len;
		if (!aligned && prandom_u32_state(rnd) & 1) {
			u64 cut = prandom_u32_state(rnd) % 16 * 64;

			vec[nr].paddr += cut;
			vec[nr].len -= cut + prandom_u32_state(rnd) % 16 * 64;
		}
		nr++;
		pos += len + (prandom_u32_state(rnd) % 3 ? 0 : PAGE_SIZE);
	}
	for (i = nr; i-- > 1; ) {
		unsigned int k = prandom_u32_state(rnd) % (i + 1);

		swap(vec[i], vec[k]);
	}
	/* A page list may begin and end within a page. */
	if (prandom_u32_state(rnd) & 1) {
		vec[0].paddr += 0x140;
		vec[0].len -= 0x140;
	}
	if (prandom_u32_state(rnd) & 1)
		vec[nr - 1].len -= 0x1c0;
	KUNIT_ASSERT_EQ(test, 0,
			phys_range_list_append_phys_vecs(list, vec, nr, 0, NULL,
							 GFP_KERNEL));
	/* Neighbours became one. */
	i = 0;
	phys_range_list_for_each(list, range) {
		for (; range.len && i < nr; i++) {
			KUNIT_ASSERT_EQ(test, range.addr, vec[i].paddr);
			KUNIT_ASSERT_GE(test, range.len, vec[i].len);
			range.addr += vec[i].len;
			range.len -= vec[i].len;
		}
		KUNIT_ASSERT_EQ(test, range.len, 0);
	}
	KUNIT_ASSERT_EQ(test, i, nr);
	kunit_kfree(test, vec);
}

/*
 * Peer-to-peer
 */

#define PEERS		4

/* Providers, and how the device is made to believe that it reaches them. */
struct p2p_world {
	struct p2pdma_provider peers[PEERS];
	int types[PEERS];
	unsigned int calls;
	/* From this call on it is another one. */
	unsigned int change_at;
	int change_to;
};

static inline int fake_p2p_type(struct p2pdma_provider *provider, struct device *dev)
{
	struct kunit *test = kunit_get_current_test();
	struct p2p_world *w = test->priv;

	if (++w->calls >= w->change_at)
		return w->change_to;
	return w->types[provider - w->peers];
}

static inline struct p2p_world *test_p2p(struct kunit *test)
{
	struct p2p_world *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, w);
	for (i = 0; i < PEERS; i++) {
		w->peers[i].owner = watch;
		w->peers[i].bus_offset = SZ_8G * i - SZ_4G;
	}
	w->change_at = UINT_MAX;
	test->priv = w;
	kunit_activate_static_stub(test, dma_p2p_type, fake_p2p_type);
	return w;
}

static inline void add_peer(struct kunit *test, struct phys_range_list *list,
			    struct p2p_world *w, unsigned int peer, u64 offset,
			    u64 len)
{
	struct phys_range range = {
		.addr = 0x600000000000ULL + ((u64)peer << 40) + offset,
		.len = len,
		.flags = PHYS_RANGE_P2P,
		.provider = &w->peers[peer],
	};

	KUNIT_ASSERT_EQ(test, 0, phys_range_list_append(list, &range, GFP_KERNEL));
}

/*
 * Checks
 */

/* Where an access by the device ends up; 0 if nowhere. */
static inline phys_addr_t device_phys(const struct mock *m, dma_addr_t addr)
{
	if (m->domain)
		return iommu_iova_to_phys(m->domain, addr);
	return addr - m->params.dma_offset;
}

/* The device reads or writes @len bytes at one address. */
static inline void device_access(struct kunit *test, const struct mock *m,
				 dma_addr_t addr, void *buf, size_t len, bool write)
{
	while (len) {
		size_t part = min(len, PAGE_SIZE - offset_in_page(addr));
		phys_addr_t phys = device_phys(m, addr);

		KUNIT_ASSERT_NE_MSG(test, phys, 0, "%pad is not mapped", &addr);
		if (write)
			memcpy(phys_to_virt(phys), buf, part);
		else
			memcpy(buf, phys_to_virt(phys), part);
		addr += part;
		buf += part;
		len -= part;
	}
}

/* The device reads or writes all of the buffer. */
static inline void device_copy(struct kunit *test, const struct mock *m,
			       const struct dma_range_list *list, void *buf, bool write)
{
	struct dma_range range;

	dma_range_for_each_unlimited(list, range) {
		device_access(test, m, range.addr, buf, range.len, write);
		buf += range.len;
	}
}

/*
 * The position up to which the device sees the very bytes of @src, each where it
 * belongs; all of them if that is the length of @src.
 */
static inline u64 mapped_until(const struct mock *m,
			       const struct phys_range_list *src,
			       const struct dma_range_list *dst)
{
	PHYS_RANGE_STATE(s, src);
	DMA_RANGE_STATE(d, dst);
	struct phys_range p = {};
	struct dma_range r = {};
	u64 pos, len;

	for (pos = 0; pos < phys_range_list_bytes(src); pos += len) {
		if ((!p.len && !phys_range_next(&s, &p)) ||
		    (!r.len && !dma_range_next(&d, &r)))
			return pos;
		len = min3(p.len, r.len, PAGE_SIZE - offset_in_page(p.addr));
		len = min(len, PAGE_SIZE - offset_in_page(r.addr));
		if (r.flags & DMA_RANGE_BUS_ADDRESS) {
			if (!p.provider ||
			    r.addr != p.addr + p.provider->bus_offset)
				return pos;
		} else if (device_phys(m, r.addr) != p.addr ||
			   device_phys(m, r.addr + len - 1) !=
				   p.addr + len - 1) {
			return pos;
		}
		p.addr += len;
		p.len -= len;
		r.addr += len;
		r.len -= len;
	}
	return pos;
}

static inline void check_mapped(struct kunit *test, int line, const struct mock *m,
				const struct phys_range_list *src,
				const struct dma_range_list *dst)
{
	KUNIT_EXPECT_EQ_MSG(test, 0, range_list_validate(&dst->rl), "line %d",
			    line);
	KUNIT_EXPECT_EQ_MSG(test, dma_range_list_bytes(dst),
			    phys_range_list_bytes(src), "line %d", line);
	KUNIT_EXPECT_EQ_MSG(test, mapped_until(m, src, dst),
			    phys_range_list_bytes(src), "line %d", line);
}

static inline void check_empty(struct kunit *test, int line,
			       struct dma_range_list *list)
{
	KUNIT_EXPECT_TRUE_MSG(test, dma_range_list_empty(list), "line %d", line);
	KUNIT_EXPECT_EQ_MSG(test, dma_range_list_nr(list), 0, "line %d", line);
	KUNIT_EXPECT_EQ_MSG(test, dma_range_list_bytes(list), 0, "line %d",
			    line);
	KUNIT_EXPECT_FALSE_MSG(test, dma_use_iova(&list->iova), "line %d", line);
}

/* Map, compare, unmap; returns how many ranges it were. */
static inline u64 map_and_check(struct kunit *test, int line, struct mock *m,
				struct dma_range_list *dst,
				const struct phys_range_list *src,
				enum dma_data_direction dir)
{
	struct dma_range range = {};
	dma_addr_t addr;
	u64 nr;

	KUNIT_ASSERT_EQ_MSG(test, 0,
			    dma_map_phys_ranges(m->dev, dst, src, dir, 0,
						GFP_KERNEL), "line %d", line);
	check_mapped(test, line, m, src, dst);
	nr = dma_range_list_nr(dst);
	dma_range_for_each_slice(dst, dma_range_list_bytes(dst) - 1, 1, range)
		;
	addr = range.addr;
	dma_unmap_ranges(m->dev, dst, dir, 0);
	check_empty(test, line, dst);
	if (m->params.flags & COUNT) {
		KUNIT_EXPECT_EQ_MSG(test, mapped_bytes(m), 0, "line %d", line);
		KUNIT_EXPECT_EQ_MSG(test, device_phys(m, addr), 0, "line %d",
				    line);
	}
	return nr;
}

#define map_ok(test, m, dst, src)					\
	map_and_check(test, __LINE__, m, dst, src, DMA_BIDIRECTIONAL)

/* Parts of a list within which all boundaries are those of pages. */
static inline u64 stretches(const struct phys_range_list *list)
{
	struct phys_range range;
	u64 n = 0, end = 1;

	phys_range_list_for_each(list, range) {
		if ((end | range.addr) & ~PAGE_MASK)
			n++;
		end = range.addr + range.len;
	}
	return n;
}

#endif /* __RANGE_LIST_DMA_KUNIT_H */
