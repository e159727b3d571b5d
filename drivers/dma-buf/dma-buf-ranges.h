/* SPDX-License-Identifier: GPL-2.0 */
/* Between dma-buf.c and dma-buf-ranges.c. */
#ifndef _DMA_BUF_RANGES_PRIVATE_H
#define _DMA_BUF_RANGES_PRIVATE_H

#include <linux/dma-buf.h>
#include <linux/err.h>

struct p2pdma_provider;
struct seq_file;

/* All but the first are called with the reservation lock held. */
#ifdef CONFIG_RANGE_LIST
bool dma_buf_ops_are_valid(const struct dma_buf_ops *ops);
struct sg_table *dma_buf_map_sgt(struct dma_buf_attachment *attach,
				 enum dma_data_direction dir);
void dma_buf_unmap_sgt(struct dma_buf_attachment *attach, struct sg_table *sgt,
		       enum dma_data_direction dir);
void dma_buf_translations_moved(struct dma_buf *dmabuf);
void dma_buf_translations_drop(struct dma_buf_attachment *attach);
void dma_buf_translations_show(struct dma_buf_attachment *attach,
			       struct seq_file *s);
#else
static inline bool dma_buf_ops_are_valid(const struct dma_buf_ops *ops)
{
	return ops->map_dma_buf && ops->unmap_dma_buf && ops->release;
}

static inline struct sg_table *
dma_buf_map_sgt(struct dma_buf_attachment *attach, enum dma_data_direction dir)
{
	return ERR_PTR(-EOPNOTSUPP);
}

static inline void dma_buf_unmap_sgt(struct dma_buf_attachment *attach,
				     struct sg_table *sgt,
				     enum dma_data_direction dir)
{
}

static inline void dma_buf_translations_moved(struct dma_buf *dmabuf)
{
}

static inline void dma_buf_translations_drop(struct dma_buf_attachment *attach)
{
}

static inline void
dma_buf_translations_show(struct dma_buf_attachment *attach, struct seq_file *s)
{
}
#endif

static inline bool
dma_buf_attachment_is_dynamic(struct dma_buf_attachment *attach)
{
	return !!attach->importer_ops;
}

static inline bool dma_buf_pin_on_map(struct dma_buf_attachment *attach)
{
	return attach->dmabuf->ops->pin &&
	       !dma_buf_attachment_is_dynamic(attach);
}

#if IS_ENABLED(CONFIG_KUNIT)
int dma_buf_blame(const struct dma_buf *dmabuf, const char *what);
int dma_buf_p2p_type(struct p2pdma_provider *provider, struct device *dev);
#endif

#endif /* _DMA_BUF_RANGES_PRIVATE_H */
