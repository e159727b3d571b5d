// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-mapping.h>
#include <linux/scatterlist.h>

struct x_req {
	struct scatterlist *sg;
	int nr;
	enum dma_data_direction dir;
};

/* No entries are unmapped as well, but there would be no ranges. */
static int x_map(struct device *dev, struct x_req *req)
{
	struct scatterlist *sg;
	int i, n;

	if (!req->nr)
		return 0;
	n = dma_map_sg(dev, req->sg, req->nr, req->dir);
	if (!n)
		return -ENOMEM;
	for_each_sg(req->sg, sg, n, i)
		x_add(dev, sg_dma_address(sg), sg_dma_len(sg));
	return 0;
}

static void x_unmap(struct device *dev, struct x_req *req)
{
	dma_unmap_sg(dev, req->sg, req->nr, req->dir);
}
