// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-buf.h>

static struct sg_table *x_map(struct dma_buf_attachment *attach,
			      enum dma_data_direction dir)
{
	struct x_buffer *b = attach->dmabuf->priv;
	struct sg_table *sgt;
	struct scatterlist *src, *dst;
	int i, ret;

	sgt = kmalloc_obj(*sgt);
	if (!sgt)
		return ERR_PTR(-ENOMEM);

	ret = sg_alloc_table(sgt, b->table->orig_nents, GFP_KERNEL);
	if (ret)
		goto err_free;

	dst = sgt->sgl;
	for_each_sg(b->table->sgl, src, b->table->orig_nents, i) {
		sg_set_page(dst, sg_page(src), src->length, 0);
		dst = sg_next(dst);
	}

	ret = dma_map_sgtable(attach->dev, sgt, dir, DMA_ATTR_SKIP_CPU_SYNC);
	if (ret)
		goto err_table;

	return sgt;

err_table:
	sg_free_table(sgt);
err_free:
	kfree(sgt);
	return ERR_PTR(ret);
}

static const struct dma_buf_ops x_ops = {
	.map_dma_buf = x_map,
	.unmap_dma_buf = y_unmap,
	.release = x_release,
};
