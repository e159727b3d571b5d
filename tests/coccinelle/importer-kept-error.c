// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-buf.h>

struct x {
	struct device *dev;
	struct dma_buf_attachment *attach;
	struct sg_table *sgt;
};

static int x_import(struct x *x)
{
	int ret = -EIO;

	x->sgt = dma_buf_map_attachment(x->attach, DMA_TO_DEVICE);
	if (IS_ERR(x->sgt)) {
		ret = PTR_ERR(x->sgt);
		goto out;
	}
	if (x_go(x))
		ret = 0;
out:
	return ret;
}

static void x_release(struct x *x)
{
	dma_buf_unmap_attachment(x->attach, x->sgt, DMA_TO_DEVICE);
}
