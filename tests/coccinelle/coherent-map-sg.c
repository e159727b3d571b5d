// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>

static struct sg_table *x_map(struct dma_buf_attachment *attach,
			      enum dma_data_direction dir)
{
	struct x_buffer *buf = attach->dmabuf->priv;
	struct sg_table *sgt;
	int nents;

	sgt = kzalloc(sizeof(struct sg_table), GFP_KERNEL);
	if (!sgt)
		return ERR_PTR(-ENOMEM);

	if (dma_get_sgtable(buf->dev, sgt, buf->virt, buf->dma, buf->size)) {
		dev_err(buf->dev, "no table\n");
		kfree(sgt);
		return ERR_PTR(-EINVAL);
	}

	nents = dma_map_sg(attach->dev, sgt->sgl, sgt->orig_nents, dir);
	if (nents <= 0) {
		dev_err(attach->dev, "cannot be mapped\n");
		sg_free_table(sgt);
		kfree(sgt);
		return ERR_PTR(-EIO);
	}
	return sgt;
}

static void x_unmap(struct dma_buf_attachment *attach, struct sg_table *sgt,
		    enum dma_data_direction dir)
{
	dma_unmap_sg(attach->dev, sgt->sgl, sgt->orig_nents, dir);
	sg_free_table(sgt);
	kfree(sgt);
}

static const struct dma_buf_ops x_ops = {
	.map_dma_buf = x_map,
	.unmap_dma_buf = x_unmap,
	.release = x_release,
};
