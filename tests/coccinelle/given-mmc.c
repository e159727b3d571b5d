// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-mapping.h>
#include <linux/mmc/host.h>

struct x_host {
	struct mmc_host *mmc;
	void __iomem *base;
};

void x_write(struct x_host *host, dma_addr_t addr, unsigned int len, int nr);
void x_log(const char *what, unsigned int len);

/* Nothing but whether there are entries is asked. */
static int x_map(struct mmc_host *mmc, struct mmc_request *mrq)
{
	struct mmc_data *data = mrq->data;
	int n;

	if (!data)
		return 0;

	n = dma_map_sg(mmc_dev(mmc), data->sg, data->sg_len, mmc_get_dma_dir(data));
	if (n <= 0)
		return -ENOMEM;

	return 0;
}

/* One after the other. */
static int x_walk(struct x_host *host, struct mmc_data *data)
{
	struct scatterlist *sg;
	int i, count;

	count = dma_map_sg(mmc_dev(host->mmc), data->sg, data->sg_len,
			   mmc_get_dma_dir(data));
	if (!count || count > 8)
		return -EINVAL;

	for_each_sg(data->sg, sg, count, i) {
		unsigned int len = sg_dma_len(sg);

		if (len > 4096)
			break;
		x_write(host, sg_dma_address(sg), sg_dma_len(sg), i);
	}
	return 0;
}

/* With nothing to count. */
static int x_plain(struct x_host *host, struct mmc_data *data)
{
	struct scatterlist *sg;
	int i;

	if (!dma_map_sg(mmc_dev(host->mmc), data->sg, data->sg_len, mmc_get_dma_dir(data)))
		return -EINVAL;

	for_each_sg(data->sg, sg, data->sg_len, i)
		x_write(host, sg_dma_address(sg), sg_dma_len(sg), 0);
	return 0;
}

/* The device takes one. */
static void x_first(struct x_host *host, struct mmc_command *cmd)
{
	struct scatterlist *sg;
	int i;

	x_write(host, sg_dma_address(cmd->data->sg), sg_dma_len(cmd->data->sg), 0);

	/* The CPU's side stays. */
	for_each_sg(cmd->data->sg, sg, cmd->data->sg_len, i)
		x_log("entry", sg->length);
}

static void x_done(struct x_host *host, struct mmc_data *data)
{
	dma_unmap_sg(mmc_dev(host->mmc), data->sg, data->sg_len,
		     mmc_get_dma_dir(data));
}

static void x_request(struct mmc_host *mmc, struct mmc_request *mrq)
{
	struct x_host *host = mmc_priv(mmc);

	if (x_map(mmc, mrq))
		return;
	x_first(host, mrq->cmd);
	x_done(host, mrq->data);
	if (x_walk(host, mrq->data) || x_plain(host, mrq->data))
		return;
	x_done(host, mrq->data);
}
