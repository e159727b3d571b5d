// SPDX-License-Identifier: GPL-2.0
#include <crypto/internal/skcipher.h>
#include <linux/dma-mapping.h>
#include "given-request.h"

struct x_desc {
	u32 addr;
	u32 len;
};

void x_start(struct device *dev, struct x_desc *src, struct x_desc *dst);

static int x_run(struct device *dev, struct skcipher_request *req,
		 struct x_desc *src, struct x_desc *dst)
{
	struct x_request *rctx = skcipher_request_ctx(req);
	unsigned int len = req->cryptlen;
	struct scatterlist *sg;
	int i, n, m, err = 0;

	if (req->src == req->dst) {
		n = dma_map_sg(dev, req->src, rctx->nr_src, DMA_BIDIRECTIONAL);
		if (!n)
			return -EINVAL;
		m = rctx->nr_dst;
	} else {
		n = dma_map_sg(dev, req->src, rctx->nr_src, DMA_TO_DEVICE);
		if (!n)
			return -EINVAL;
		m = dma_map_sg(dev, req->dst, rctx->nr_dst, DMA_FROM_DEVICE);
		if (!m) {
			err = -EINVAL;
			goto unmap;
		}
	}

	for_each_sg(req->src, sg, rctx->nr_src, i) {
		u32 todo = min(len, sg_dma_len(sg));

		src[i].addr = sg_dma_address(sg);
		src[i].len = todo;
		len -= todo;
	}

	for_each_sg(req->dst, sg, m, i) {
		dst[i].addr = sg_dma_address(sg);
		dst[i].len = sg_dma_len(sg);
		dev_dbg(dev, "%d: %u at %u\n", i, dst[i].len, sg->offset);
	}
	x_start(dev, src, dst);
	return 0;

unmap:
	dma_unmap_sg(dev, req->src, rctx->nr_src, DMA_TO_DEVICE);
	return err;
}

static void x_done(struct device *dev, struct skcipher_request *req)
{
	struct x_request *rctx = skcipher_request_ctx(req);

	if (req->src == req->dst) {
		dma_unmap_sg(dev, req->src, rctx->nr_src, DMA_BIDIRECTIONAL);
	} else {
		dma_unmap_sg(dev, req->src, rctx->nr_src, DMA_TO_DEVICE);
		dma_unmap_sg(dev, req->dst, rctx->nr_dst, DMA_FROM_DEVICE);
	}
}
