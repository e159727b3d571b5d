// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-mapping.h>

static int x_map(struct x *x, struct device **devs)
{
	int n, i = 0;

	n = dma_map_sg(devs[i++], &x->sg, 1, DMA_TO_DEVICE);
	return n ? i : -ENOMEM;
}

static void x_unmap(struct x *x)
{
	dma_unmap_sg(x->dev, &x->sg, 1, DMA_TO_DEVICE);
}
