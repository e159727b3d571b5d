// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-buf.h>

struct x {
	struct dma_buf_attachment *attach;
	struct sg_table *table;
};

static struct x *x_import(struct dma_buf_attachment *attach)
{
	struct x *x = x_alloc();
	struct sg_table *table;

	x->attach = attach;
	table = dma_buf_map_attachment(attach, DMA_FROM_DEVICE);
	if (IS_ERR(table)) {
		x_free(x);
		return ERR_CAST(table);
	}
	x->table = table;
	return x;
}

static void x_release(struct x *x)
{
	dma_buf_unmap_attachment(x->attach, x->table, DMA_FROM_DEVICE);
	x_free(x);
}
