/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Devices for tests, behind an IOMMU that exists only in software.
 */
#ifndef __RANGE_LIST_MOCK_IOMMU_H
#define __RANGE_LIST_MOCK_IOMMU_H

#include <linux/bits.h>
#include <linux/dma-direction.h>
#include <linux/types.h>

struct device;

/**
 * DOC: Mock IOMMU
 *
 * A mock device is a real &struct device on a real bus whose DMA nobody does.
 * All of the DMA API that sits above it is the real one: dma-iommu.c with its
 * IOVA allocator, the IOMMU core, and a generic_pt page table in the AMDv1
 * format, or dma-direct and swiotlb. What was mapped can be read back with
 * iommu_iova_to_phys(). Only the hardware at the bottom is missing: what a
 * driver would tell it (invalidate, new top table, cache maintenance) is
 * counted instead.
 *
 * This is for KUnit, benchmarks and samples. It runs on user-mode Linux, where
 * it also provides the cache maintenance hooks of the architecture, and on
 * machines that have dma-iommu anyhow, beside their own IOMMU.
 */

/**
 * enum range_list_mock_flags - What kind of device
 * @RANGE_LIST_MOCK_DIRECT: There is no IOMMU, dma-direct maps.
 * @RANGE_LIST_MOCK_IDENTITY: The IOMMU passes everything through, dma-direct
 *	maps.
 * @RANGE_LIST_MOCK_LAZY: Flush the IOTLB from a queue (IOMMU_DOMAIN_DMA_FQ).
 *	Without this flag every unmap flushes (IOMMU_DOMAIN_DMA), whatever the
 *	default of the system.
 * @RANGE_LIST_MOCK_NONCOHERENT: The device does not snoop CPU caches. Only on
 *	architectures with cache maintenance hooks, and on user-mode Linux.
 * @RANGE_LIST_MOCK_BOUNCE: dma-direct bounces everything through swiotlb. Needs
 *	RANGE_LIST_MOCK_DIRECT or RANGE_LIST_MOCK_IDENTITY.
 * @RANGE_LIST_MOCK_UNTRUSTED: A PCI device that is not trusted: dma-iommu
 *	bounces what is not aligned to IOMMU pages. Only on user-mode Linux with
 *	CONFIG_UML_PCI, at most eight of them, never with another flag than
 *	RANGE_LIST_MOCK_COUNT, RANGE_LIST_MOCK_NONCOHERENT and
 *	RANGE_LIST_MOCK_MAP_PAGES.
 * @RANGE_LIST_MOCK_COUNT: Count page table operations, and allow them to fail
 *	on demand. This costs each of them an indirect call and some atomics: not
 *	for benchmarks.
 * @RANGE_LIST_MOCK_MAP_PAGES: The IOMMU core does not know that the page table
 *	is one of generic_pt, and has nothing but map_pages() and unmap_pages().
 *	With RANGE_LIST_MOCK_COUNT each of these is one operation.
 */
enum range_list_mock_flags {
	RANGE_LIST_MOCK_DIRECT		= BIT(0),
	RANGE_LIST_MOCK_IDENTITY	= BIT(1),
	RANGE_LIST_MOCK_LAZY		= BIT(2),
	RANGE_LIST_MOCK_NONCOHERENT	= BIT(3),
	RANGE_LIST_MOCK_BOUNCE		= BIT(4),
	RANGE_LIST_MOCK_UNTRUSTED	= BIT(5),
	RANGE_LIST_MOCK_COUNT		= BIT(6),
	RANGE_LIST_MOCK_MAP_PAGES	= BIT(7),
};

/**
 * struct range_list_mock_params - Description of a mock device
 * @flags: Any of &enum range_list_mock_flags that make sense together. Zero is
 *	a coherent device behind the IOMMU, with strict invalidation.
 * @dma_mask: Streaming and coherent mask, 0 for 64 bits.
 * @max_seg_size: What dma_get_max_seg_size() says, 0 for the kernel's default.
 * @seg_boundary_mask: What dma_get_seg_boundary() says, 0 for the default.
 * @min_align_mask: What dma_get_min_align_mask() says.
 * @pgsize_bitmap: Page sizes that the IOMMU has, 0 for everything that AMDv1
 *	can do. PAGE_SIZE must be one of them.
 * @dma_offset: With RANGE_LIST_MOCK_DIRECT: DMA address minus physical address.
 * @direct_limit: With RANGE_LIST_MOCK_DIRECT: memory at and above this physical
 *	address is out of reach of the device, except for swiotlb's own. 0 for
 *	no limit.
 *
 * All zero is the device that most tests want.
 */
struct range_list_mock_params {
	unsigned int flags;
	u64 dma_mask;
	unsigned int max_seg_size;
	unsigned long seg_boundary_mask;
	unsigned int min_align_mask;
	u64 pgsize_bitmap;
	u64 dma_offset;
	phys_addr_t direct_limit;
};

