// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-buf.h>

struct x {
	struct device *dev;
	struct dma_buf_attachment *attach;
	void __iomem *base;
	struct mutex lock;
	struct sg_table *sgt;
	bool on;
};

struct x_obj {
	struct x x;
	int nr;
};

int x_import(struct x *x);
int x_import(struct x *x)
{
	x->sgt = dma_buf_map_attachment(x->attach, DMA_TO_DEVICE);
	if (IS_ERR(x->sgt))
		return PTR_ERR(x->sgt);
	return 0;
}

void x_release(struct x *x);
void x_release(struct x *x)
{
	dma_buf_unmap_attachment(x->attach, x->sgt, DMA_TO_DEVICE);
}

void x_put(struct x_obj *to, struct x_obj *from);
void x_put(struct x_obj *to, struct x_obj *from)
{
	to->x = from->x;
}

