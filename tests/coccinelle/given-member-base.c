// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-mapping.h>
#include <linux/scatterlist.h>

struct x_base {
	int id;
};

/**
 * struct x_req - what a client asks for
 * @base: of the framework, which casts it
 * @sg: data
 * @nr: entries
 * @dir: where to
 */
struct x_req {
	struct x_base base;
	struct scatterlist *sg;
	int nr;
	enum dma_data_direction dir;
};

static int x_map(struct device *dev, struct x_base *base)
{
	struct x_req *req = (struct x_req *)base;
	struct scatterlist *sg;
	int i, n;

	n = dma_map_sg(dev, req->sg, req->nr, req->dir);
	if (!n)
		return -ENOMEM;
	for_each_sg(req->sg, sg, n, i)
		x_add(dev, sg_dma_address(sg), sg_dma_len(sg));
	return 0;
}

static int __x_again(struct device *dev, struct x_req *req)
{
	if (!dma_map_sg(dev, req->sg, req->nr, req->dir))
		return -ENOMEM;
	return 0;
}

static void x_unmap(struct device *dev, struct x_req *req)
{
	dma_unmap_sg(dev, req->sg, req->nr, req->dir);
}
