// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-buf.h>

struct x {
	struct device *dev;
	struct dma_buf_attachment *attach;
	struct sg_table *sgt;
	u64 *addresses;
	u32 nr;
};

static int x_import(struct x *x)
{
	struct scatterlist *sg;
	struct sg_table *sgt;
	int i, n = 0, ret;

	sgt = dma_buf_map_attachment(x->attach, DMA_TO_DEVICE);
	if (IS_ERR(sgt)) {
		ret = PTR_ERR(sgt);
		goto out;
	}

	x->nr = sgt->nents;
	x->addresses = kcalloc(x->nr, sizeof(u64), GFP_KERNEL);
	if (!x->addresses) {
		ret = -ENOMEM;
		goto unmap;
	}
	for_each_sgtable_dma_sg(sgt, sg, i)
		x->addresses[n++] = sg_dma_address(sg);
	x->sgt = sgt;
	return 0;

unmap:
	dma_buf_unmap_attachment(x->attach, sgt, DMA_TO_DEVICE);
out:
	return ret;
}

static void x_release(struct x *x)
{
	dma_buf_unmap_attachment(x->attach, x->sgt, DMA_TO_DEVICE);
	kfree(x->addresses);
	kfree(x);
}
