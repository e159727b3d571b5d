// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-mapping.h>

static int x_map(struct x *x)
{
	x->current_sg = &x->sg;
	x->nents = 1;
	if (!dma_map_sg(x->dev, &x->sg, 1, DMA_TO_DEVICE))
		return -ENOMEM;
	if (!x_start(x)) {
		dma_unmap_sg(x->dev, &x->sg, 1, DMA_TO_DEVICE);
		return -EIO;
	}
	return 0;
}

static void x_done(struct x *x)
{
	dma_unmap_sg(x->dev, x->current_sg, x->nents, DMA_TO_DEVICE);
}
