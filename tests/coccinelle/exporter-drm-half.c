// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-buf.h>

static const struct dma_buf_ops x_ops = {
	.map_dma_buf = drm_gem_map_dma_buf,
	.unmap_dma_buf = x_unmap,
	.release = x_release,
};
