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

struct io_pgtable_ops;
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

int dma_buf_table_map_iommu(struct dma_buf_attachment *attach,
			    struct sg_table *sgt, struct iommu_domain *domain,
			    unsigned long iova, u64 offset, u64 len, int prot);
int dma_buf_table_map_pgtable(struct dma_buf_attachment *attach,
			      struct sg_table *sgt, struct io_pgtable_ops *ops,
			      unsigned long iova, u64 offset, u64 len, int prot,
			      size_t *mapped);
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

static inline int
dma_buf_table_map_iommu(struct dma_buf_attachment *attach, struct sg_table *sgt,
			struct iommu_domain *domain, unsigned long iova,
			u64 offset, u64 len, int prot)
{
	return -EOPNOTSUPP;
}

static inline int
dma_buf_table_map_pgtable(struct dma_buf_attachment *attach,
			  struct sg_table *sgt, struct io_pgtable_ops *ops,
			  unsigned long iova, u64 offset, u64 len, int prot,
			  size_t *mapped)
{
	*mapped = 0;
	return -EOPNOTSUPP;
}
#endif

/**
 * dma_buf_can_map_iommu - does dma_buf_map_iommu() know where a buffer is?
 * @dmabuf: the buffer
 *
 * For importers that have another way to map what legacy exporters give them.
 *
 * Context: Any.
 * Return: false if dma_buf_map_iommu() always fails with -EOPNOTSUPP because of
 * who the exporter is, or what the kernel is configured for.
 */
static inline bool dma_buf_can_map_iommu(const struct dma_buf *dmabuf)
{
	return IS_ENABLED(CONFIG_IOMMU_API) && IS_ENABLED(CONFIG_RANGE_LIST) &&
	       dmabuf->ops->map_ranges;
}

/**
 * dma_buf_can_map_table - is it the dma-buf core that makes tables of a buffer?
 * @dmabuf: the buffer
 *
 * There are no pages in them then, and dma_buf_table_map_iommu() or
 * dma_buf_table_map_pgtable() is the only way to map them.
 *
 * Context: Any.
 * Return: true if it does, and knows where the buffer is.
 */
static inline bool dma_buf_can_map_table(const struct dma_buf *dmabuf)
{
	return dma_buf_can_map_iommu(dmabuf) && !dmabuf->ops->map_dma_buf;
}

int dma_buf_sync_mappings_for_cpu(struct dma_buf *dmabuf,
				  enum dma_data_direction dir);
int dma_buf_sync_mappings_for_device(struct dma_buf *dmabuf,
				     enum dma_data_direction dir);

#endif /* _LINUX_DMA_BUF_RANGES_H */
