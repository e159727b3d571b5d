// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-buf.h>

struct x_buffer {
	struct sg_table table;
};

struct x_attachment {
	struct sg_table table;
	struct device *dev;
};

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
	attachment->priv = a;

	return 0;
}

static void x_detach(struct dma_buf *dmabuf, struct dma_buf_attachment *attachment)
{
	struct x_attachment *a = attachment->priv;

	sg_free_table(&a->table);
	kfree(a);
}

static struct sg_table *x_map(struct dma_buf_attachment *attachment,
			      enum dma_data_direction direction)
{
	struct x_attachment *a = attachment->priv;
	int ret;

	ret = dma_map_sgtable(attachment->dev, &a->table, direction, DMA_ATTR_SKIP_CPU_SYNC);
	if (ret)
		return ERR_PTR(ret);

	return &a->table;
}

static void x_unmap(struct dma_buf_attachment *attachment, struct sg_table *table,
		    enum dma_data_direction direction)
{
	struct x_attachment *a = attachment->priv;

	WARN_ON(&a->table != table);

	dma_unmap_sgtable(attachment->dev, table, direction, DMA_ATTR_SKIP_CPU_SYNC);
}

int x_dup(struct x_buffer *b, struct sg_table *to)
{
	return x_copy(&b->table, to);
}

static const struct dma_buf_ops x_ops = {
	.attach = x_attach,
	.detach = x_detach,
	.map_dma_buf = x_map,
	.unmap_dma_buf = x_unmap,
	.release = x_release,
};
