// SPDX-License-Identifier: GPL-2.0
static int x_start(struct x *x, int nr)
{
	nr = blk_rq_map_sg(x->rq, x->sg);
	nr = dma_map_sg(x->dev, x->sg, nr, DMA_TO_DEVICE);
	if (!nr)
		return -ENOMEM;
	return 0;
}

static void x_stop(struct x *x, int nr)
{
	dma_unmap_sg(x->dev, x->sg, nr, DMA_TO_DEVICE);
}
