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
	int i;

	req->nents = dma_map_sg(req->dev, req->sg, req->nr, req->dir);
	if (!req->nents)
		return -ENOMEM;
	for_each_sg(req->sg, sg, req->nents, i) {
		x_add(req, sg_dma_address(sg), sg_dma_len(sg));
	}
	return 0;
}

static void x_unmap(struct x_req *req)
{
	dma_unmap_sg(req->dev, req->sg, req->nr, req->dir);
}

static dma_addr_t x_map_id(struct x_req *req)
{
	return dma_map_single(req->dev, req, sizeof(u32), DMA_TO_DEVICE);
}
