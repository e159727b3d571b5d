// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-buf.h>

static struct sg_table *x_map(struct dma_buf_attachment *attach, enum dma_data_direction dir)
{
	struct sg_table *sgt = drm_gem_map_dma_buf(attach, dir);

	if (!IS_ERR(sgt))
		attach->priv = sgt;

	return sgt;
}

static void x_unmap(struct dma_buf_attachment *attach, struct sg_table *sgt, enum dma_data_direction dir)
{
	attach->priv = NULL;
	drm_gem_unmap_dma_buf(attach, sgt, dir);
}

static int x_begin(struct dma_buf *dmabuf, enum dma_data_direction dir)
{
	struct drm_gem_object *obj = dmabuf->priv;
	struct x *x = to_x(obj);
	struct dma_buf_attachment *attach;

	dma_resv_lock(obj->resv, NULL);
	if (x->sgt)
		dma_sync_sgtable_for_cpu(x->dev, x->sgt, dir);

	list_for_each_entry(attach, &dmabuf->attachments, node) {
		struct sg_table *sgt = attach->priv;

		if (sgt)
			dma_sync_sgtable_for_cpu(attach->dev, sgt, dir);
	}
	dma_resv_unlock(obj->resv);
	return 0;
}

static int x_end(struct dma_buf *dmabuf, enum dma_data_direction dir)
{
	struct drm_gem_object *obj = dmabuf->priv;
	struct dma_buf_attachment *attach;

	dma_resv_lock(obj->resv, NULL);
	list_for_each_entry(attach, &dmabuf->attachments, node) {
		struct sg_table *sgt = attach->priv;

		if (sgt)
			dma_sync_sgtable_for_device(attach->dev, sgt, dir);
	}
	dma_resv_unlock(obj->resv);
	return 0;
}

static void x_show(struct dma_buf_attachment *attach)
{
	x_print(attach->priv);
}

static const struct dma_buf_ops x_ops = {
	.map_dma_buf = x_map,
	.unmap_dma_buf = x_unmap,
	.begin_cpu_access = x_begin,
	.end_cpu_access = x_end,
	.release = x_release,
};
