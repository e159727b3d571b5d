// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-mapping.h>

static int x_map(struct x *x)
{
	x->nents = dma_map_sg(x->dev, &x->sg, 1, DMA_TO_DEVICE);
	if (x->nents < 0)
		return -ENOMEM;
	x_start(x);
	return 0;
}

/* The number is looked at elsewhere. */
static void x_unmap(struct x *x)
{
	if (x->nents)
		dma_unmap_sg(x->dev, &x->sg, 1, DMA_TO_DEVICE);
	x->nents = 0;
}
