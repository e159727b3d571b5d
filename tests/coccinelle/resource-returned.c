// SPDX-License-Identifier: GPL-2.0
static dma_addr_t x_map(struct x *x, phys_addr_t phys)
{
	return dma_map_resource(x->dev, phys, PAGE_SIZE, DMA_FROM_DEVICE, 0);
}
