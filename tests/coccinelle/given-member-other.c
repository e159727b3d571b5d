// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-mapping.h>
#include <linux/scatterlist.h>

struct x_cmd {
	struct device *dev;
	struct scatterlist *sg;
	int nr;
};

/* Another number than that of what was mapped. */
static void x_fill(struct x_cmd *cmd, int nents)
{
	struct scatterlist *sg;
	int i;

	for_each_sg(cmd->sg, sg, nents, i)
		x_add(cmd, sg_dma_address(sg), sg_dma_len(sg));
}

static int x_submit(struct x_cmd *cmd)
{
	int nents;

	nents = dma_map_sg(cmd->dev, cmd->sg, cmd->nr, DMA_TO_DEVICE);
	if (!nents)
		return -ENOMEM;

	x_fill(cmd, nents - 1);
	return 0;
}

static void x_done(struct x_cmd *cmd)
{
	dma_unmap_sg(cmd->dev, cmd->sg, cmd->nr, DMA_TO_DEVICE);
}
