// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-buf.h>

#include <drm/drm_device.h>
#include <drm/drm_gem.h>
#include <drm/drm_gem_shmem_helper.h>
#include <drm/drm_prime.h>

struct x_bo {
	struct drm_gem_object base;
	struct page **pages, **shadow;
	unsigned int nr_pages, nr_shadow;
	bool in_cpu, imported;
	void *virt;
	void __iomem *bell;
};

static struct x_bo *to_x_bo(struct drm_gem_object *obj)
{
	return container_of(obj, struct x_bo, base);
}

static struct sg_table *x_map(struct dma_buf_attachment *attach,
			      enum dma_data_direction dir)
{
	struct sg_table *sgt = drm_gem_map_dma_buf(attach, dir);

	if (!IS_ERR(sgt))
		attach->priv = sgt;
	return sgt;
}

static void x_unmap(struct dma_buf_attachment *attach, struct sg_table *sgt,
		    enum dma_data_direction dir)
{
	attach->priv = NULL;
	drm_gem_unmap_dma_buf(attach, sgt, dir);
}

static int x_begin(struct dma_buf *dmabuf, enum dma_data_direction dir)
{
	struct drm_gem_object *obj = dmabuf->priv;
	struct dma_buf_attachment *attach;

	dma_resv_lock(obj->resv, NULL);
	list_for_each_entry(attach, &dmabuf->attachments, node) {
		struct sg_table *sgt = attach->priv;

		if (sgt)
			dma_sync_sgtable_for_cpu(attach->dev, sgt, dir);
	}
	to_x_bo(obj)->in_cpu = *(u32 *)to_x_bo(obj)->virt == 0x1234;
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

static const struct dma_buf_ops x_ops = {
	.attach = drm_gem_map_attach,
	.detach = drm_gem_map_detach,
	.map_dma_buf = x_map,
	.unmap_dma_buf = x_unmap,
	.begin_cpu_access = x_begin,
	.end_cpu_access = x_end,
	.release = drm_gem_dmabuf_release,
};

struct dma_buf *x_export(struct drm_gem_object *obj, int flags);
struct dma_buf *x_export(struct drm_gem_object *obj, int flags)
{
	struct dma_buf_export_info exp = {
		.exp_name = KBUILD_MODNAME,
		.owner = THIS_MODULE,
		.ops = &x_ops,
		.size = obj->size,
		.flags = flags,
		.priv = obj,
		.resv = obj->resv,
	};

	return drm_gem_dmabuf_export(obj->dev, &exp);
}

