// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-mapping.h>
#include <linux/scatterlist.h>

static int x_run(struct device *dev, struct page **pages, int count)
{
	struct scatterlist *list;
	int i, n;

	list = kcalloc(count, sizeof(*list), GFP_KERNEL);
	if (!list)
		return -ENOMEM;
	sg_init_table(list, count);
	for (i = 0; i < count; i++)
		sg_set_page(&list[i], pages[i], PAGE_SIZE, 0);
	n = dma_map_sg(dev, list, count, DMA_FROM_DEVICE);
	if (n) {
		x_go(dev, list, n);
		dma_unmap_sg(dev, list, count, DMA_FROM_DEVICE);
	}
	kfree(list);
	return n ? 0 : -ENOMEM;
}
