// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-buf.h>

static const struct dma_buf_ops x_ops = {
	.attach = drm_gem_map_attach,
	.detach = drm_gem_map_detach,
	.map_dma_buf = drm_gem_map_dma_buf,
	.unmap_dma_buf = drm_gem_unmap_dma_buf,
	.release = x_release,
};
