// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-mapping.h>

struct x {
	struct device *dev;
	struct scatterlist sg;
};

/* What was mapped before is unmapped, from the last one on. */
static int x_run(struct x *x, int n)
{
	int i, ret;

	for (i = 0; i < n; i++) {
		if (!dma_map_sg(x[i].dev, &x[i].sg, 1, DMA_TO_DEVICE)) {
			ret = -ENOMEM;
			goto unmap;
		}
	}
	ret = x_start(x);

unmap:
	while (--i >= 0)
		dma_unmap_sg(x[i].dev, &x[i].sg, 1, DMA_TO_DEVICE);
	return ret;
}
