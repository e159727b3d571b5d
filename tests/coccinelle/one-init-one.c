// SPDX-License-Identifier: GPL-2.0
static int x_start(struct x *x, struct scatterlist *sg)
{
	struct scatterlist sgl;
	int n;

	sg_init_one(&sgl, x->buf, x->len);
	n = dma_map_sg(x->dev, &sgl, 1, DMA_TO_DEVICE);
	if (!n)
		return -ENOMEM;
	x_write(x, sg_dma_address(&sgl), sg_dma_len(&sgl));
	dma_unmap_sg(x->dev, &sgl, 1, DMA_TO_DEVICE);
	return 0;
}
