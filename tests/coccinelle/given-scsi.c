// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-mapping.h>
#include "given-scsi.h"

/* The driver has memory with each command. */
static int x_map(struct x_cmd *cmd, struct x_desc *desc)
{
	struct scsi_cmnd *sc = cmd->sc;
	struct scatterlist *sg;
	u32 len;
	u64 addr;
	int i, n;

	n = dma_map_sg(cmd->dev, scsi_sglist(sc), scsi_sg_count(sc),
		       sc->sc_data_direction);
	if (!n)
		return -ENOMEM;

	scsi_for_each_sg(sc, sg, n, i) {
		len = (u32)sg_dma_len(sg);
		addr = (u64)sg_dma_address(sg);
		desc[i].addr = addr;
		desc[i].len = len;
		if (i + 1 == n)
			desc[i].last = true;
	}
	return 0;
}

static void x_sum(struct x_cmd *cmd, struct scsi_cmnd *sc, unsigned char *n)
{
	struct scatterlist *sg;
	int i;

	*n = dma_map_sg(cmd->dev, scsi_sglist(sc), scsi_sg_count(sc), sc->sc_data_direction);
	if (!*n)
		return;
	scsi_for_each_sg(sc, sg, *n, i)
		x_add(cmd, sg_dma_address(sg), sg_dma_len(sg));
}

static void x_unmap(struct x_cmd *cmd)
{
	dma_unmap_sg(cmd->dev, scsi_sglist(cmd->sc), scsi_sg_count(cmd->sc),
		     cmd->sc->sc_data_direction);
}
