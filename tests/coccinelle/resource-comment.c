// SPDX-License-Identifier: GPL-2.0
/* dma_map_resource() is not called here. */
static const char *x_name(void)
{
	return "dma_map_resource(";
}
