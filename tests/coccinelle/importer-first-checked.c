// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-buf.h>

static int x_import(struct x *x, struct dma_buf_attachment *attach)
{
	struct sg_table *sgt;
	int ret;

	sgt = dma_buf_map_attachment_unlocked(attach, DMA_FROM_DEVICE);
	if (IS_ERR(sgt)) {
		ret = PTR_ERR(sgt);
		goto out;
	}
	if (sgt->nents > 1) {
		dev_err(x->dev, "scattered\n");
		ret = -EINVAL;
		goto unmap;
	}
	if (sg_dma_len(sgt->sgl) < x->size) {
		ret = -EINVAL;
		goto unmap;
	}
	ret = x_write(x, sg_dma_address(sgt->sgl));
unmap:
	dma_buf_unmap_attachment_unlocked(attach, sgt, DMA_FROM_DEVICE);
out:
	return ret;
}
