// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-buf-mapping.h>

static struct sg_table *x_map(struct dma_buf_attachment *attach,
			      enum dma_data_direction dir)
{
	struct x_buffer *b = attach->dmabuf->priv;
	struct sg_table *sgt;

	if (b->revoked)
		return ERR_PTR(-ENODEV);

	sgt = dma_buf_phys_vec_to_sgt(attach, b->provider, b->vec, b->nr, b->size, dir);
	if (IS_ERR(sgt))
		return sgt;

	kref_get(&b->kref);
	return sgt;
}

static void x_unmap(struct dma_buf_attachment *attach, struct sg_table *sgt,
		    enum dma_data_direction dir)
{
	struct x_buffer *b = attach->dmabuf->priv;

	dma_buf_free_sgt(attach, sgt, dir);
	kref_put(&b->kref, x_done);
}

static const struct dma_buf_ops x_ops = {
	.map_dma_buf = x_map,
	.unmap_dma_buf = x_unmap,
	.release = x_release,
};
