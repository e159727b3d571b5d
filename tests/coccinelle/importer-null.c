// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-buf.h>

static int x_first(struct x *x, struct dma_buf_attachment *attach)
{
	struct sg_table *sgt;

	sgt = dma_buf_map_attachment_unlocked(attach, DMA_TO_DEVICE);
	if (IS_ERR_OR_NULL(sgt))
		return -EIO;
	if (sgt->nents > 1)
		goto bad;
	x_go(x, sg_dma_address(sgt->sgl));
	dma_buf_unmap_attachment_unlocked(attach, sgt, DMA_TO_DEVICE);
	return 0;
bad:
	dma_buf_unmap_attachment_unlocked(attach, sgt, DMA_TO_DEVICE);
	return -EINVAL;
}

static int x_walk(struct x *x, struct dma_buf_attachment *attach)
{
	struct scatterlist *sg;
	struct sg_table *sgt;
	int i, ret = 0;

	sgt = dma_buf_map_attachment(attach, DMA_TO_DEVICE);
	if (IS_ERR_OR_NULL(sgt)) {
		ret = PTR_ERR(sgt);
		goto out;
	}
	for_each_sgtable_dma_sg(sgt, sg, i)
		x_write(x, sg_dma_address(sg), sg_dma_len(sg));
	dma_buf_unmap_attachment(attach, sgt, DMA_TO_DEVICE);
out:
	return ret;
}

static int x_leak(struct x *x, struct dma_buf_attachment *attach)
{
	struct sg_table *sgt;

	sgt = dma_buf_map_attachment(attach, DMA_TO_DEVICE);
	if (IS_ERR_OR_NULL(sgt))
		return PTR_ERR(sgt);
	if (x_go(x, attach))
		return -EIO;
	dma_buf_unmap_attachment(attach, sgt, DMA_TO_DEVICE);
	return 0;
}
