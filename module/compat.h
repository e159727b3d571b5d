/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What an unmodified kernel does not have, or not for modules.  Comes before
 * everything else in every file of the module.
 */
#ifndef _RANGE_LIST_COMPAT_H
#define _RANGE_LIST_COMPAT_H

#include <linux/dma-map-ops.h>
#include <linux/dma-mapping.h>
#include <linux/iommu-dma.h>
#include <linux/pci-p2pdma.h>
#include <linux/version.h>

/* Is defined in compat.c. */
#define force_dma_unencrypted			range_list_dma_unencrypted
#include <linux/dma-direct.h>

#if KERNEL_VERSION(7, 3, 0) > LINUX_VERSION_CODE
#define phys_to_dma_encrypted			phys_to_dma

static inline bool range_list_dma_capable(struct device *dev, dma_addr_t addr,
					  size_t size, bool is_ram,
					  unsigned long attrs)
{
	if (!(attrs & DMA_ATTR_CC_SHARED) && force_dma_unencrypted(dev))
		return false;
	return dma_capable(dev, addr, size, is_ram);
}

#define dma_capable				range_list_dma_capable
#endif

/*
 * Peer-to-peer memory.  Only the kernel can tell how a device reaches it: the
 * module describes such memory, and does not map it (-EREMOTEIO).
 */
#define pci_p2pdma_map_type(provider, dev)				\
	((void)(provider), (void)(dev), PCI_P2PDMA_MAP_NOT_SUPPORTED)

static inline struct p2pdma_provider *pci_p2pdma_page_provider(struct page *page)
{
	return NULL;
}

/* As in patches/: see there. */
struct dma_phys_source {
	const struct phys_vec *vec;
	unsigned int nr;
	unsigned long attrs;
	int (*refill)(struct dma_phys_source *src);
};

int dma_iova_link_ranges(struct device *dev, struct dma_iova_state *state,
			 size_t offset, size_t size,
			 struct dma_phys_source *src,
			 enum dma_data_direction dir, unsigned long attrs,
			 gfp_t gfp, size_t *linked);

/*
 * The sync of dma-iommu.c is not exported.  That of the DMA API gets there, and
 * CONFIG_DMA_API_DEBUG would complain of each call, as it knows nothing of what
 * was linked: avoid it where nothing was bounced and caches are coherent.
 */
static inline bool range_list_need_sync(struct device *dev)
{
#ifdef CONFIG_DMA_NEED_SYNC
	return !dev_dma_skip_sync(dev);
#else
	return false;
#endif
}

static inline void range_list_sync_for_cpu(struct device *dev, dma_addr_t addr,
					   size_t size,
					   enum dma_data_direction dir)
{
	if (range_list_need_sync(dev))
		dma_sync_single_for_cpu(dev, addr, size, dir);
}

static inline void range_list_sync_for_device(struct device *dev,
					      dma_addr_t addr, size_t size,
					      enum dma_data_direction dir)
{
	if (range_list_need_sync(dev))
		dma_sync_single_for_device(dev, addr, size, dir);
}

#define iommu_dma_sync_single_for_cpu		range_list_sync_for_cpu
#define iommu_dma_sync_single_for_device	range_list_sync_for_device

/*
 * Nor is the upkeep of caches.  An alias, which needs it for devices that are not
 * coherent, is not made for these: every range is mapped on its own instead.
 */
static inline bool range_list_kmalloc_safe(struct device *dev,
					   enum dma_data_direction dir)
{
	return dev_is_dma_coherent(dev) && dma_kmalloc_safe(dev, dir);
}

static inline void range_list_no_sync(phys_addr_t phys, size_t size,
				      enum dma_data_direction dir)
{
}

static inline void range_list_no_flush(void)
{
}

#define dma_kmalloc_safe		range_list_kmalloc_safe
#define arch_sync_dma_for_cpu		range_list_no_sync
#define arch_sync_dma_for_device	range_list_no_sync
#define arch_sync_dma_for_cpu_all	range_list_no_flush
#define arch_sync_dma_flush		range_list_no_flush

#endif /* _RANGE_LIST_COMPAT_H */
