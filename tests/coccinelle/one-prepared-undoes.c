// SPDX-License-Identifier: GPL-2.0
static int x_start(struct x *x, struct scatterlist *sg)
{
	dma_map_sg(x->dev, sg, 1, DMA_TO_DEVICE);
	x->desc = dmaengine_prep_slave_sg(x->chan, sg, 1, DMA_MEM_TO_DEV, 0);
	if (!x->desc) {
		dma_unmap_sg(x->dev, sg, 1, DMA_TO_DEVICE);
		return -EINVAL;
	}
	return 0;
}

static void x_stop(struct x *x, struct scatterlist *sg)
{
	dma_unmap_sg(x->dev, sg, 1, DMA_TO_DEVICE);
}
