// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-buf.h>

struct x {
	struct device *dev;
	struct dma_buf_attachment *attach;
	void __iomem *base;
	struct mutex lock;
	size_t size;
	u64 addr[64];
	u32 len[64];
};

static int x_run(struct x *x, dma_addr_t addr)
{
	writeq(addr, x->base);
	return readl(x->base + 8) ? -EIO : 0;
}

int x_import(struct x *x, struct dma_buf *dmabuf, struct dma_buf_attachment *attach);
int x_import(struct x *x, struct dma_buf *dmabuf, struct dma_buf_attachment *attach)
{
	struct scatterlist *sg;
	struct sg_table *sgt;
	unsigned int i;
	int ret = 0;

	sgt = dma_buf_map_attachment_unlocked(attach, DMA_TO_DEVICE);
	if (IS_ERR(sgt))
		return PTR_ERR(sgt);
	for_each_sgtable_dma_sg(sgt, sg, i) {
		if (i == 3)
			i++;
		x->addr[i & 63] = sg_dma_address(sg);
	}
	dma_buf_unmap_attachment_unlocked(attach, sgt, DMA_TO_DEVICE);
	return ret;
}
