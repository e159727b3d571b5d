// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-buf.h>

struct x {
	struct device *dev;
	struct dma_buf_attachment *attach;
	struct sg_table *sgt;	/* NULL if not mapped */
};

static int x_import(struct x *x)
{
	x->sgt = dma_buf_map_attachment(x->attach, DMA_TO_DEVICE);
	if (IS_ERR(x->sgt))
		return PTR_ERR(x->sgt);
	x_go(x);
	return 0;
}

static void x_release(struct x *x)
{
	dma_buf_unmap_attachment(x->attach, x->sgt, DMA_TO_DEVICE);
	x->sgt = NULL;
	kfree(x);
}
