// SPDX-License-Identifier: GPL-2.0
#include <linux/blk-mq.h>
#include <linux/dma-mapping.h>
#include <linux/scatterlist.h>

struct x_cmd {
	struct device *dev;
	struct scatterlist sg[64];
	struct scatterlist *out_sg;
	int nr;
	enum dma_data_direction dir;
};

/* The number comes from who has mapped it. */
static void x_fill(struct x_cmd *cmd, struct x_desc *desc, int nents)
{
	struct scatterlist *sg;
	int i;

	for_each_sg(cmd->sg, sg, nents, i) {
		desc->addr = sg_dma_address(sg);
		desc->len = sg_dma_len(sg);
		desc++;
	}
}

static int x_submit(struct x_cmd *cmd, struct request *rq, struct x_desc *desc)
{
	int nents, out;
	struct scatterlist *s;
	int i;

	cmd->nr = blk_rq_map_sg(rq, cmd->sg);
	nents = dma_map_sg(cmd->dev, cmd->sg, cmd->nr, cmd->dir);
	if (!nents)
		return -ENOMEM;

	x_fill(cmd, desc, nents);

	out = dma_map_sg(cmd->dev, cmd->out_sg, 4, DMA_FROM_DEVICE);
	if (!out)
		goto unmap;
	for_each_sg(cmd->out_sg, s, out, i) {
		x_add(cmd, sg_dma_address(s), sg_dma_len(s), i + 1 == out);
	}
	return 0;

unmap:
	dma_unmap_sg(cmd->dev, cmd->sg, cmd->nr, cmd->dir);
	return -ENOMEM;
}

static void x_done(struct x_cmd *c)
{
	dma_unmap_sg(c->dev, c->sg, c->nr, c->dir);
	dma_unmap_sg(c->dev, c->out_sg, 4, DMA_FROM_DEVICE);
}
