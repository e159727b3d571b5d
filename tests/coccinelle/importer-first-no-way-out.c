// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-buf.h>

static void x_import(struct x *x, struct dma_buf_attachment *attach)
{
	struct sg_table *sgt;

	sgt = dma_buf_map_attachment_unlocked(attach, DMA_TO_DEVICE);
	if (IS_ERR(sgt))
		return;
	x_write(x, sg_dma_address(sgt->sgl));
	dma_buf_unmap_attachment_unlocked(attach, sgt, DMA_TO_DEVICE);
}
