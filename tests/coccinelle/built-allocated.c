// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-mapping.h>
#include <linux/slab.h>

/* The table has memory of its own. */
static int x_flash(struct x *x, struct page **pages, unsigned int nr, size_t size)
{
	struct sg_table *sgt;
	struct scatterlist *sg;
	size_t total = 0;
	int i, err = -ENOMEM;

	sgt = kzalloc(sizeof(*sgt), GFP_KERNEL);
	if (!sgt)
		goto out;

	err = sg_alloc_table_from_pages(sgt, pages, nr, 0, size, GFP_KERNEL);
	if (err) {
		dev_err(x->dev, "no memory for a table\n");
		goto free;
	}

	err = dma_map_sgtable(x->dev, sgt, DMA_TO_DEVICE, DMA_ATTR_WEAK_ORDERING);
	if (err)
		goto free_table;

	for_each_sgtable_dma_sg(sgt, sg, i) {
		if (total >= x->most)
			break;
		x_block(x, i, sg_dma_address(sg));
		total += sg_dma_len(sg);
	}
	dev_dbg(x->dev, "%u blocks\n", sgt->nents);
	err = x_burn(x, i);

	dma_unmap_sgtable(x->dev, sgt, DMA_TO_DEVICE, DMA_ATTR_WEAK_ORDERING);
free_table:
	sg_free_table(sgt);
free:
	kfree(sgt);
	if (err)
		goto out;
	x->loaded = true;
out:
	return err;
}
