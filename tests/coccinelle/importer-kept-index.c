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
	if (IS_ERR_OR_NULL(x->sgt)) {
		int ret = x->sgt ? PTR_ERR(x->sgt) : -ENOMEM;

		x->sgt = NULL;
		return ret;
	}
	return 0;
}

static int x_program(struct x *x)
{
	struct scatterlist *sg;
	int i;

	x->nr = x->sgt->nents;
	if (!x_reserve(x, x->nr))
		return -ENOMEM;
	for_each_sgtable_dma_sg(x->sgt, sg, i) {
		if (x_write(x, i, sg_dma_address(sg))) {
			dev_err(x->dev, "entry %d\n", i);
			return -EIO;
		}
	}
	for_each_sg(x->sgt->sgl, sg, x->sgt->nents, i)
		x_length(x, i, sg_dma_len(sg));
	return 0;
}

static u64 x_total(struct x *x)
{
	struct scatterlist *sg;
	u64 total = 0;
	int i;

	for_each_sgtable_dma_sg(x->sgt, sg, i)
		total += sg_dma_len(sg);
	for_each_sgtable_dma_sg(x->sgt, sg, i)
		total -= x_part(sg_dma_len(sg));
	return total;
}

static void x_release(struct x *x)
{
	if (x->sgt)
		dma_buf_unmap_attachment_unlocked(x->attach, x->sgt, DMA_TO_DEVICE);
	x->sgt = NULL;
}
