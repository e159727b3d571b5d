// SPDX-License-Identifier: GPL-2.0
#include "given-scsi-first.h"

/* All includes are in a header, that may define pr_fmt(). */
static int x_map(struct x_cmd *cmd)
{
	struct scsi_cmnd *sc = cmd->sc;
	struct scatterlist *sg;
	int i, n;

	n = dma_map_sg(cmd->dev, scsi_sglist(sc), scsi_sg_count(sc), sc->sc_data_direction);
	if (!n)
		return -ENOMEM;
	scsi_for_each_sg(sc, sg, n, i)
		x_add(cmd, sg_dma_address(sg), sg_dma_len(sg));
	return 0;
}

static void x_unmap(struct x_cmd *cmd)
{
	dma_unmap_sg(cmd->dev, scsi_sglist(cmd->sc), scsi_sg_count(cmd->sc), cmd->sc->sc_data_direction);
}
