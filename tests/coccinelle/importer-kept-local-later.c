// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-buf.h>

struct x {
	struct device *dev;
	struct dma_buf_attachment *attach;
	struct sg_table *sgt;
	unsigned int nr;
};

static struct x *x_import(struct dma_buf_attachment *attach)
{
	struct sg_table *sgt;
	struct x *x;

	sgt = dma_buf_map_attachment_unlocked(attach, DMA_TO_DEVICE);
	if (IS_ERR(sgt))
		return ERR_CAST(sgt);
	x = kzalloc(sizeof(*x), GFP_KERNEL);
	if (!x) {
		dma_buf_unmap_attachment_unlocked(attach, sgt, DMA_TO_DEVICE);
		return ERR_PTR(-ENOMEM);
	}
	x->attach = attach;
	x->sgt = sgt;
	return x;
}

static void x_release(struct x *x)
{
	if (x->sgt)
		dma_buf_unmap_attachment_unlocked(x->attach, x->sgt, DMA_TO_DEVICE);
	x->sgt = NULL;
}
