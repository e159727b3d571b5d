// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-mapping.h>

/* What is synced when it is unmapped would not be. */
static int x_attributes(struct x *x, struct page **pages, unsigned int nr, size_t size)
{
	struct sg_table sgt;
	int err;

	err = sg_alloc_table_from_pages(&sgt, pages, nr, 0, size, GFP_KERNEL);
	if (err)
		return err;
	err = dma_map_sgtable(x->dev, &sgt, DMA_FROM_DEVICE, DMA_ATTR_SKIP_CPU_SYNC);
	if (err)
		goto free;
	x_go(x, sgt.nents);
	dma_unmap_sgtable(x->dev, &sgt, DMA_FROM_DEVICE, 0);
free:
	sg_free_table(&sgt);
	return err;
}

static int x_direction(struct x *x, struct page **pages, unsigned int nr, size_t size)
{
	struct sg_table sgt;
	int n;

	if (sg_alloc_table_from_pages(&sgt, pages, nr, 0, size, GFP_KERNEL))
		return -ENOMEM;
	n = dma_map_sg(x->dev, sgt.sgl, sgt.orig_nents, DMA_BIDIRECTIONAL);
	if (n == 0)
		goto free;
	x_go(x, n);
	dma_unmap_sg(x->dev, sgt.sgl, sgt.orig_nents, DMA_FROM_DEVICE);
free:
	sg_free_table(&sgt);
	return 0;
}
