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

static struct sg_table *x_get_sg_table(struct drm_gem_object *obj)
{
	struct x_bo *bo = to_x_bo(obj);

	return drm_prime_pages_to_sg(obj->dev, bo->pages, bo->nr_pages);
}

static const struct drm_gem_object_funcs x_funcs = {
	.get_sg_table = x_get_sg_table,
};

void x_init(struct x_bo *bo);
void x_init(struct x_bo *bo)
{
	bo->base.funcs = &x_funcs;
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
