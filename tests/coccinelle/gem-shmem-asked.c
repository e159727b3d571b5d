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

static const struct drm_gem_object_funcs x_funcs = {
	.get_sg_table = drm_gem_shmem_object_get_sg_table,
};

void x_init(struct x_bo *bo);
void x_init(struct x_bo *bo)
{
	bo->base.funcs = &x_funcs;
	bo = to_x_bo(&bo->base);
}

int x_pin(struct x_bo *bo, struct device *dev);
int x_pin(struct x_bo *bo, struct device *dev)
{
	struct sg_table *sgt = bo->base.funcs->get_sg_table(&bo->base);

	if (IS_ERR(sgt))
		return PTR_ERR(sgt);
	bo->virt = sgt;
	return dma_map_sgtable(dev, sgt, DMA_BIDIRECTIONAL, 0);
}
