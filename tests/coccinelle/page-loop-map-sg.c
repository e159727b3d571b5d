// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>

static struct sg_table *x_map(struct dma_buf_attachment *at,
			      enum dma_data_direction direction)
{
	struct x_buffer *buf = at->dmabuf->priv;
	struct scatterlist *sg;
	struct sg_table *sgt;
	int i, ret;

	sgt = kzalloc(sizeof(*sgt), GFP_KERNEL);
	if (!sgt)
		return ERR_PTR(-ENOMEM);
	ret = sg_alloc_table(sgt, buf->n, GFP_KERNEL);
	if (ret) {
		kfree(sgt);
		return ERR_PTR(ret);
	}
	for_each_sg(sgt->sgl, sg, buf->n, i)
		sg_set_page(sg, buf->pages[i], PAGE_SIZE, 0);
	sgt->nents = dma_map_sg(at->dev, sgt->sgl, sgt->orig_nents, direction);
	if (!sgt->nents) {
		pr_err("cannot be mapped\n");
		sg_free_table(sgt);
		kfree(sgt);
		return ERR_PTR(-EIO);
	}
	return sgt;
}

static void x_unmap(struct dma_buf_attachment *at, struct sg_table *sgt,
		    enum dma_data_direction direction)
{
	dma_unmap_sg(at->dev, sgt->sgl, sgt->orig_nents, direction);
	sg_free_table(sgt);
	kfree(sgt);
}

static struct dma_buf_ops x_ops = {
	.map_dma_buf = x_map,
	.unmap_dma_buf = x_unmap,
	.release = x_release,
};
