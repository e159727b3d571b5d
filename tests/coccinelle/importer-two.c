// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-buf.h>

static int x_import(struct x *x, struct dma_buf_attachment *a, struct dma_buf_attachment *b)
{
	struct sg_table *src, *dst;
	int ret;

	src = dma_buf_map_attachment_unlocked(a, DMA_TO_DEVICE);
	if (IS_ERR(src))
		return PTR_ERR(src);
	dst = dma_buf_map_attachment_unlocked(b, DMA_FROM_DEVICE);
	if (IS_ERR(dst)) {
		ret = PTR_ERR(dst);
		goto unmap;
	}
	ret = x_wait(x);
	dma_buf_unmap_attachment_unlocked(b, dst, DMA_FROM_DEVICE);
unmap:
	dma_buf_unmap_attachment_unlocked(a, src, DMA_TO_DEVICE);
	return ret;
}
