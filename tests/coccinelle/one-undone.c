// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-mapping.h>

static int x_run(struct x *x)
{
	int err = 0;

	if (dma_map_sg(x->dev, x->src, 1, DMA_TO_DEVICE) <= 0)
		return -EINVAL;
	if (dma_map_sg(x->dev, x->dst, 1, DMA_FROM_DEVICE) <= 0) {
		err = -EINVAL;
		goto unmap;
	}
	err = x_start(x);

unmap:
	dma_unmap_sg(x->dev, x->src, 1, DMA_TO_DEVICE);
	dma_unmap_sg(x->dev, x->dst, 1, DMA_FROM_DEVICE);
	return err;
}
