// SPDX-License-Identifier: GPL-2.0
#include <crypto/internal/skcipher.h>
#include <linux/dma-mapping.h>
#include <linux/scatterlist.h>
#include "given-cursor.h"

/* The loop is one by hand, and leaves out entries of no bytes. */
static int x_run(struct device *dev, struct skcipher_request *req)
{
	struct x_request *rctx = skcipher_request_ctx(req);
	unsigned int todo, len = req->cryptlen;
	struct scatterlist *sg;
	int i, n;

	n = dma_map_sg(dev, req->src, sg_nents(req->src), DMA_TO_DEVICE);
	if (n <= 0 || n > 8)
		return -EINVAL;

	i = 0;
	sg = req->src;
	while (i < n && sg && len) {
		if (sg_dma_len(sg) == 0)
			goto next;
		rctx->addr[i] = sg_dma_address(sg);
		todo = min(len, sg_dma_len(sg));
		rctx->len[i] = todo;
		len -= todo;
		i++;
next:
		sg = sg_next(sg);
	}
	dma_unmap_sg(dev, req->src, sg_nents(req->src), DMA_TO_DEVICE);
	return 0;
}
