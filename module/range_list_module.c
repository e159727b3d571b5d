// SPDX-License-Identifier: GPL-2.0
/*
 * Range lists as a module, for a kernel without this project's patches.
 */
#include <linux/module.h>
#include <linux/printk.h>

static int __init range_list_init_module(void)
{
	pr_info(KBUILD_MODNAME ": for an unmodified kernel: an IOMMU's page table is walked for each range, and peer-to-peer memory is refused\n");
	return 0;
}
module_init(range_list_init_module);

/* Users hold the module: there is nothing to undo. */
static void __exit range_list_exit_module(void)
{
}
module_exit(range_list_exit_module);

MODULE_DESCRIPTION("Range lists for the DMA API");
MODULE_LICENSE("GPL");
