// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-buf.h>

struct x {
	struct mutex lock;
	struct sg_table sgt;
};

static struct sg_table *x_map(struct dma_buf_attachment *attach, enum dma_data_direction dir)
{
	struct x *x = attach->dmabuf->priv;
	int ret;

	mutex_lock(&x->lock);
	ret = dma_map_sgtable(attach->dev, &x->sgt, dir, 0);
	mutex_unlock(&x->lock);
	return ret ? ERR_PTR(ret) : &x->sgt;
}

static void x_unmap(struct dma_buf_attachment *attach, struct sg_table *sgt,
		    enum dma_data_direction dir)
{
	dma_unmap_sgtable(attach->dev, sgt, dir, 0);
}

static const struct dma_buf_ops x_ops = {
	.map_dma_buf = x_map,
	.unmap_dma_buf = x_unmap,
	.release = x_release,
};
