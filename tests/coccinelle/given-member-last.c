// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-mapping.h>
#include <linux/scatterlist.h>

struct x_cmd {
	struct device *dev;
	struct scatterlist *sg;
	int nr;
};

/* The last one would not be found if one of them is empty. */
static int x_submit(struct x_cmd *cmd)
{
	struct scatterlist *sg;
	int i;

	if (!dma_map_sg(cmd->dev, cmd->sg, cmd->nr, DMA_TO_DEVICE))
		return -ENOMEM;

	for_each_sg(cmd->sg, sg, cmd->nr, i)
		x_add(cmd, sg_dma_address(sg), sg_dma_len(sg), i == cmd->nr - 1);
	return 0;
}

static void x_done(struct x_cmd *cmd)
{
	dma_unmap_sg(cmd->dev, cmd->sg, cmd->nr, DMA_TO_DEVICE);
}
