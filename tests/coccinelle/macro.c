// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-mapping.h>

#define X_MAP(dev, sg, n)	dma_map_sg(dev, sg, n, DMA_TO_DEVICE)
#define X_MAP_ONE(dev, sg)				\
	dma_map_sg(dev, sg, 1,				\
		   DMA_TO_DEVICE)
#define dma_map_sg(dev, sg, n, dir) x_dma_map_sg(dev, sg, n, dir)

/* What the macro maps is unmapped, so this is left alone. */
static int x_start(struct x *x)
{
	if (!X_MAP_ONE(x->dev, &x->sg))
		return -ENOMEM;
	x_run(x);
	dma_unmap_sg(x->dev, &x->sg, 1, DMA_TO_DEVICE);

	if (!dma_map_sg(x->dev, &x->sg, 1, DMA_TO_DEVICE))
		return -ENOMEM;
	x_run(x);
	dma_unmap_sg(x->dev, &x->sg, 1, DMA_TO_DEVICE);
	return 0;
}
