// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-mapping.h>

static int x_map(struct x *x)
{
	int i;

	for (i = 0; i < x->n; i++)
		if (!dma_map_sg(x->dev, &x->sg[i], 1, DMA_TO_DEVICE))
			goto undo;
	return 0;
undo:
	while (--i >= 0)
		dma_unmap_sg(x->dev, &x->sg[i], 1, DMA_TO_DEVICE);
	return -ENOMEM;
}

static void x_unmap(struct x *x)
{
	dma_unmap_sg(x->dev, x->sg, x->n, DMA_TO_DEVICE);
}
