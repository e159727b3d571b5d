// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-mapping.h>
#include <linux/scatterlist.h>

struct x_buf {
	struct page **pages;
	unsigned int nr;
	struct sg_table sgt;
};

static int x_map(struct x *x, struct x_buf *buf)
{
	struct scatterlist *sg;
	int i, ret;

	for (i = 0; i < buf->nr; i++)
		get_page(buf->pages[i]);
	ret = sg_alloc_table_from_pages(&buf->sgt, buf->pages, buf->nr, 0, x->size, GFP_KERNEL);
	if (ret)
		return ret;
	ret = dma_map_sgtable(x->dev, &buf->sgt, DMA_TO_DEVICE, 0);
	if (ret)
		goto free;
	for_each_sgtable_dma_sg(&buf->sgt, sg, i)
		x_add(x, sg_dma_address(sg), sg_dma_len(sg));
	return 0;
free:
	sg_free_table(&buf->sgt);
	return ret;
}

static void x_unmap(struct x *x, struct x_buf *buf)
{
	dma_unmap_sgtable(x->dev, &buf->sgt, DMA_TO_DEVICE, 0);
	sg_free_table(&buf->sgt);
}
