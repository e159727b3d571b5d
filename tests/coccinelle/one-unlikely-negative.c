// SPDX-License-Identifier: GPL-2.0
static int x_start(struct x *x)
{
	int n;

	n = dma_map_sg(x->dev, &x->sg, 1, DMA_TO_DEVICE);
	if (unlikely(n < 0)) {
		dev_err(x->dev, "cannot map\n");
		return n;
	}
	return 0;
}

static void x_stop(struct x *x)
{
	dma_unmap_sg(x->dev, &x->sg, 1, DMA_TO_DEVICE);
}
