// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/range_test: runs one test for each request.
 */
#include <linux/cleanup.h>
#include <linux/dma-mapping.h>
#include <linux/fs.h>
#include <linux/iommu-dma.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/swiotlb.h>
#include <linux/uaccess.h>

#include "range_test.h"

static bool behind_iommu;
module_param(behind_iommu, bool, 0444);
MODULE_PARM_DESC(behind_iommu, "an IOMMU translates for every device");

static bool bounced;
module_param(bounced, bool, 0444);
MODULE_PARM_DESC(bounced, "swiotlb=force was given");

module_param(host_bridge_error, int, 0444);
MODULE_PARM_DESC(host_bridge_error,
		 "errno of mapping peer-to-peer memory through the host bridge");

module_param(p2p_refused, bool, 0444);
MODULE_PARM_DESC(p2p_refused, "range lists are a module");

int range_test_fail(struct range_test *test, int err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(test->why, sizeof(test->why), fmt, args);
	va_end(args);
	return err;
}

/* Otherwise a test would pass without what it is for. */
int range_test_check_device(struct range_test *test, struct device *dev)
{
	if (use_dma_iommu(dev) != behind_iommu)
		return range_test_fail(test, -ENODEV, "%s is%s behind an IOMMU",
				       dev_name(dev), behind_iommu ? " not" : "");
	if (is_swiotlb_force_bounce(dev) != bounced)
		return range_test_fail(test, -ENODEV, "%s does%s bounce all",
				       dev_name(dev), bounced ? " not" : "");
	return 0;
}

static long range_test_ioctl(struct file *file, unsigned int cmd,
			     unsigned long arg)
{
	struct range_test __user *user = (struct range_test __user *)arg;
	int err;

	if (cmd != RANGE_TEST_RUN)
		return -ENOTTY;
	struct range_test *test __free(kfree) =
		memdup_user(user, sizeof(*test));
	if (IS_ERR(test))
		return PTR_ERR(test);
	test->name[sizeof(test->name) - 1] = '\0';
	test->why[0] = '\0';
	if (strstarts(test->name, "edu-"))
		err = edu_run(test);
	else if (!strcmp(test->name, "p2p-map"))
		err = p2p_map_run(test);
	else
		err = disk_run(test);
	if (copy_to_user(user->why, test->why, sizeof(test->why)))
		return -EFAULT;
	return err;
}

static const struct file_operations range_test_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = range_test_ioctl,
};

static struct miscdevice range_test_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "range_test",
	.fops = &range_test_fops,
};

static int __init range_test_init(void)
{
	int err = pci_register_driver(&edu_driver);

	if (err)
		return err;
	err = misc_register(&range_test_misc);
	if (err)
		pci_unregister_driver(&edu_driver);
	return err;
}
module_init(range_test_init);

static void __exit range_test_exit(void)
{
	misc_deregister(&range_test_misc);
	pci_unregister_driver(&edu_driver);
}
module_exit(range_test_exit);

MODULE_DESCRIPTION("Tests of range lists with devices that QEMU emulates");
MODULE_LICENSE("GPL");
