// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-mapping.h>
#include <linux/mmc/host.h>

struct x_host {
	struct mmc_host *mmc;
	struct mmc_request *mrq;
	struct device *dev;
};

static int x_start(struct x_host *host, struct mmc_data *data)
{
	struct scatterlist *sg;
	int i, n;

	n = dma_map_sg(host->dev, data->sg, data->sg_len, mmc_get_dma_dir(data));
	if (!n)
		return -ENOMEM;
	for_each_sg(data->sg, sg, n, i)
		x_write(host, sg_dma_address(sg), sg_dma_len(sg));
	return 0;
}

static void x_done(struct mmc_host *mmc)
{
	struct x_host *host = mmc_priv(mmc);
	struct mmc_data *data = host->mrq->data;

	mmc_request_done(host->mmc, host->mrq);
	if (data)
		dma_unmap_sg(host->dev, data->sg, data->sg_len, mmc_get_dma_dir(data));
}
