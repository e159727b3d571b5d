// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-mapping.h>

static int x_given(struct x *x, struct page **pages, unsigned int nr, size_t size)
{
	struct sg_table sgt;
	int err;

	err = sg_alloc_table_from_pages(&sgt, pages, nr, 0, size, GFP_KERNEL);
	if (err)
		return err;
	err = dma_map_sgtable(x->dev, &sgt, DMA_TO_DEVICE, 0);
	if (err)
		goto free;
	err = y_program(x->y, &sgt);
	dma_unmap_sgtable(x->dev, &sgt, DMA_TO_DEVICE, 0);
free:
	sg_free_table(&sgt);
	return err;
}

static int x_pages(struct x *x, struct page **pages, unsigned int nr, size_t size)
{
	struct scatterlist *sg;
	struct sg_table sgt;
	int i, err;

	err = sg_alloc_table_from_pages(&sgt, pages, nr, 0, size, GFP_KERNEL);
	if (err)
		return err;
	err = dma_map_sgtable(x->dev, &sgt, DMA_TO_DEVICE, 0);
	if (err)
		goto free;
	for_each_sgtable_dma_sg(&sgt, sg, i)
		x_push(x, sg_dma_address(sg), page_address(sg_page(sg)));
	dma_unmap_sgtable(x->dev, &sgt, DMA_TO_DEVICE, 0);
free:
	sg_free_table(&sgt);
	return err;
}

static int x_unchecked(struct x *x, struct page **pages, unsigned int nr, size_t size)
{
	struct scatterlist *sg;
	struct sg_table sgt;
	int i, err;

	err = sg_alloc_table_from_pages(&sgt, pages, nr, 0, size, GFP_KERNEL);
	if (err)
		return err;
	dma_map_sg(x->dev, sgt.sgl, sgt.nents, DMA_TO_DEVICE);
	for_each_sgtable_dma_sg(&sgt, sg, i)
		x_push(x, sg_dma_address(sg), sg_dma_len(sg));
	dma_unmap_sg(x->dev, sgt.sgl, sgt.nents, DMA_TO_DEVICE);
	sg_free_table(&sgt);
	return 0;
}

static int x_unchecked_memory(struct x *x, struct page **pages, unsigned int nr, size_t size)
{
	struct sg_table sgt;
	int err;

	sg_alloc_table_from_pages(&sgt, pages, nr, 0, size, GFP_KERNEL);
	err = dma_map_sgtable(x->dev, &sgt, DMA_TO_DEVICE, 0);
	if (err)
		goto free;
	x_go(x, sgt.nents);
	dma_unmap_sgtable(x->dev, &sgt, DMA_TO_DEVICE, 0);
free:
	sg_free_table(&sgt);
	return err;
}

static int x_left(struct x *x, struct page **pages, unsigned int nr, size_t size)
{
	struct scatterlist *sg;
	struct sg_table sgt;
	int i, err;

	err = sg_alloc_table_from_pages(&sgt, pages, nr, 0, size, GFP_KERNEL);
	if (err)
		return err;
	err = dma_map_sgtable(x->dev, &sgt, DMA_TO_DEVICE, 0);
	if (err)
		goto free;
	for_each_sgtable_dma_sg(&sgt, sg, i) {
		if (x_push(x, sg_dma_address(sg), sg_dma_len(sg)))
			return -EIO;
	}
	dma_unmap_sgtable(x->dev, &sgt, DMA_TO_DEVICE, 0);
free:
	sg_free_table(&sgt);
	return err;
}

static int x_twice(struct x *x, struct page **pages, unsigned int nr, size_t size)
{
	struct sg_table sgt;
	int err;

	err = sg_alloc_table_from_pages(&sgt, pages, nr, 0, size, GFP_KERNEL);
	if (err)
		return err;
	err = dma_map_sgtable(x->dev, &sgt, DMA_TO_DEVICE, 0);
	if (err)
		goto free;
	x_go(x, sgt.nents);
	dma_unmap_sgtable(x->dev, &sgt, DMA_TO_DEVICE, 0);
	err = dma_map_sgtable(x->other, &sgt, DMA_FROM_DEVICE, 0);
	if (err)
		goto free;
	x_go(x, sgt.nents);
	dma_unmap_sgtable(x->other, &sgt, DMA_FROM_DEVICE, 0);
free:
	sg_free_table(&sgt);
	return err;
}

static int x_late(struct x *x, struct page **pages, unsigned int nr, size_t size)
{
	struct sg_table sgt;
	int err;

	err = sg_alloc_table_from_pages(&sgt, pages, nr, 0, size, GFP_KERNEL);
	if (err)
		return err;
	err = dma_map_sgtable(x->dev, &sgt, DMA_TO_DEVICE, 0);
	if (err)
		goto free;
	x_go(x, sgt.nents);
	dma_unmap_sgtable(x->dev, &sgt, DMA_TO_DEVICE, 0);
	x->done += sgt.nents;
free:
	sg_free_table(&sgt);
	return err;
}

