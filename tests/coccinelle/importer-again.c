// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-buf.h>

static int x_import(struct x *x, struct dma_buf_attachment *attach)
{
	struct sg_table *sgt;
	int ret;

again:
	sgt = dma_buf_map_attachment_unlocked(attach, DMA_FROM_DEVICE);
	if (IS_ERR(sgt))
		return PTR_ERR(sgt);
	ret = x_wait(x);
	if (ret == -EAGAIN)
		goto again;
	dma_buf_unmap_attachment_unlocked(attach, sgt, DMA_FROM_DEVICE);
	return ret;
}
