/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dma-buf without scatterlists: exporters describe memory, importers get what
 * their device is to be told, and the dma-buf core turns one into the other.
 *
 * The exporter's part is in &struct dma_buf_ops. Here is the importer's, and
 * what both need for CPU access. Documentation/driver-api/dma-buf-ranges.rst is
 * the contract.
 */
#ifndef _LINUX_DMA_BUF_RANGES_H
#define _LINUX_DMA_BUF_RANGES_H

#include <linux/dma-buf.h>
#include <linux/dma_range.h>
#include <linux/phys_range.h>

struct iommu_domain;

int dma_buf_map_ranges(struct dma_buf_attachment *attach,
		       struct dma_range_list *list,
		       enum dma_data_direction dir);
int dma_buf_map_ranges_unlocked(struct dma_buf_attachment *attach,
				struct dma_range_list *list,
				enum dma_data_direction dir);
void dma_buf_unmap_ranges(struct dma_buf_attachment *attach,
			  struct dma_range_list *list,
			  enum dma_data_direction dir);
void dma_buf_unmap_ranges_unlocked(struct dma_buf_attachment *attach,
				   struct dma_range_list *list,
				   enum dma_data_direction dir);

#if defined(CONFIG_IOMMU_API) && defined(CONFIG_RANGE_LIST)
int dma_buf_map_iommu(struct dma_buf_attachment *attach,
		      struct iommu_domain *domain, unsigned long iova,
		      u64 offset, u64 len, int prot);
int dma_buf_map_iommu_unlocked(struct dma_buf_attachment *attach,
			       struct iommu_domain *domain, unsigned long iova,
			       u64 offset, u64 len, int prot);
void dma_buf_unmap_iommu(struct dma_buf_attachment *attach,
			 struct iommu_domain *domain, unsigned long iova,
			 u64 len);
void dma_buf_unmap_iommu_unlocked(struct dma_buf_attachment *attach,
				  struct iommu_domain *domain,
				  unsigned long iova, u64 len);
#else
static inline int dma_buf_map_iommu(struct dma_buf_attachment *attach,
				    struct iommu_domain *domain,
				    unsigned long iova, u64 offset, u64 len,
				    int prot)
{
	return -EOPNOTSUPP;
}

static inline int
dma_buf_map_iommu_unlocked(struct dma_buf_attachment *attach,
			   struct iommu_domain *domain, unsigned long iova,
			   u64 offset, u64 len, int prot)
{
	return -EOPNOTSUPP;
}

static inline void dma_buf_unmap_iommu(struct dma_buf_attachment *attach,
				       struct iommu_domain *domain,
				       unsigned long iova, u64 len)
{
}

static inline void
dma_buf_unmap_iommu_unlocked(struct dma_buf_attachment *attach,
			     struct iommu_domain *domain, unsigned long iova,
			     u64 len)
{
}
#endif

int dma_buf_sync_mappings_for_cpu(struct dma_buf *dmabuf,
				  enum dma_data_direction dir);
int dma_buf_sync_mappings_for_device(struct dma_buf *dmabuf,
				     enum dma_data_direction dir);

#endif /* _LINUX_DMA_BUF_RANGES_H */
