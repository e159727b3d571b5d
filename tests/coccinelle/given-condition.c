// SPDX-License-Identifier: GPL-2.0
#include <crypto/internal/hash.h>
#include <linux/dma-mapping.h>
#include "given-condition.h"

/* The loop has nothing to do if there is nothing, and is not told so by ranges. */
static int x_run(struct device *dev, struct ahash_request *req)
{
	struct x_request *rctx = ahash_request_ctx(req);
	struct scatterlist *sg;
	int i;

	if (rctx->nr_src > 0 &&
	    !dma_map_sg(dev, req->src, rctx->nr_src, DMA_TO_DEVICE))
		return -EIO;

	for_each_sg(req->src, sg, rctx->nr_src, i)
		x_add(dev, sg_dma_address(sg), sg_dma_len(sg));
	return 0;
}

static void x_done(struct device *dev, struct ahash_request *req)
{
	struct x_request *rctx = ahash_request_ctx(req);

	if (rctx->nr_src > 0)
		dma_unmap_sg(dev, req->src, rctx->nr_src, DMA_TO_DEVICE);
}
