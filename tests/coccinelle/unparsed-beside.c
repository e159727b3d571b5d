// SPDX-License-Identifier: GPL-2.0
static int x_other(struct x *x)
{
	x_with_lock_held(x, (struct y){}) {
		dma_unmap_sg(x->dev, x->sg, x->nr, DMA_TO_DEVICE);
	}
	return 0;
}

static int x_start(struct x *x)
{
	if (!dma_map_sg(x->dev, x->sg, 1, DMA_TO_DEVICE))
		return -ENOMEM;
	return 0;
}

static void x_stop(struct x *x)
{
	dma_unmap_sg(x->dev, x->sg, 1, DMA_TO_DEVICE);
}
