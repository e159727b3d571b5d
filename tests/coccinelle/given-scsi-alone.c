// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-mapping.h>
#include <scsi/scsi_cmnd.h>

/* There is no memory of the driver's with a command. */
static int x_map(struct device *dev, struct scsi_cmnd *sc)
{
	struct scatterlist *sg;
	int i, n;

	n = dma_map_sg(dev, scsi_sglist(sc), scsi_sg_count(sc), sc->sc_data_direction);
	if (!n)
		return -ENOMEM;
	scsi_for_each_sg(sc, sg, n, i)
		x_add(sc, sg_dma_address(sg), sg_dma_len(sg));
	return 0;
}

static void x_unmap(struct device *dev, struct scsi_cmnd *sc)
{
	dma_unmap_sg(dev, scsi_sglist(sc), scsi_sg_count(sc), sc->sc_data_direction);
}
