// SPDX-License-Identifier: GPL-2.0
static int x_start(struct x *x)
{
	if (unlikely(!dma_map_sg(x_dev(x->host), &x->sg, 1, DMA_TO_DEVICE)))
		goto undo;
	if (x_go(x))
		goto undo;
	return 0;
undo:
	dma_unmap_sg(x->dev, &x->sg, 1, DMA_TO_DEVICE);
	return -ENOMEM;
}
