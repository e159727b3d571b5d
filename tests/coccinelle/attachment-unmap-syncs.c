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

struct x_attachment {
	struct device *dev;
	struct sg_table table;
	struct list_head list;
	bool mapped;
};

static int x_dup(struct sg_table *from, struct sg_table *to)
{
	struct scatterlist *sg, *new;
	int ret, i;

	ret = sg_alloc_table(to, from->orig_nents, GFP_KERNEL);
	if (ret)
		return ret;
	new = to->sgl;
	for_each_sgtable_sg(from, sg, i) {
		sg_set_page(new, sg_page(sg), sg->length, sg->offset);
		new = sg_next(new);
	}
	return 0;
}

static int x_attach(struct dma_buf *dmabuf, struct dma_buf_attachment *attach)
{
	struct x_buf *b = dmabuf->priv;
	struct x_attachment *a;
	int ret;

	a = kzalloc_obj(*a);
	if (!a)
		return -ENOMEM;
	ret = x_dup(&b->table, &a->table);
	if (ret) {
		kfree(a);
		return ret;
	}
	a->dev = attach->dev;
	INIT_LIST_HEAD(&a->list);
	a->mapped = false;
	attach->priv = a;
	mutex_lock(&b->lock);
	list_add(&a->list, &b->attachments);
	mutex_unlock(&b->lock);
	return 0;
}

static void x_detach(struct dma_buf *dmabuf, struct dma_buf_attachment *attach)
{
	struct x_buf *b = dmabuf->priv;
	struct x_attachment *a = attach->priv;

	mutex_lock(&b->lock);
	list_del(&a->list);
	mutex_unlock(&b->lock);
	sg_free_table(&a->table);
	kfree(a);
}

static struct sg_table *x_map(struct dma_buf_attachment *attach,
			      enum dma_data_direction dir)
{
	struct x_attachment *a = attach->priv;
	struct sg_table *table = &a->table;
	int ret;

	ret = dma_map_sgtable(attach->dev, table, dir, DMA_ATTR_SKIP_CPU_SYNC);
	if (ret)
		return ERR_PTR(-ENOMEM);
	a->mapped = true;
	return table;
}

static void x_unmap(struct dma_buf_attachment *attach, struct sg_table *table,
		    enum dma_data_direction dir)
{
	struct x_attachment *a = attach->priv;

	a->mapped = false;
	dma_unmap_sgtable(attach->dev, table, dir, 0);
}

static int x_begin(struct dma_buf *dmabuf, enum dma_data_direction dir)
{
	struct x_buf *b = dmabuf->priv;
	struct x_attachment *a;

	mutex_lock(&b->lock);
	list_for_each_entry(a, &b->attachments, list) {
		if (!a->mapped)
			continue;
		dma_sync_sgtable_for_cpu(a->dev, &a->table, dir);
	}
	mutex_unlock(&b->lock);
	return 0;
}

static int x_end(struct dma_buf *dmabuf, enum dma_data_direction dir)
{
	struct x_buf *b = dmabuf->priv;
	struct x_attachment *a;

	mutex_lock(&b->lock);
	list_for_each_entry(a, &b->attachments, list) {
		if (!a->mapped)
			continue;
		dma_sync_sgtable_for_device(a->dev, &a->table, dir);
	}
	mutex_unlock(&b->lock);
	return 0;
}

static const struct dma_buf_ops x_ops = {
	.attach = x_attach,
	.detach = x_detach,
	.begin_cpu_access = x_begin,
	.end_cpu_access = x_end,
	.map_dma_buf = x_map,
	.unmap_dma_buf = x_unmap,
	.release = x_release,
};

struct dma_buf *x_export(struct x_buf *b);
struct dma_buf *x_export(struct x_buf *b)
{
	DEFINE_DMA_BUF_EXPORT_INFO(exp);

	INIT_LIST_HEAD(&b->attachments);
	exp.ops = &x_ops;
	exp.size = b->size;
	exp.priv = b;
	return dma_buf_export(&exp);
}
