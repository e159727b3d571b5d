// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit test of map_ranges() for an IOMMU that does not snoop CPU caches.
 *
 * The mock device, as the IOMMU that reads the page table, sees what was written
 * back from the caches and nothing else.
 */
#include <kunit/test.h>
#include <linux/generic_pt/iommu.h>
#include <linux/iommu.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "../../drivers/iommu/iommu-pages.h"
#include "mock_iommu.h"

#define MAX_RANGES	200

/* Set by generic_pt when an entry is flushed; of no meaning for the IOMMU */
#define VTDSS_SW_BIT	BIT_ULL(10)

struct walker {
	struct iommu_phys_source src;
	struct phys_vec vec[MAX_RANGES];
	union {
		struct iommu_domain domain;
		struct pt_iommu_vtdss vtdss;
	};
	struct device *dev;
	struct xarray pages;	/* pfn: what the IOMMU sees of it */
	bool nomem;
};

static void iotlb_sync(struct iommu_domain *domain,
		       struct iommu_iotlb_gather *gather)
{
	iommu_put_pages_list(&gather->freelist);
}

static const struct iommu_domain_ops walker_domain_ops = {
	IOMMU_PT_DOMAIN_OPS(vtdss),
	.iotlb_sync = iotlb_sync,
};

static void walker_sync(void *ctx, phys_addr_t phys, size_t size,
			enum dma_data_direction dir, bool for_cpu)
{
	struct walker *w = ctx;
	unsigned long pfn = PHYS_PFN(phys);
	unsigned int offset = offset_in_page(phys);
	void *page;

	if (for_cpu) {
		/* A table is given back to the CPU to be freed */
		free_page((unsigned long)xa_erase(&w->pages, pfn));
		return;
	}
	page = xa_load(&w->pages, pfn);
	if (!page) {
		page = (void *)get_zeroed_page(GFP_ATOMIC);
		if (!page || xa_err(xa_store(&w->pages, pfn, page, GFP_ATOMIC)))
			w->nomem = true;
	}
	if (page)
		memcpy(page + offset, phys_to_virt(phys), size);
}

static void walker_action(void *ctx)
{
	struct walker *w = ctx;
	unsigned long pfn;
	void *page;

	pt_iommu_deinit(&w->vtdss.iommu);
	range_list_mock_observe_sync(NULL, NULL);
	range_list_mock_device_destroy(w->dev);
	xa_for_each(&w->pages, pfn, page)
		free_page((unsigned long)page);
	xa_destroy(&w->pages);
}

/* How many entries of page tables are not as the IOMMU sees them */
static unsigned int walker_differs(struct walker *w)
{
	unsigned int i, nr = 0;
	unsigned long pfn;
	u64 *page;

	xa_for_each(&w->pages, pfn, page) {
		u64 *real = phys_to_virt(PFN_PHYS(pfn));

		for (i = 0; i < PAGE_SIZE / sizeof(u64); i++)
			nr += !!((page[i] ^ real[i]) & ~VTDSS_SW_BIT);
	}
	return nr;
}

static void flush_test(struct kunit *test)
{
	static const struct range_list_mock_params params = {
		.flags = RANGE_LIST_MOCK_DIRECT | RANGE_LIST_MOCK_NONCOHERENT,
	};
	static const struct pt_iommu_vtdss_cfg cfg = {
		.common.features = BIT(PT_FEAT_DMA_INCOHERENT) |
				   BIT(PT_FEAT_FLUSH_RANGE),
		.common.hw_max_vasz_lg2 = 39,
		.common.hw_max_oasz_lg2 = 52,
		.top_level = 2,
	};
	struct walker *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);
	struct pt_iommu *pt = &w->vtdss.iommu;
	unsigned int round, i;

	KUNIT_ASSERT_NOT_NULL(test, w);
	xa_init(&w->pages);
	if (range_list_mock_observe_sync(walker_sync, w))
		kunit_skip(test, "cache maintenance cannot be watched");
	w->dev = range_list_mock_device_create(&params);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, walker_action,
							   w));
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, w->dev);
	w->domain.ops = &walker_domain_ops;
	pt->iommu_device = w->dev;
	pt->nid = NUMA_NO_NODE;
	KUNIT_ASSERT_EQ(test, 0, pt_iommu_vtdss_init(&w->vtdss, &cfg,
						     GFP_KERNEL));

	for (round = 0; round < 50; round++) {
		unsigned long iova = SZ_2M * 3 - get_random_u32_below(300) *
						     PAGE_SIZE;
		struct iommu_iotlb_gather gather;
		size_t size = 0, mapped = 0;

		for (i = 0; i < MAX_RANGES; i++) {
			size_t len = PAGE_SIZE;

			if (round & 1 && !get_random_u32_below(8))
				len *= 1 + get_random_u32_below(600);
			if (round & 2 && !get_random_u32_below(50))
				len = SZ_2M;
			w->vec[i] = (struct phys_vec){ .len = len };
			/* So that there are large pages */
			w->vec[i].paddr = ((i + 1ULL) << 32) +
					  ((iova + size) & (SZ_2M - 1));
			size += len;
		}
		w->src = (struct iommu_phys_source){
			.vec = w->vec, .nr = MAX_RANGES,
			.prot = IOMMU_READ | IOMMU_WRITE,
		};
		KUNIT_ASSERT_EQ(test, 0,
				pt->ops->map_ranges(pt, iova, size, &w->src,
						    GFP_KERNEL, &mapped));
		KUNIT_ASSERT_EQ(test, size, mapped);
		KUNIT_ASSERT_FALSE(test, w->nomem);
		KUNIT_ASSERT_EQ_MSG(test, 0, walker_differs(w), "round %u",
				    round);

		iommu_iotlb_gather_init(&gather);
		KUNIT_ASSERT_EQ(test, size,
				pt->ops->unmap_range(pt, iova, size, &gather));
		iommu_iotlb_sync(&w->domain, &gather);
		KUNIT_ASSERT_EQ(test, 0, walker_differs(w));
	}
}

static struct kunit_case map_ranges_cases[] = {
	KUNIT_CASE(flush_test),
	{}
};

static struct kunit_suite map_ranges_suite = {
	.name = "map_ranges",
	.test_cases = map_ranges_cases,
};

kunit_test_suites(&map_ranges_suite);

MODULE_DESCRIPTION("KUnit test of mapping for IOMMUs that do not snoop caches");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS("GENERIC_PT_IOMMU");
