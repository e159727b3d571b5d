// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-buf.h>

static struct sg_table *y_map(struct dma_buf_attachment *attach, enum dma_data_direction dir)
{
	if (attach->peer2peer)
		return ERR_PTR(-EINVAL);
	return drm_gem_map_dma_buf(attach, dir);
}

static const struct dma_buf_ops x_ops = {
	.map_dma_buf = drm_gem_map_dma_buf,
	.unmap_dma_buf = drm_gem_unmap_dma_buf,
	.release = x_release,
};
