// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-mapping.h>

struct x_ring {
	struct x_dev *xdev;
	struct sg_table table;
	unsigned int mapped;
};

/* Built when memory is there, mapped when the device is. */
static int x_ring_init(struct x_ring *ring, struct page **pages, unsigned int nr)
{
	int err;

	err = sg_alloc_table_from_pages_segment(&ring->table, pages, nr, 0, (u64)nr * PAGE_SIZE,
						UINT_MAX, GFP_KERNEL);
	if (err)
		return err;
	return 0;
}

static int x_ring_start(struct x_dev *xdev, struct x_ring *ring)
{
	ring->mapped = dma_map_sg(&xdev->pdev->dev, ring->table.sgl, ring->table.orig_nents, DMA_BIDIRECTIONAL);
	if (!ring->mapped)
		return -EIO;
	return 0;
}

static void x_ring_write(struct x_dev *xdev, struct x_ring *ring)
{
	struct scatterlist *sg;
	int i;

	for_each_sg(ring->table.sgl, sg, ring->mapped, i)
		x_write(xdev, i, sg_dma_address(sg), sg_dma_len(sg));
}

static void x_ring_stop(struct x_dev *xdev, struct x_ring *ring)
{
	dma_unmap_sg(&xdev->pdev->dev, ring->table.sgl, ring->table.orig_nents, DMA_BIDIRECTIONAL);
	ring->mapped = 0;
}

static void x_ring_exit(struct x_ring *ring)
{
	sg_free_table(&ring->table);
}
