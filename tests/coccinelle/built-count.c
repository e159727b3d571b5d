// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-mapping.h>

/* Entries are counted by the result. */
static int x_load(struct x *x, struct page **pages, unsigned int nr)
{
	struct scatterlist *sg;
	struct sg_table table = {};
	int i, nents, ret;

	if (sg_alloc_table_from_pages_segment(&table, pages, nr, 0, (size_t)nr << PAGE_SHIFT,
					      dma_get_max_seg_size(&x->pdev->dev), GFP_KERNEL))
		return -ENOMEM;
	nents = dma_map_sg(&x->pdev->dev, table.sgl, table.orig_nents, DMA_BIDIRECTIONAL);
	if (!nents) {
		ret = -EIO;
		goto out;
	}
	for_each_sg(table.sgl, sg, nents, i)
		x_push(x, i, sg_dma_address(sg), sg_dma_len(sg));
	ret = x_run(x, nents);
	dma_sync_sg_for_cpu(&x->pdev->dev, table.sgl, table.orig_nents, DMA_BIDIRECTIONAL);
	x_look(x);
	dma_unmap_sg(&x->pdev->dev, table.sgl, nents, DMA_BIDIRECTIONAL);
out:
	sg_free_table(&table);
	return ret;
}
