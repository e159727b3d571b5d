// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-buf.h>

static int x_import(struct x *x, struct dma_buf_attachment *attach)
{
	struct sg_table *sgt;
	int ret;

	sgt = dma_buf_map_attachment(attach, DMA_FROM_DEVICE);
	if (IS_ERR(sgt)) {
		ret = PTR_ERR(sgt);
		goto out;
	}
	x_write(x, sg_dma_address(sgt->sgl));
	ret = x_wait(x);
	dma_buf_unmap_attachment(attach, sgt, DMA_FROM_DEVICE);
out:
	return ret;
}

static int x_import_unlocked(struct x *x, struct dma_buf_attachment *attach)
{
	struct sg_table *sgt;
	int ret;

	sgt = dma_buf_map_attachment_unlocked(attach, DMA_FROM_DEVICE);
	if (IS_ERR(sgt))
		return PTR_ERR(sgt);
	x_write(x, sg_dma_address(sgt->sgl));
	ret = x_wait(x);
	dma_buf_unmap_attachment_unlocked(attach, sgt, DMA_FROM_DEVICE);
	return ret;
}

static int x_import_other(struct x *x, struct dma_buf_attachment *attach)
{
	struct sg_table *sgt;
	int ret = -EIO;

	sgt = dma_buf_map_attachment(attach, DMA_FROM_DEVICE);
	if (IS_ERR(sgt)) {
		ret = PTR_ERR(sgt);
		goto out;
	}
	x_write(x, sg_dma_address(sgt->sgl));
	if (x_wait(x))
		ret = 0;
	dma_buf_unmap_attachment(attach, sgt, DMA_FROM_DEVICE);
out:
	return ret;
}
