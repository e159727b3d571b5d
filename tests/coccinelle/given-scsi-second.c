// SPDX-License-Identifier: GPL-2.0
#include "given-scsi-two.h"

/* The first file of this driver maps it. */
static void x_print(struct scsi_cmnd *sc)
{
	struct scatterlist *sg;
	int i;

	scsi_for_each_sg(sc, sg, scsi_sg_count(sc), i)
		pr_info("%pad\n", &sg_dma_address(sg));
}
