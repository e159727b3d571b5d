// SPDX-License-Identifier: GPL-2.0
static int x_start(struct x *x, struct bsg_job *job, int nr)
{
	nr = dma_map_sg(x->dev, job->request_payload.sg_list, nr, DMA_TO_DEVICE);
	if (!nr)
		return -ENOMEM;
	return 0;
}

static void x_stop(struct x *x, struct bsg_job *job, int nr)
{
	dma_unmap_sg(x->dev, job->request_payload.sg_list, nr, DMA_TO_DEVICE);
}
