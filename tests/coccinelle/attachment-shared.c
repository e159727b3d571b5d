// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-buf.h>

struct x_buffer {
	struct x_heap *heap;
	struct list_head attachments;
	struct mutex lock;
	unsigned long len;
	struct page **pages;
	unsigned long nr;
	struct sg_table table;
	bool shared;
	void *vaddr;
};

struct x_attachment {
	struct device *dev;
	struct sg_table table;
	struct list_head list;
	bool mapped;
	bool shared;
};

#define x_shared(b)	(IS_ENABLED(CONFIG_X) && (b)->shared)

static int x_copy(struct sg_table *from, struct sg_table *to)
{
	struct scatterlist *sg, *new_sg;
	int ret, i;

	ret = sg_alloc_table(to, from->orig_nents, GFP_KERNEL);
	if (ret)
		return ret;

	new_sg = to->sgl;
	for_each_sgtable_sg(from, sg, i) {
		sg_set_page(new_sg, sg_page(sg), sg->length, sg->offset);
		new_sg = sg_next(new_sg);
	}

	return 0;
}

static int x_attach(struct dma_buf *dmabuf, struct dma_buf_attachment *attachment)
{
	struct x_buffer *b = dmabuf->priv;
	struct x_attachment *a;
	int ret;

	a = kzalloc_obj(*a);
	if (!a)
		return -ENOMEM;

	ret = x_copy(&b->table, &a->table);
	if (ret) {
		kfree(a);
		return ret;
	}

	a->dev = attachment->dev;
	INIT_LIST_HEAD(&a->list);
	a->mapped = false;
	a->shared = b->shared;

	attachment->priv = a;

	mutex_lock(&b->lock);
	list_add(&a->list, &b->attachments);
	mutex_unlock(&b->lock);

	return 0;
}

static void x_detach(struct dma_buf *dmabuf, struct dma_buf_attachment *attachment)
{
	struct x_buffer *b = dmabuf->priv;
	struct x_attachment *a = attachment->priv;

	mutex_lock(&b->lock);
	list_del(&a->list);
	mutex_unlock(&b->lock);

	sg_free_table(&a->table);
	kfree(a);
}

static struct sg_table *x_map(struct dma_buf_attachment *attachment,
			      enum dma_data_direction direction)
{
	struct x_attachment *a = attachment->priv;
	struct sg_table *table = &a->table;
	unsigned long attrs;
	int ret;

	attrs = x_shared(a) ? DMA_ATTR_CC_SHARED : 0;
	ret = dma_map_sgtable(attachment->dev, table, direction, attrs);
	if (ret)
		return ERR_PTR(ret);

	a->mapped = true;
	return table;
}

static void x_unmap(struct dma_buf_attachment *attachment, struct sg_table *table,
		    enum dma_data_direction direction)
{
	struct x_attachment *a = attachment->priv;

	a->mapped = false;
	dma_unmap_sgtable(attachment->dev, table, direction, 0);
}

static int x_begin_cpu_access(struct dma_buf *dmabuf, enum dma_data_direction direction)
{
	struct x_buffer *b = dmabuf->priv;
	struct x_attachment *a;

	mutex_lock(&b->lock);

	if (b->vaddr)
		invalidate_kernel_vmap_range(b->vaddr, b->len);

	list_for_each_entry(a, &b->attachments, list) {
		if (!a->mapped)
			continue;
		dma_sync_sgtable_for_cpu(a->dev, &a->table, direction);
	}
	mutex_unlock(&b->lock);

	return 0;
}

static int x_end_cpu_access(struct dma_buf *dmabuf, enum dma_data_direction direction)
{
	struct x_buffer *b = dmabuf->priv;
	struct x_attachment *a;

	mutex_lock(&b->lock);
	list_for_each_entry(a, &b->attachments, list) {
		if (!a->mapped)
			continue;
		dma_sync_sgtable_for_device(a->dev, &a->table, direction);
	}
	mutex_unlock(&b->lock);

	return 0;
}

static const struct dma_buf_ops x_ops = {
	.attach = x_attach,
	.detach = x_detach,
	.map_dma_buf = x_map,
	.unmap_dma_buf = x_unmap,
	.begin_cpu_access = x_begin_cpu_access,
	.end_cpu_access = x_end_cpu_access,
	.release = x_release,
};

static struct x_buffer *x_alloc(void)
{
	struct x_buffer *b = kzalloc_obj(*b);

	if (!b)
		return NULL;

	INIT_LIST_HEAD(&b->attachments);
	mutex_init(&b->lock);
	return b;
}
