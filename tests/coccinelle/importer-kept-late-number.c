// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-buf.h>

struct x {
	struct device *dev;
	struct dma_buf_attachment *attach;
	struct sg_table *sgt;
	unsigned int nr;
};

static int x_import(struct x *x)
{
	x->sgt = dma_buf_map_attachment_unlocked(x->attach, DMA_TO_DEVICE);
	if (IS_ERR(x->sgt))
		return PTR_ERR(x->sgt);
	return 0;
}

static int x_program(struct x *x)
{
	struct scatterlist *sg;
	int i;

	if (x->dev)
		goto write;
	x->nr = x->sgt->nents;
write:
	for_each_sgtable_dma_sg(x->sgt, sg, i)
		x_write(x, i, sg_dma_address(sg));
	return 0;
}

static void x_release(struct x *x)
{
	if (x->sgt)
		dma_buf_unmap_attachment_unlocked(x->attach, x->sgt, DMA_TO_DEVICE);
	x->sgt = NULL;
}
