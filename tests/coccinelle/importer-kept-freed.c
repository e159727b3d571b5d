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
	void *priv;
	struct x x;
	int nr;
};

static void x_free(struct x_obj *obj)
{
	kfree(obj);
}

int x_import(struct x_obj *obj, struct dma_buf_attachment *attach);
int x_import(struct x_obj *obj, struct dma_buf_attachment *attach)
{
	struct x *x = &obj->x;
	struct sg_table *table;

	table = dma_buf_map_attachment(attach, DMA_TO_DEVICE);
	if (IS_ERR(table))
		return PTR_ERR(table);
	x->attach = attach;
	x->sgt = table;
	if (obj->nr > 8) {
		x_free(obj);
		dma_buf_unmap_attachment(attach, table, DMA_TO_DEVICE);
		return -EINVAL;
	}
	return 0;
}

void x_release(struct x *x);
void x_release(struct x *x)
{
	dma_buf_unmap_attachment(x->attach, x->sgt, DMA_TO_DEVICE);
}

