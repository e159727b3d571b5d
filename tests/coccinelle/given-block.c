// SPDX-License-Identifier: GPL-2.0
#include <linux/blk-mq.h>
#include <linux/dma-mapping.h>
#include <linux/scatterlist.h>

struct x_cmd {
	struct device *dev;
	struct scatterlist sg[64];
	int nr;
	enum dma_data_direction dir;
};

/* An error, where there was none without memory for ranges. */
static blk_status_t x_queue(struct x_cmd *cmd, struct request *rq, struct x_desc *desc)
{
	struct scatterlist *sg;
	int nents, i;

	cmd->nr = blk_rq_map_sg(rq, cmd->sg);
	nents = dma_map_sg(cmd->dev, cmd->sg, cmd->nr, cmd->dir);
	if (!nents)
		return BLK_STS_IOERR;
	for_each_sg(cmd->sg, sg, nents, i) {
		desc->addr = sg_dma_address(sg);
		desc->len = sg_dma_len(sg);
		desc++;
	}
	return BLK_STS_OK;
}

static void x_complete(struct x_cmd *cmd)
{
	dma_unmap_sg(cmd->dev, cmd->sg, cmd->nr, cmd->dir);
}
