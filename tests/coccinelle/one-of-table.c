// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-mapping.h>

static int x_map(struct x *x, struct sg_table *sgt)
{
	if (!dma_map_sg(x->dev, sgt->sgl, 1, DMA_TO_DEVICE))
		return -ENOMEM;
	sgt->nents = 1;
	return 0;
}

static void x_unmap(struct x *x, struct sg_table *sgt)
{
	if (x->failed)
		dma_unmap_sg(x->dev, sgt->sgl, 1, DMA_TO_DEVICE);
	else
		dma_unmap_sgtable(x->dev, sgt, DMA_TO_DEVICE, 0);
}
