// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-buf.h>

static struct x *x_import(struct x *x, struct dma_buf_attachment *attach)
{
	struct sg_table *sgt;
	struct x *ret;
	int err = -EIO;

	sgt = dma_buf_map_attachment_unlocked(attach, DMA_TO_DEVICE);
	if (IS_ERR(sgt)) {
		ret = ERR_CAST(sgt);
		goto out;
	}
	ret = x_wait(x) ? x : ERR_PTR(err);
	dma_buf_unmap_attachment_unlocked(attach, sgt, DMA_TO_DEVICE);
out:
	return ret;
}

static int x_import_late(struct x *x, struct dma_buf_attachment *attach)
{
	struct sg_table *sgt;
	int ret = -EIO;

	sgt = dma_buf_map_attachment_unlocked(attach, DMA_TO_DEVICE);
	if (IS_ERR(sgt))
		return dev_err_probe(x->dev, PTR_ERR(sgt), "cannot map\n");
	if (x_wait(x))
		ret = 0;
	dma_buf_unmap_attachment_unlocked(attach, sgt, DMA_TO_DEVICE);
	return ret;
}

static int x_import_preset(struct x *x, struct dma_buf_attachment *attach)
{
	struct sg_table *sgt;
	int ret = -EIO;

	sgt = dma_buf_map_attachment_unlocked(attach, DMA_TO_DEVICE);
	if (IS_ERR(sgt)) {
		ret = PTR_ERR(sgt);
		goto out;
	}
	if (x_wait(x))
		ret = 0;
	dma_buf_unmap_attachment_unlocked(attach, sgt, DMA_TO_DEVICE);
out:
	return ret;
}
