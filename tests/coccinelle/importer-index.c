// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-buf.h>

static int x_import(struct x *x, struct dma_buf_attachment *attach)
{
	struct scatterlist *sg;
	struct sg_table *sgt;
	int i, ret = 0;

	sgt = dma_buf_map_attachment_unlocked(attach, DMA_TO_DEVICE);
	if (IS_ERR(sgt)) {
		ret = PTR_ERR(sgt);
		goto out;
	}
	for_each_sgtable_dma_sg(sgt, sg, i) {
		if (i == X_MAX)
			goto unmap;
		x->desc[i].addr = sg_dma_address(sg);
	}
	for_each_sgtable_dma_sg(sgt, sg, i)
		x->desc[i].len = sg_dma_len(sg);
	x_go(x, i);
	ret = x_wait(x);
unmap:
	dma_buf_unmap_attachment_unlocked(attach, sgt, DMA_TO_DEVICE);
out:
	return ret;
}
