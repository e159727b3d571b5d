// SPDX-License-Identifier: GPL-2.0
static int x_start(struct x *x, struct mmc_data *data, int nr)
{
	nr = dma_map_sg(x->dev, data->sg, nr, DMA_TO_DEVICE);
	if (!nr)
		return -ENOMEM;
	return 0;
}

static void x_stop(struct x *x, struct mmc_data *data, int nr)
{
	dma_unmap_sg(x->dev, data->sg, nr, DMA_TO_DEVICE);
}
