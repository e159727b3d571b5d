// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-buf.h>

static struct sg_table *x_map(struct dma_buf_attachment *attach,
			      enum dma_data_direction dir)
{
	struct x_buffer *b = attach->dmabuf->priv;
	struct sg_table *sgt;
	dma_addr_t addr;

	sgt = kzalloc_obj(*sgt);
	if (!sgt)
		return ERR_PTR(-ENOMEM);
	if (sg_alloc_table(sgt, 1, GFP_KERNEL))
		goto err_free;

	addr = dma_map_phys(attach->dev, b->phys, b->size, dir, DMA_ATTR_MMIO);
	if (dma_mapping_error(attach->dev, addr))
		goto err_table;
	sg_dma_address(sgt->sgl) = addr;
	sg_dma_len(sgt->sgl) = b->size;
	return sgt;

err_table:
	sg_free_table(sgt);
err_free:
	kfree(sgt);
	return ERR_PTR(-ENOMEM);
}

static const struct dma_buf_ops x_ops = {
	.map_dma_buf = x_map,
	.unmap_dma_buf = x_unmap,
	.release = x_release,
};
