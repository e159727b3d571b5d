// SPDX-License-Identifier: GPL-2.0
#include <drm/drm_prime.h>

static struct sg_table *x_gem_prime_get_sg_table(struct drm_gem_object *obj)
{
	struct x_bo *bo = to_x_bo(obj);

	if (!bo->pages)
		return ERR_PTR(-ENOMEM);

	return drm_prime_pages_to_sg(obj->dev, bo->pages, bo->nr_pages);
}

static const struct drm_gem_object_funcs x_funcs = {
	.pin = x_pin,
	.get_sg_table = x_gem_prime_get_sg_table,
};
