// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-mapping.h>
#include <linux/scatterlist.h>

struct x_req {
	u32 id;
	struct device *dev;
	struct scatterlist *sg;
	int nr;
	int nents;
	enum dma_data_direction dir;
	size_t left;
};

static int x_map(struct x_req *req)
{
	struct scatterlist *sg;
	int i = 0;

	req->nents = dma_map_sg(req->dev, req->sg, req->nr, req->dir);
	if (!req->nents)
		return -ENOMEM;
	do {
		x_begin(req, i);
	for_each_sg(req->sg, sg, req->nents, i) {
		x_add(req, sg_dma_address(sg), sg_dma_len(sg));
	}
	} while (x_more(req));
	return 0;
}

static void x_unmap(struct x_req *req)
{
	dma_unmap_sg(req->dev, req->sg, req->nr, req->dir);
}
