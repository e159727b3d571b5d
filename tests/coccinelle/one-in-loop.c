// SPDX-License-Identifier: GPL-2.0
static int x_start(struct x *x, struct scatterlist *sg)
{
	for (; sg; sg = sg_next(sg)) {
		if (!dma_map_sg(x->dev, sg, 1, DMA_TO_DEVICE))
			return -ENOMEM;
		x_write(x, sg_dma_address(sg), sg_dma_len(sg));
		dma_unmap_sg(x->dev, sg, 1, DMA_TO_DEVICE);
	}
	return 0;
}
