// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-buf.h>

static int x_import(struct x *x, struct dma_buf_attachment *attach)
{
	struct scatterlist *sg;
	struct sg_table *sgt;
	u64 last = 0;
	int i;

	sgt = dma_buf_map_attachment(attach, DMA_TO_DEVICE);
	if (IS_ERR(sgt))
		return PTR_ERR(sgt);
	for_each_sgtable_dma_sg(sgt, sg, i)
		last = max(last, (u64)sg_dma_address(sg));
	dma_buf_unmap_attachment(attach, sgt, DMA_TO_DEVICE);
	return x_run(x, last);
}
