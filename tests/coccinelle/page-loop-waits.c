// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-buf.h>

static struct sg_table *x_map(struct dma_buf_attachment *attach,
			      enum dma_data_direction dir)
{
	struct x_buffer *b = attach->dmabuf->priv;
	struct sg_table *sgt;
	struct scatterlist *sg;
	int i, ret;

	ret = x_wait(b);
	if (ret)
		return ERR_PTR(ret);

	sgt = kmalloc_obj(*sgt);
	if (!sgt)
		return ERR_PTR(-ENOMEM);

	ret = sg_alloc_table(sgt, b->nr, GFP_KERNEL);
	if (ret)
		goto err_free;

	sg = sgt->sgl;
	for (i = 0; i < b->nr; i++) {
		sg_set_page(sg, b->pages[i], PAGE_SIZE, 0);
		sg = sg_next(sg);
	}

	ret = dma_map_sgtable(attach->dev, sgt, dir, 0);
	if (ret)
		goto err_table;

	return sgt;

err_table:
	sg_free_table(sgt);
err_free:
	kfree(sgt);
	return ERR_PTR(ret);
}

static void x_unmap(struct dma_buf_attachment *attach, struct sg_table *sgt,
		    enum dma_data_direction dir)
{
	dma_unmap_sgtable(attach->dev, sgt, dir, 0);
	sg_free_table(sgt);
	kfree(sgt);
}

static const struct dma_buf_ops x_ops = {
	.map_dma_buf = x_map,
	.unmap_dma_buf = x_unmap,
	.release = x_release,
};
