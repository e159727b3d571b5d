// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-buf.h>

static int x_import(struct x *x, struct dma_buf_attachment *attach)
{
	struct sg_table *sgt;
	struct scatterlist *sg;
	int i;

	sgt = dma_buf_map_attachment_unlocked(attach, DMA_TO_DEVICE);
	if (IS_ERR(sgt)) {
		dev_err(x->dev, "cannot map: %ld\n", PTR_ERR(sgt));
		return PTR_ERR(sgt);
	}
	for_each_sg(sgt->sgl, sg, sgt->nents, i)
		x_write(x, sg_dma_address(sg), sg_dma_len(sg));
	dma_buf_unmap_attachment_unlocked(attach, sgt, DMA_TO_DEVICE);
	return 0;
}
