// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-mapping.h>
#include <linux/scatterlist.h>

#include "x.h"

/* Sends a buffer of user memory in descriptors. */
static int x_send(struct x *x, struct page **pages, unsigned int nr, size_t offset, size_t len)
{
	struct x_desc *desc = x->ring;
	struct scatterlist *sg;
	struct sg_table sgt;
	int i, err;

	err = sg_alloc_table_from_pages(&sgt, pages, nr, offset, len, GFP_KERNEL);
	if (err)
		return err;

	err = dma_map_sgtable(x->dev, &sgt, DMA_TO_DEVICE, 0);
	if (err)
		goto free_table;

	if (sgt.nents > X_RING_SIZE) {
		err = -E2BIG;
		goto unmap;
	}

	for_each_sgtable_dma_sg(&sgt, sg, i) {
		desc[i].addr = cpu_to_le64(sg_dma_address(sg));
		desc[i].len = cpu_to_le32(sg_dma_len(sg));
	}
	writel(sgt.nents, x->regs + X_NR);
	err = x_wait(x);

unmap:
	dma_unmap_sgtable(x->dev, &sgt, DMA_TO_DEVICE, 0);
free_table:
	sg_free_table(&sgt);
	return err;
}
