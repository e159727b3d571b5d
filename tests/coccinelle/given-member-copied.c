// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-mapping.h>
#include <linux/scatterlist.h>

struct x_cmd {
	struct device *dev;
	struct scatterlist *sg;
	int nr;
};

/* A list has to stay where it is. */
static void x_move(struct x_cmd *to, struct x_cmd *from)
{
	*to = *from;
}

static int x_submit(struct x_cmd *cmd)
{
	struct scatterlist *sg;
	int i, n;

	n = dma_map_sg(cmd->dev, cmd->sg, cmd->nr, DMA_TO_DEVICE);
	if (!n)
		return -ENOMEM;

	for_each_sg(cmd->sg, sg, n, i)
		x_add(cmd, sg_dma_address(sg), sg_dma_len(sg));
	return 0;
}

static void x_done(struct x_cmd *cmd)
{
	dma_unmap_sg(cmd->dev, cmd->sg, cmd->nr, DMA_TO_DEVICE);
}
