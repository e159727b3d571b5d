// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-mapping.h>

/* Only loops want to know how many. The lock may be one that spins. */
static int x_load(struct x *x, struct page **pages, unsigned int nr)
{
	struct scatterlist *sg;
	struct sg_table table;
	unsigned long flags;
	int i, n, ret;

	ret = sg_alloc_table_from_pages(&table, pages, nr, 0, (size_t)nr << PAGE_SHIFT, GFP_KERNEL);
	if (ret < 0)
		return ret;
	spin_lock_irqsave(&x->lock, flags);
	n = dma_map_sg(x->dev, table.sgl, table.nents, DMA_TO_DEVICE);
	if (n <= 0) {
		ret = -EIO;
		goto unlock;
	}
	for_each_sg(table.sgl, sg, n, i) {
		u32 len = sg_dma_len(sg);

		x_push(x, sg->dma_address, len);
	}
	x_poll(x);
	dma_unmap_sg(x->dev, table.sgl, n, DMA_TO_DEVICE);
unlock:
	spin_unlock_irqrestore(&x->lock, flags);
	sg_free_table(&table);
	return ret;
}
