// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-mapping.h>
#include <linux/scatterlist.h>
#include <scsi/scsi_cmnd.h>

struct x_code {
	u32 num_sg;
	u32 num_dma_sg;
	struct scatterlist *list;
};

/* The list of a command is mapped by SCSI, and stays what it is. */
static int x_command(struct x_host *host, struct scsi_cmnd *cmd)
{
	struct scatterlist *sg;
	int i, n;

	n = scsi_dma_map(cmd);
	if (n < 0)
		return n;
	scsi_for_each_sg(cmd, sg, n, i)
		x_add(host, sg_dma_address(sg), sg_dma_len(sg));
	return 0;
}

static void x_load(struct x_host *host, struct x_code *code)
{
	struct scatterlist *sg;
	int i;

	for_each_sg(code->list, sg, code->num_dma_sg, i)
		x_add(host, sg_dma_address(sg), sg_dma_len(sg));
}

static int x_map(struct x_host *host, struct x_code *code)
{
	code->num_dma_sg = dma_map_sg(host->dev, code->list, code->num_sg, DMA_TO_DEVICE);
	if (!code->num_dma_sg)
		return -EIO;
	x_load(host, code);
	return 0;
}

static void x_done(struct x_host *host, struct x_code *code)
{
	dma_unmap_sg(host->dev, code->list, code->num_sg, DMA_TO_DEVICE);
}
