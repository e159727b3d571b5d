// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-mapping.h>

struct x_user {
	struct page **pages;
	struct sg_table sgt;
	dma_addr_t addr;
};

static int x_user_get(struct x *x, struct x_user *user, unsigned int nr, size_t size)
{
	int ret;

	ret = sg_alloc_table_from_pages(&user->sgt, user->pages, nr, 0, size, GFP_KERNEL);
	if (ret < 0)
		return ret;
	ret = dma_map_sgtable(x->dev, &user->sgt, DMA_BIDIRECTIONAL, 0);
	if (ret) {
		x_say("cannot map");
		goto free;
	}
	return 0;
free:
	sg_free_table(&user->sgt);
	return ret;
}

static void x_user_put(struct x *x, struct x_user *user)
{
	dma_unmap_sgtable(x->dev, &user->sgt, DMA_BIDIRECTIONAL, 0);
	sg_free_table(&user->sgt);
}
