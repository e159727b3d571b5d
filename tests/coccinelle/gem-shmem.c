// SPDX-License-Identifier: GPL-2.0
#include <drm/drm_gem_shmem_helper.h>

static const struct drm_gem_object_funcs x_funcs = {
	.pin = drm_gem_shmem_object_pin,
	.get_sg_table = drm_gem_shmem_object_get_sg_table,
	.vmap = drm_gem_shmem_object_vmap,
};
