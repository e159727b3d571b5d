// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-buf.h>

struct x {
	struct device *dev;
	struct dma_buf_attachment *attach;
	struct sg_table *sgt;
	unsigned int nr;
};

static int x_import(struct dma_buf_attachment *attach)
{
	struct x *x = kzalloc(sizeof(*x), GFP_KERNEL);
	struct sg_table *sgt;
	int ret;

	if (!x)
		return -ENOMEM;
	sgt = dma_buf_map_attachment_unlocked(attach, DMA_TO_DEVICE);
	if (IS_ERR(sgt)) {
		ret = PTR_ERR(sgt);
		return ret;
	}
	x->attach = attach;
	x->sgt = sgt;
	ret = y_go(attach);
	if (ret) {
		kfree(x);
		dma_buf_unmap_attachment_unlocked(attach, sgt, DMA_TO_DEVICE);
		return ret;
	}
	return 0;
}

static void x_release(struct x *x)
{
	if (x->sgt)
		dma_buf_unmap_attachment_unlocked(x->attach, x->sgt, DMA_TO_DEVICE);
	x->sgt = NULL;
}
