// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-buf.h>

struct x {
	struct device *dev;
	struct dma_buf_attachment *attach;
	struct sg_table *sgt;
};

static int x_import(struct x *x)
{
	int ret;

	x->sgt = dma_buf_map_attachment_unlocked(x->attach, DMA_TO_DEVICE);
	if (IS_ERR(x->sgt)) {
		ret = PTR_ERR(x->sgt);
		x->sgt = NULL;
		return ret;
	}
	return 0;
}

static bool y_is_mapped(struct y *y)
{
	if (y->sgt)
		return true;
	return false;
}

static void x_release(struct x *x)
{
	if (x->sgt)
		dma_buf_unmap_attachment_unlocked(x->attach, x->sgt, DMA_TO_DEVICE);
	x->sgt = NULL;
}
