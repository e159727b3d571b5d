// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-buf.h>

struct x {
	struct device *dev;
	struct dma_buf_attachment *attach;
	struct sg_table *sgt;
	unsigned int nr;
};

static int x_import(struct x *x)
{
	struct sg_table *sgt;

	sgt = dma_buf_map_attachment_unlocked(x->attach, DMA_TO_DEVICE);
	if (IS_ERR(sgt))
		return PTR_ERR(sgt);
	if (x->sgt)
		dma_buf_unmap_attachment_unlocked(x->attach, x->sgt, DMA_TO_DEVICE);
	x->sgt = sgt;
	return 0;
}

static void x_release(struct x *x)
{
	if (x->sgt)
		dma_buf_unmap_attachment_unlocked(x->attach, x->sgt, DMA_TO_DEVICE);
	x->sgt = NULL;
}
