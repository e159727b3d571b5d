// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-buf.h>

struct x {
	struct device *dev;
	struct dma_buf_attachment *attach;
	struct sg_table *sgt;
	unsigned int nr;
};

static int x_import(struct x *x, struct dma_buf_attachment *attach)
{
	struct scatterlist *sg;
	struct sg_table *sgt;
	int i, ret;

	if (x->sgt)
		return -EBUSY;
	sgt = dma_buf_map_attachment_unlocked(attach, DMA_TO_DEVICE);
	if (IS_ERR(sgt)) {
		ret = PTR_ERR(sgt);
		dev_err(x->dev, "cannot map: %d\n", ret);
		return ret;
	}
	if (!x->dev) {
		ret = -ENODEV;
		goto unmap;
	}
	x->attach = attach;
	x->sgt = sgt;
	for_each_sgtable_dma_sg(sgt, sg, i) {
		ret = y_write(i, sg_dma_address(sg));
		if (ret)
			goto forget;
	}
	return 0;
forget:
	x->sgt = NULL;
unmap:
	dma_buf_unmap_attachment_unlocked(attach, sgt, DMA_TO_DEVICE);
	return ret;
}

static void x_release(struct x *x)
{
	if (x->sgt)
		dma_buf_unmap_attachment_unlocked(x->attach, x->sgt, DMA_TO_DEVICE);
	x->sgt = NULL;
}
