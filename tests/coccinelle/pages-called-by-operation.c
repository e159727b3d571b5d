// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-buf.h>

struct x_buf {
	struct kref ref;
	struct mutex lock;
	struct page **pages;
	unsigned int nr;
	bool failed, permanent;
	struct sg_table table;
	struct list_head attachments;
	struct device *dev;
	void *virt;
	dma_addr_t dma;
	size_t size;
	struct dma_buf *dmabuf;
};

static void x_release(struct dma_buf *dmabuf)
{
	kfree(dmabuf->priv);
}

static struct sg_table *x_map(struct dma_buf_attachment *attach,
			      enum dma_data_direction dir)
{
	struct x_buf *b = attach->dmabuf->priv;
	struct sg_table *sgt;
	int ret;

	sgt = kzalloc_obj(*sgt);
	if (!sgt)
		return ERR_PTR(-ENOMEM);
	ret = sg_alloc_table_from_pages(sgt, b->pages, b->nr, 0, (unsigned long)b->nr << PAGE_SHIFT, GFP_KERNEL);
	if (ret)
		goto free;
	ret = dma_map_sgtable(attach->dev, sgt, dir, 0);
	if (ret)
		goto table;
	return sgt;

table:
	sg_free_table(sgt);
free:
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

struct dma_buf *x_export(struct x_buf *b);
struct dma_buf *x_export(struct x_buf *b)
{
	DEFINE_DMA_BUF_EXPORT_INFO(exp);

	exp.ops = &x_ops;
	exp.size = b->size;
	exp.priv = b;
	return dma_buf_export(&exp);
}

int x_test(struct dma_buf_attachment *attach);
int x_test(struct dma_buf_attachment *attach)
{
	const struct dma_buf_ops *ops = attach->dmabuf->ops;
	struct sg_table *sgt = ops->map_dma_buf(attach, DMA_TO_DEVICE);

	if (IS_ERR(sgt))
		return PTR_ERR(sgt);
	ops->unmap_dma_buf(attach, sgt, DMA_TO_DEVICE);
	return 0;
}
