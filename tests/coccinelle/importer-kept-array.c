// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-buf.h>

struct x {
	struct device *dev;
	struct dma_buf_attachment *attach;
	struct sg_table *sgt[4];
};

static int x_import(struct x *x, int i)
{
	x->sgt[i] = dma_buf_map_attachment(x->attach, DMA_TO_DEVICE);
	return PTR_ERR_OR_ZERO(x->sgt[i]);
}

static void x_release(struct x *x, int i)
{
	dma_buf_unmap_attachment(x->attach, x->sgt[i], DMA_TO_DEVICE);
}
