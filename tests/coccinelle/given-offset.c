// SPDX-License-Identifier: GPL-2.0
#include <crypto/internal/skcipher.h>
#include <linux/dma-mapping.h>
#include <linux/scatterlist.h>
#include "given-offset.h"

/* It looks at more than address and length. */
static int x_run(struct device *dev, struct skcipher_request *req)
{
	struct x_request *rctx = skcipher_request_ctx(req);
	unsigned int todo, len = req->cryptlen;
	struct scatterlist *sg;
	int i, n;

	n = dma_map_sg(dev, req->src, sg_nents(req->src), DMA_TO_DEVICE);
	if (n <= 0 || n > 8)
		return -EINVAL;



	for_each_sg(req->src, sg, n, i)
		rctx->addr[i] = sg_dma_address(sg) - sg->offset;
	dma_unmap_sg(dev, req->src, sg_nents(req->src), DMA_TO_DEVICE);
	return 0;
}
