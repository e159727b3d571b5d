// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-buf.h>

struct x {
	struct mutex lock;
	struct dma_buf_attachment *attach;
	struct sg_table *sgt;
};

static int x_import(struct x *x)
{
	struct sg_table *sgt;
	int ret;

	mutex_lock(&x->lock);
	if (x->sgt) {
		mutex_unlock(&x->lock);
		return 0;
	}
	sgt = dma_buf_map_attachment_unlocked(x->attach, DMA_TO_DEVICE);
	if (IS_ERR(sgt)) {
		ret = PTR_ERR(sgt);
		goto unlock;
	}
	x->sgt = sgt;
	ret = y_go(x->attach);
	if (!ret)
		goto unlock;
	x->sgt = NULL;
	y_unlock_all();
	dma_buf_unmap_attachment_unlocked(x->attach, sgt, DMA_TO_DEVICE);
	return ret;
unlock:
	mutex_unlock(&x->lock);
	return ret;
}

static void x_release(struct x *x)
{
	if (x->sgt)
		dma_buf_unmap_attachment_unlocked(x->attach, x->sgt, DMA_TO_DEVICE);
	x->sgt = NULL;
}
