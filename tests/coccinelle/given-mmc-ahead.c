// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-mapping.h>
#include <linux/mmc/host.h>

struct x_host {
	struct mmc_host *mmc;
};

void x_write(struct x_host *host, dma_addr_t addr, unsigned int len);
void x_hand(struct scatterlist *sg);

static int x_start(struct x_host *host, struct mmc_data *data)
{
	struct scatterlist *sg;
	int i, n;

	n = dma_map_sg(mmc_dev(host->mmc), data->sg, data->sg_len, DMA_TO_DEVICE);
	if (!n)
		return -ENOMEM;
	for_each_sg(data->sg, sg, n, i)
		x_write(host, sg_dma_address(sg), sg_dma_len(sg));
	return 0;
}

static void x_done(struct x_host *host, struct mmc_data *data)
{
	dma_unmap_sg(mmc_dev(host->mmc), data->sg, data->sg_len, DMA_TO_DEVICE);
}

static void x_request(struct mmc_host *mmc, struct mmc_request *mrq)
{
	struct x_host *host = mmc_priv(mmc);

	if (!x_start(host, mrq->data))
		x_done(host, mrq->data);
}

static void x_pre_req(struct mmc_host *mmc, struct mmc_request *mrq)
{
}

static const struct mmc_host_ops x_ops = {
	.pre_req = x_pre_req,
	.request = x_request,
};
