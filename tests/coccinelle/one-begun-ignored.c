// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-mapping.h>

struct x_task {
	struct scatterlist req;
	struct scatterlist resp;
};

void x_start(struct x *x, dma_addr_t req, dma_addr_t resp);

/* Nobody looks at the result. */
static int x_build(struct x *x, struct x_task *task)
{
	struct device *dev = x->dev;

	dma_map_sg(dev, &task->req, 1, DMA_TO_DEVICE);
	dma_map_sg(dev, &task->resp, 1, DMA_FROM_DEVICE);

	x_start(x, sg_dma_address(&task->req), sg_dma_address(&task->resp));
	return 0;
}

static void x_done(struct x *x, struct x_task *task)
{
	dma_unmap_sg(x->dev, &task->req, 1, DMA_TO_DEVICE);
	dma_unmap_sg(x->dev, &task->resp, 1, DMA_FROM_DEVICE);
}

static int x_run(struct x *x, struct x_task *task)
{
	int err;

	err = x_build(x, task);
	if (x->debug)
		return err;
	x_done(x, task);
	return 0;
}
