// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-buf.h>

struct x_buffer {
	struct device *dev;
	struct list_head attachments;
	struct mutex lock;
	void *virt;
	dma_addr_t dma;
	u64 size;
};

struct x_attachment {
	struct device *dev;
	struct sg_table table;
	struct list_head list;
};

static int x_attach(struct dma_buf *dmabuf, struct dma_buf_attachment *attachment)
{
	struct x_buffer *b = dmabuf->priv;
	struct x_attachment *a;
	int ret;

	a = kzalloc_obj(*a);
	if (!a)
		return -ENOMEM;

	ret = dma_get_sgtable(b->dev, &a->table, b->virt, b->dma, b->size);
	if (ret < 0) {
		kfree(a);
		return -EINVAL;
	}

	a->dev = attachment->dev;
	INIT_LIST_HEAD(&a->list);

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
	struct sg_table *table;
	int ret;

	table = &a->table;

	ret = dma_map_sgtable(attachment->dev, table, direction, 0);
	if (ret)
		table = ERR_PTR(ret);
	return table;
}

static void x_unmap(struct dma_buf_attachment *attachment, struct sg_table *table,
		    enum dma_data_direction direction)
{
	dma_unmap_sgtable(attachment->dev, table, direction, 0);
}

static const struct dma_buf_ops x_ops = {
	.attach = x_attach,
	.detach = x_detach,
	.map_dma_buf = x_map,
	.unmap_dma_buf = x_unmap,
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
