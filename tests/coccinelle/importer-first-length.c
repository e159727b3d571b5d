// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-buf.h>

static int x_import(struct x *x, struct dma_buf_attachment *attach)
{
	struct sg_table *sgt;
	unsigned int len;
	int ret;

	sgt = dma_buf_map_attachment(attach, DMA_TO_DEVICE);
	if (IS_ERR(sgt))
		return PTR_ERR(sgt);
	if (sgt->nents != 1) {
		ret = -EINVAL;
		goto unmap;
	}
	len = sg_dma_len(sgt->sgl);
	ret = x_run(x, sg_dma_address(sgt->sgl), len);
unmap:
	dma_buf_unmap_attachment(attach, sgt, DMA_TO_DEVICE);
	return ret;
}
