// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-mapping.h>
#include <linux/slab.h>

struct x_buf {
	struct device *dev;
	struct page **pages;
	unsigned int nr_pages;
	enum dma_data_direction dir;
	struct sg_table sgt;
	struct x_desc *desc;
};

static int x_buf_pin(struct x_dev *xdev, struct x_buf *buf, unsigned long addr, size_t size)
{
	int ret;

	buf->nr_pages = DIV_ROUND_UP(offset_in_page(addr) + size, PAGE_SIZE);
	buf->pages = kvcalloc(buf->nr_pages, sizeof(*buf->pages), GFP_KERNEL);
	if (!buf->pages)
		return -ENOMEM;

	ret = pin_user_pages_fast(addr, buf->nr_pages, FOLL_WRITE, buf->pages);
	if (ret != buf->nr_pages) {
		ret = ret < 0 ? ret : -EFAULT;
		goto free_pages;
	}

	ret = sg_alloc_table_from_pages(&buf->sgt, buf->pages, buf->nr_pages,
					offset_in_page(addr), size, GFP_KERNEL);
	if (ret)
		goto unpin;

	buf->dev = xdev->dev;
	ret = dma_map_sgtable(buf->dev, &buf->sgt, buf->dir, 0);
	if (ret) {
		dev_err(xdev->dev, "cannot map a buffer: %d\n", ret);
		goto free_table;
	}

	buf->desc = kcalloc(buf->sgt.nents, sizeof(*buf->desc), GFP_KERNEL);
	if (!buf->desc) {
		ret = -ENOMEM;
		goto unmap;
	}
	return 0;

unmap:
	dma_unmap_sgtable(buf->dev, &buf->sgt, buf->dir, 0);
free_table:
	sg_free_table(&buf->sgt);
unpin:
	unpin_user_pages(buf->pages, buf->nr_pages);
free_pages:
	kvfree(buf->pages);
	return ret;
}

static void x_buf_program(struct x_buf *b)
{
	struct sg_table *sgt = &b->sgt;
	struct scatterlist *sg;
	int i;

	for_each_sgtable_dma_sg(sgt, sg, i) {
		b->desc[i].addr = cpu_to_le64(sg_dma_address(sg));
		b->desc[i].len = cpu_to_le32(sg_dma_len(sg));
		if (i == sgt->nents - 1)
			b->desc[i].flags = X_LAST;
	}
}

static void x_buf_done(struct x_buf *buf)
{
	X_WITH(buf->dev) {
		x_wait(buf) X_NO_SEMICOLON
	}
	dma_sync_sgtable_for_cpu(buf->dev, &buf->sgt, buf->dir);
}

static void x_buf_unpin(struct x_buf *buf)
{
	kfree(buf->desc);
	dma_unmap_sgtable(buf->dev, &buf->sgt, buf->dir, 0);
	sg_free_table(&buf->sgt);
	unpin_user_pages_dirty_lock(buf->pages, buf->nr_pages, true);
	kvfree(buf->pages);
}
