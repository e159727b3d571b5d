// SPDX-License-Identifier: GPL-2.0
static int x_probe(struct x *x, phys_addr_t phys)
{
	x->dma = dma_map_resource(x->dev, phys, PAGE_SIZE, DMA_BIDIRECTIONAL, 0);
	if (dma_mapping_error(x->dev, x->dma))
		return -ENXIO;
	return 0;
}

static void x_remove(struct x *x)
{
	x_with_lock_held(x, (struct y){}) {
		dma_unmap_resource(x->dev, x->dma, PAGE_SIZE, DMA_BIDIRECTIONAL, 0);
	}
}
