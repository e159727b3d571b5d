// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-buf.h>

static int x_import(struct x *x, struct dma_buf_attachment *attach)
{
	struct sg_table *sgt;
	size_t total = 0;
	unsigned int i;
	int ret;

	sgt = dma_buf_map_attachment(attach, x->dir);
	if (IS_ERR(sgt)) {
		ret = PTR_ERR(sgt);
		dev_err(x->dev, "cannot map: %d\n", ret);
		return ret;
	}
	if (x->on) {
		struct scatterlist *sg;

		for_each_sg(sgt->sgl, sg, sgt->nents, i) {
			dma_addr_t addr = sg_dma_address(sg);
			u64 len = sg_dma_len(sg);

			if (sg_dma_len(sg) % x->block)
				continue;
			total += sg_dma_len(sg);
			x_write(x, addr, len);
		}
	}
	ret = x_wait(x, total);
	dma_buf_unmap_attachment(attach, sgt, x->dir);
	return ret;
}
