// SPDX-License-Identifier: GPL-2.0
static int x_start(struct x *x, struct scatterlist *sg)
{
	if (!dma_map_sg_attrs(x->dev, sg, 1, DMA_TO_DEVICE, DMA_ATTR_NO_WARN))
		return -ENOMEM;
	return 0;
}

static void x_stop(struct x *x, struct scatterlist *sg)
{
	dma_unmap_sg(x->dev, sg, 1, DMA_TO_DEVICE);
}
