// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-buf.h>

struct x {
	struct dma_buf_attachment *attach;
	struct sg_table *sgt;
};

static int x_map(struct x *x)
{
	x->sgt = dma_buf_map_attachment_unlocked(x->attach, DMA_TO_DEVICE);
	if (IS_ERR(x->sgt))
		return PTR_ERR(x->sgt);
	return 0;
}

static int x_import(struct x *kept, struct dma_buf_attachment *attach)
{
	struct x x = { .attach = attach };
	int ret;

	ret = x_map(&x);
	if (ret)
		return ret;
	*kept = x;
	return 0;
}

static void x_release(struct x *x)
{
	dma_buf_unmap_attachment_unlocked(x->attach, x->sgt, DMA_TO_DEVICE);
}
