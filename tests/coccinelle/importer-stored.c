// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-buf.h>

static int x_import(struct x *x, struct dma_buf_attachment *attach)
{
	struct sg_table *sgt;

	sgt = dma_buf_map_attachment_unlocked(attach, DMA_BIDIRECTIONAL);
	if (IS_ERR(sgt))
		return PTR_ERR(sgt);
	x->imported.sgt = sgt;
	return 0;
}
