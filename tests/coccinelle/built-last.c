// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-mapping.h>

/* The last one has a flag. */
static int x_send(struct x *x, struct page **pages, unsigned int nr, size_t len)
{
	struct scatterlist *sg;
	struct sg_table t;
	int i, err;

	err = sg_alloc_table_from_pages(&t, pages, nr, 0, len, x->gfp | __GFP_NOWARN);
	if (err)
		return err;

	/* As dma_map_sgtable() does. */
	t.nents = dma_map_sg(x->dev, t.sgl, t.orig_nents, DMA_TO_DEVICE);
	if (!t.nents) {
		err = -EIO;
		goto free_table;
	}
	for_each_sg(t.sgl, sg, t.nents, i) {
		x->desc[i].addr = sg_dma_address(sg);
		x->desc[i].len = sg_dma_len(sg);
		x->desc[i].flags = i == t.nents - 1 ? X_LAST : 0;
	}
	err = x_go(x, x->desc, t.nents);
	dma_unmap_sg(x->dev, t.sgl, t.orig_nents, DMA_TO_DEVICE);
free_table:
	sg_free_table(&t);
	return err;
}
