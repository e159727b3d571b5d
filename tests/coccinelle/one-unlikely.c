// SPDX-License-Identifier: GPL-2.0
static int x_start(struct x *x, struct scatterlist *sg)
{
	if (unlikely(!dma_map_sg(x->dev, sg, 1, DMA_TO_DEVICE)))
		return -ENOMEM;
	return 0;
}

static void x_stop(struct x *x, struct scatterlist *sg)
{
	dma_unmap_sg(x->dev, sg, 1, DMA_TO_DEVICE);
}

static int y_start(struct y *y)
{
	int n;

	if (unlikely(dma_map_sg(y->dev, &y->in, 1, DMA_TO_DEVICE) != 1))
		return -ENOMEM;
	n = dma_map_sg(y->dev, &y->out, 1, DMA_FROM_DEVICE);
	if (unlikely(n == 0)) {
		dma_unmap_sg(y->dev, &y->in, 1, DMA_TO_DEVICE);
		return -ENOMEM;
	}
	return 0;
}

static void y_stop(struct y *y)
{
	dma_unmap_sg(y->dev, &y->out, 1, DMA_FROM_DEVICE);
	dma_unmap_sg(y->dev, &y->in, 1, DMA_TO_DEVICE);
}
