// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-buf.h>
#include <linux/dma-buf-mapping.h>

struct x_buf {
	struct kref ref;
	struct mutex lock;
	struct p2pdma_provider *provider;
	struct phys_vec *vec;
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

	ret = mutex_lock_interruptible(&b->lock);
	if (ret)
		return ERR_PTR(ret);
	mutex_unlock(&b->lock);
	sgt = dma_buf_phys_vec_to_sgt(attach, b->provider, b->vec, b->nr, b->size, dir);
	if (IS_ERR(sgt))
		return sgt;
	return sgt;
}

static void x_unmap(struct dma_buf_attachment *attach, struct sg_table *sgt,
		    enum dma_data_direction dir)
{
	dma_buf_free_sgt(attach, sgt, dir);
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