/**
 * struct range_list_mock_stats - What was done to the domain of a mock device
 * @sync_map: Calls of iotlb_sync_map(), one for each finished mapping.
 * @iotlb_sync: Calls of iotlb_sync(), the end of an unmap.
 * @flush_all: Calls of flush_iotlb_all(), from the flush queue.
 * @change_top: How often the page table became one level higher.
 * @maps: Calls into the page table to map one range. One call is one descent, or
 *	more if the range crosses tables. (RANGE_LIST_MOCK_COUNT)
 * @walks: Calls into the page table to map any number of ranges.
 *	(RANGE_LIST_MOCK_COUNT)
 * @prot: All of IOMMU_READ, IOMMU_WRITE, IOMMU_CACHE, ... that anything was
 *	mapped with. (RANGE_LIST_MOCK_COUNT)
 * @unmaps: Calls into the page table to unmap. (RANGE_LIST_MOCK_COUNT)
 * @mapped_bytes: Bytes mapped now. Not zero after the last unmap is a leak.
 *	(RANGE_LIST_MOCK_COUNT)
 * @sync_for_device: Bytes written back from caches by the architecture. This
 *	and the next are of the whole system, and remain 0 where the mock device
 *	does not provide the hooks.
 * @sync_for_cpu: Bytes invalidated in caches by the architecture.
 * @table_pages: Pages of page tables now, of all IOMMUs in the system.
 */
struct range_list_mock_stats {
	u64 sync_map;
	u64 iotlb_sync;
	u64 flush_all;
	u64 change_top;
	u64 maps;
	u64 walks;
	int prot;
	u64 unmaps;
	s64 mapped_bytes;
	u64 sync_for_device;
	u64 sync_for_cpu;
	long table_pages;
};

/**
 * typedef range_list_mock_sync_fn_t - Observer of cache maintenance
 * @ctx: What was given to range_list_mock_observe_sync()
 * @phys: Where it starts
 * @size: Bytes
 * @dir: Direction of the mapping
 * @for_cpu: arch_sync_dma_for_cpu(), otherwise arch_sync_dma_for_device()
 *
 * Context: Any, also with interrupts off.
 */
typedef void range_list_mock_sync_fn_t(void *ctx, phys_addr_t phys, size_t size,
				     enum dma_data_direction dir, bool for_cpu);

/**
 * range_list_mock_device_create() - Create a device for tests
 * @params: What kind of device, NULL for all zero
 *
 * The device has no driver. It may be used with the DMA API, with dma-buf and
 * with iommu_get_domain_for_dev() as if a driver was bound to it. A system may
 * have any number of mock devices, each in an IOMMU group of its own. The mock
 * IOMMU itself comes with the first one and remains.
 *
 * Context: Process context, may sleep.
 * Return: The device; ERR_PTR(-EOPNOTSUPP) if the configuration of the kernel
 * cannot do what @params ask for, in which case a test should be skipped;
 * ERR_PTR(-EINVAL) if @params make no sense; or another error.
 */
struct device *
range_list_mock_device_create(const struct range_list_mock_params *params);

/**
 * range_list_mock_device_destroy() - Destroy a device for tests
 * @dev: From range_list_mock_device_create(); NULL and errors are ignored
 *
 * Everything must be unmapped. With RANGE_LIST_MOCK_COUNT what is still mapped
 * is reported in the log.
 *
 * Context: Process context, may sleep.
 */
void range_list_mock_device_destroy(struct device *dev);

/**
 * range_list_mock_get_stats() - What was done to the domain of a mock device
 * @dev: From range_list_mock_device_create()
 * @stats: Filled in
 *
 * The counters are those of the domain to which @dev is attached now, since it
 * was created. Without a paging domain only the counters of the whole system
 * are filled in, the others are zero.
 *
 * Context: Any, but not in an operation of the IOMMU group of @dev.
 */
void range_list_mock_get_stats(struct device *dev,
			       struct range_list_mock_stats *stats);

/**
 * range_list_mock_fail_map() - Let a later map operation fail
 * @dev: From range_list_mock_device_create(), with RANGE_LIST_MOCK_COUNT
 * @nth: 1 for the next range, 2 for the one after it, and so on; 0 to fail none
 *
 * One range fails with -ENOMEM before anything of it is mapped, then all is well
 * again. Calls of &pt_iommu_ops.map_range and what &pt_iommu_ops.map_ranges
 * takes from its source are counted alike.
 *
 * Context: Any, but not in an operation of the IOMMU group of @dev.
 * Return: 0, or -EOPNOTSUPP if @dev does not count or has no paging domain.
 */
int range_list_mock_fail_map(struct device *dev, unsigned long nth);

/**
 * range_list_mock_observe_sync() - Watch cache maintenance
 * @fn: Called on each arch_sync_dma_for_device() and arch_sync_dma_for_cpu() of
 *	the system, NULL for none
 * @ctx: Passed to @fn
 *
 * There is one observer at a time. The caller makes sure that nobody syncs
 * while it changes.
 *
 * Context: Any.
 * Return: 0, or -EOPNOTSUPP if the hooks are not provided by the mock.
 */
int range_list_mock_observe_sync(range_list_mock_sync_fn_t *fn, void *ctx);

/**
 * range_list_mock_seed - Where random numbers of a test begin
 *
 * The same in every boot, so that what goes wrong can be seen again. The
 * parameter mock_iommu.seed= sets another one, 0 one that is never the same.
 *
 * Context: Any.
 * Return: the seed.
 */
u64 range_list_mock_seed(void);

#endif /* __RANGE_LIST_MOCK_IOMMU_H */
