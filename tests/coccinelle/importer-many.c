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
	struct sg_table *sgt;
	int ret;

	sgt = dma_buf_map_attachment_unlocked(attach, DMA_TO_DEVICE);
	if (IS_ERR(sgt))
		return PTR_ERR(sgt);
	if (sgt->nents > 1) {
		dev_err(x->dev, "scattered, first at %pad\n", &sg_dma_address(sgt->sgl));
		ret = -EINVAL;
		goto unmap;
	}
	ret = x_run(x, sg_dma_address(sgt->sgl));
unmap:
	dma_buf_unmap_attachment_unlocked(attach, sgt, DMA_TO_DEVICE);
	return ret;
}
