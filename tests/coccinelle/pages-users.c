// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-buf.h>

static int x_pin(struct x_buffer *b, unsigned long start)
{
	return pin_user_pages_fast(start, b->nr, FOLL_WRITE | FOLL_LONGTERM, b->pages);
}

static struct sg_table *x_map(struct dma_buf_attachment *attach,
			      enum dma_data_direction dir)
{
	struct x_buffer *b = attach->dmabuf->priv;
	struct sg_table *sgt;
	int ret;

	sgt = kzalloc_obj(*sgt);
	if (!sgt)
		return ERR_PTR(-ENOMEM);

	ret = sg_alloc_table_from_pages(sgt, b->pages, b->nr, 0, b->size, GFP_KERNEL);
	if (ret)
		goto err_free;

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
