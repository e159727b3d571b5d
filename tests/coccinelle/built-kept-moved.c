// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-mapping.h>
#include <linux/scatterlist.h>

struct x_job {
	int id;
	struct sg_table sgt;
};

struct x_queue {
	struct x_job now, next;
};

static int x_prepare(struct x_queue *q, struct device *dev, struct page **pages, int n, size_t size)
{
	struct x_job *job = &q->next;
	struct scatterlist *sg;
	int err, i;

	err = sg_alloc_table_from_pages(&job->sgt, pages, n, 0, size, GFP_KERNEL);
	if (err)
		return err;
	err = dma_map_sgtable(dev, &job->sgt, DMA_TO_DEVICE, 0);
	if (err) {
		sg_free_table(&job->sgt);
		return err;
	}
	for_each_sgtable_dma_sg(&job->sgt, sg, i)
		x_write(q, sg_dma_address(sg));
	return 0;
}

static void x_begin(struct x_queue *q)
{
	q->now = q->next;
}

static void x_done(struct x_queue *q, struct device *dev)
{
	struct x_job *job = &q->now;

	dma_unmap_sgtable(dev, &job->sgt, DMA_TO_DEVICE, 0);
	sg_free_table(&job->sgt);
}
