// SPDX-License-Identifier: GPL-2.0
static int x_probe(struct x *x, struct resource *res)
{
	x->dma = dma_map_resource(x->dev, res->start, resource_size(res), DMA_BIDIRECTIONAL, x->attrs);
	if (dma_mapping_error(x->dev, x->dma))
		return -ENXIO;
	return 0;
}

static void x_remove(struct x *x, struct resource *res)
{
	dma_unmap_resource(x->dev, x->dma, resource_size(res), DMA_BIDIRECTIONAL, x->attrs);
}
