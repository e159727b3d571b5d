// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-mapping.h>

struct x_request {
	int count;
};

/* If the source cannot be mapped, the destination has not been. */
static int x_run(struct x *x, struct skcipher_request *req)
{
	struct x_request *rctx = skcipher_request_ctx(req);
	struct scatterlist *sg;
	int ns, nd, i, err = 0;

	ns = dma_map_sg(x->dev, req->src, sg_nents(req->src), DMA_TO_DEVICE);
	if (!ns) {
		err = -ENOMEM;
		goto unmap;
	}
	nd = dma_map_sg(x->dev, req->dst, sg_nents(req->dst), DMA_FROM_DEVICE);
	if (!nd) {
		err = -ENOMEM;
		goto unmap;
	}
	for_each_sg(req->src, sg, ns, i)
		x_source(x, sg_dma_address(sg), sg_dma_len(sg));
	for_each_sg(req->dst, sg, nd, i)
		x_destination(x, sg_dma_address(sg), sg_dma_len(sg));
	err = x_wait(x, rctx);
unmap:
	dma_unmap_sg(x->dev, req->dst, sg_nents(req->dst), DMA_FROM_DEVICE);
	dma_unmap_sg(x->dev, req->src, sg_nents(req->src), DMA_TO_DEVICE);
	return err;
}
