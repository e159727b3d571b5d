// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-buf.h>

static int x_import(struct x *x, struct dma_buf_attachment *attach)
{
	struct sg_table *sgt;
	int err;

	sgt = dma_buf_map_attachment_unlocked(attach, DMA_TO_DEVICE);
	if (IS_ERR(sgt)) {
		err = PTR_ERR(sgt);
		goto out;
	}
	err = x_wait(x);
	dma_buf_unmap_attachment_unlocked(attach, sgt, DMA_TO_DEVICE);
out:
	return err;
}
