// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-mapping.h>

/* One takes it that there is one entry, the other looks. */
static int x_one(struct x *x, struct page **pages, unsigned int nr, size_t size)
{
	struct sg_table sgt;
	int err;

	err = sg_alloc_table_from_pages(&sgt, pages, nr, 0, size, GFP_KERNEL);
	if (err)
		return err;
	err = dma_map_sgtable(x->dev, &sgt, DMA_TO_DEVICE, 0);
	if (err)
		goto free;
	writeq(sg_dma_address(sgt.sgl), x->regs + X_ADDR);
	err = x_wait(x);
	dma_unmap_sgtable(x->dev, &sgt, DMA_TO_DEVICE, 0);
free:
	sg_free_table(&sgt);
	return err;
}

static int x_sure(struct x *x, struct page **pages, unsigned int nr, size_t size)
{
	struct sg_table sgt;
	int err;

	err = sg_alloc_table_from_pages(&sgt, pages, nr, 0, size, GFP_KERNEL);
	if (err)
		return err;
	err = dma_map_sgtable(x->dev, &sgt, DMA_TO_DEVICE, 0);
	if (err)
		goto free;
	if (sgt.nents != 1) {
		err = -EFAULT;
		goto unmap;
	}
	writeq(sg_dma_address(sgt.sgl), x->regs + X_ADDR);
	writel(sg_dma_len(sgt.sgl), x->regs + X_LEN);
	err = x_wait(x);
unmap:
	dma_unmap_sgtable(x->dev, &sgt, DMA_TO_DEVICE, 0);
free:
	sg_free_table(&sgt);
	return err;
}
