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
	struct sg_table *sgt = attach->dmabuf->priv;
	int ret;

	ret = dma_map_sgtable(attach->dev, sgt, dir, 0);
	if (ret)
		return ERR_PTR(ret);
	return sgt;
}

static void x_unmap(struct dma_buf_attachment *attach, struct sg_table *sgt,
		    enum dma_data_direction dir)
{
	dma_unmap_sgtable(attach->dev, sgt, dir, 0);
}

static int x_begin(struct dma_buf *dmabuf, enum dma_data_direction dir)
{
	struct dma_buf_attachment *attach;

	dma_resv_lock(dmabuf->resv, NULL);
	list_for_each_entry(attach, &dmabuf->attachments, node)
		dma_sync_sgtable_for_cpu(attach->dev, dmabuf->priv, dir);
	dma_resv_unlock(dmabuf->resv);
	return 0;
}

static const struct dma_buf_ops x_ops = {
	.begin_cpu_access = x_begin,
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
