// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-mapping.h>

static struct dma_async_tx_descriptor *x_prepare(struct x *x)
{
	struct dma_async_tx_descriptor *desc;

	dma_map_sg(x->dev, &x->sg, 1, DMA_TO_DEVICE);
	desc = dmaengine_prep_slave_sg(x->chan, &x->sg, 1, DMA_MEM_TO_DEV, 0);
	if (!desc)
		return desc;
	dmaengine_submit(desc);
	return desc;
}

static void x_unmap(struct x *x)
{
	dma_unmap_sg(x->dev, &x->sg, 1, DMA_TO_DEVICE);
}