static int x_early(struct x *x, struct page **pages, unsigned int nr, size_t size)
{
	struct sg_table sgt;
	int err;

	err = sg_alloc_table_from_pages(&sgt, pages, nr, 0, size, GFP_KERNEL);
	if (err)
		return err;
	err = x_room(x, sgt.nents);
	if (err)
		goto free;
	err = dma_map_sgtable(x->dev, &sgt, DMA_TO_DEVICE, 0);
	if (err)
		goto free;
	x_go(x, sgt.nents);
	dma_unmap_sgtable(x->dev, &sgt, DMA_TO_DEVICE, 0);
free:
	sg_free_table(&sgt);
	return err;
}

static int x_entries(struct x *x, struct page **pages, unsigned int nr, size_t size)
{
	struct scatterlist *sg;
	struct sg_table sgt;
	int i, err;

	err = sg_alloc_table_from_pages(&sgt, pages, nr, 0, size, GFP_KERNEL);
	if (err)
		return err;
	err = dma_map_sgtable(x->dev, &sgt, DMA_TO_DEVICE, 0);
	if (err)
		goto free;
	for_each_sgtable_dma_sg(&sgt, sg, i) {
		if (!sg_dma_len(sg))
			continue;
		x->desc[i].addr = sg_dma_address(sg);
	}
	dma_unmap_sgtable(x->dev, &sgt, DMA_TO_DEVICE, 0);
free:
	sg_free_table(&sgt);
	return err;
}

static int x_kept(struct x *x, struct page **pages, unsigned int nr, size_t size)
{
	struct sg_table *sgt;
	int err;

	sgt = kzalloc(sizeof(*sgt), GFP_KERNEL);
	if (!sgt)
		return -ENOMEM;
	err = sg_alloc_table_from_pages(sgt, pages, nr, 0, size, GFP_KERNEL);
	if (err)
		goto free;
	err = dma_map_sgtable(x->dev, sgt, DMA_TO_DEVICE, 0);
	if (err)
		goto free_table;
	x->sgt = sgt;
	return 0;

free_table:
	sg_free_table(sgt);
free:
	kfree(sgt);
	return err;
}

static int x_first(struct x *x, struct page **pages, unsigned int nr, size_t size)
{
	struct sg_table sgt;

	if (sg_alloc_table_from_pages(&sgt, pages, nr, 0, size, GFP_KERNEL))
		return -ENOMEM;
	if (dma_map_sgtable(x->dev, &sgt, DMA_TO_DEVICE, 0))
		goto free;
	x_go(x, sg_dma_address(sgt.sgl));
	dma_unmap_sgtable(x->dev, &sgt, DMA_TO_DEVICE, 0);
free:
	sg_free_table(&sgt);
	return 0;
}

static int x_again(struct x *x, struct page **pages, unsigned int nr, size_t size)
{
	struct sg_table sgt;
	int err, try = 3;

	do {
		err = sg_alloc_table_from_pages(&sgt, pages, nr, 0, size, GFP_KERNEL);
		if (err)
			return err;
		err = dma_map_sgtable(x->dev, &sgt, DMA_TO_DEVICE, 0);
		if (err)
			continue;
		x_go(x, sgt.nents);
		dma_unmap_sgtable(x->dev, &sgt, DMA_TO_DEVICE, 0);
		sg_free_table(&sgt);
	} while (err && try--);
	return err;
}

static int x_freed(struct x *x, struct page **pages, unsigned int nr, size_t size)
{
	struct sg_table sgt;
	int err;

	err = sg_alloc_table_from_pages(&sgt, pages, nr, 0, size, GFP_KERNEL);
	if (err)
		return err;
	err = dma_map_sgtable(x->dev, &sgt, DMA_TO_DEVICE, 0);
	if (err)
		goto free;
	x_go(x, sgt.nents);
	if (x->done)
		dma_unmap_sgtable(x->dev, &sgt, DMA_TO_DEVICE, 0);
free:
	sg_free_table(&sgt);
	x_end(x);
	return err;
}

static void x_sure_late(struct x *x, struct page **pages, unsigned int nr, size_t size)
{
	struct sg_table sgt;

	if (sg_alloc_table_from_pages(&sgt, pages, nr, 0, size, GFP_KERNEL))
		return;
	if (dma_map_sgtable(x->dev, &sgt, DMA_TO_DEVICE, 0)) {
		dev_err(x->dev, "%u entries\n", sgt.nents);
		goto free;
	}
	x_go(x, sgt.nents);
	dma_unmap_sgtable(x->dev, &sgt, DMA_TO_DEVICE, 0);
free:
	sg_free_table(&sgt);
}
