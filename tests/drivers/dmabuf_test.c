// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/dmabuf_test: an importer of dma-bufs, for which QEMU's "edu" device does
 * the DMA, and an exporter that knows nothing but scatterlists.  Both also work
 * with a kernel that has no ranges.
 */
#include <linux/bits.h>
#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/dma-resv.h>
#include <linux/fs.h>
#include <linux/iommu.h>
#include <linux/iopoll.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#ifdef CONFIG_RANGE_LIST
#include <linux/dma-buf-ranges.h>
#endif

#include "dmabuf_test_uapi.h"

#define EDU_DMA_SOURCE	0x80
#define EDU_DMA_DEST	0x88
#define EDU_DMA_COUNT	0x90
#define EDU_DMA_COMMAND	0x98
#define  EDU_DMA_START		BIT(0)
#define  EDU_DMA_TO_MEMORY	BIT(1)
#define EDU_BUFFER	0x40000

#define EXPORT_MAX_PAGES	256

static struct {
	struct pci_dev *pdev;
	void __iomem *mmio;
	void *data;		/* DMABUF_TEST_BYTES of coherent memory */
	dma_addr_t data_addr;
	struct mutex busy;	/* one user of its buffer at a time */
} edu = { .busy = __MUTEX_INITIALIZER(edu.busy) };

/* One DMA, between @addr and @offset in the device's buffer. */
static int edu_transfer(dma_addr_t addr, u64 len, u64 offset, bool to_memory)
{
	u64 buffer = EDU_BUFFER + offset, command = EDU_DMA_START;

	if (to_memory)
		command |= EDU_DMA_TO_MEMORY;
	writeq(to_memory ? buffer : addr, edu.mmio + EDU_DMA_SOURCE);
	writeq(to_memory ? addr : buffer, edu.mmio + EDU_DMA_DEST);
	writeq(len, edu.mmio + EDU_DMA_COUNT);
	writeq(command, edu.mmio + EDU_DMA_COMMAND);
	return readq_poll_timeout(edu.mmio + EDU_DMA_COMMAND, command,
				  !(command & EDU_DMA_START), 2000,
				  20 * USEC_PER_SEC);
}

/*
 * The importer
 */

struct import {
	struct mutex lock;	/* one request of a file at a time */
	struct dma_buf *dmabuf;
	struct dma_buf_attachment *attach;
	u32 how;
	/* Under the reservation lock. */
	bool mapped;
	struct sg_table *sgt;
#ifdef CONFIG_RANGE_LIST
	struct dma_range_list list;
#endif
};

static enum dma_data_direction import_dir(const struct import *im)
{
	return im->how & DMABUF_TEST_WRITE ? DMA_FROM_DEVICE : DMA_TO_DEVICE;
}

#ifdef CONFIG_RANGE_LIST
static int import_map_ranges(struct import *im)
{
	return dma_buf_map_ranges(im->attach, &im->list, import_dir(im));
}

static void import_unmap_ranges(struct import *im)
{
	dma_buf_unmap_ranges(im->attach, &im->list, import_dir(im));
}

static void import_count_ranges(struct import *im,
				struct dmabuf_test_import *arg)
{
	arg->nr = dma_range_list_nr(&im->list);
	arg->bytes = dma_range_list_bytes(&im->list);
}

static int import_transfer_ranges(struct import *im, u64 pos, u64 len)
{
	struct dma_range part;
	u64 offset = 0;
	int err;

	dma_range_for_each_slice(&im->list, pos, len, part) {
		err = edu_transfer(part.addr, part.len, offset,
				   im->how & DMABUF_TEST_WRITE);
		if (err)
			return err;
		offset += part.len;
	}
	return offset == len ? 0 : -ENODATA;
}
#else
static int import_map_ranges(struct import *im)
{
	return -ENOTTY;
}

static void import_unmap_ranges(struct import *im)
{
}

static void import_count_ranges(struct import *im,
				struct dmabuf_test_import *arg)
{
}

static int import_transfer_ranges(struct import *im, u64 pos, u64 len)
{
	return -ENOTTY;
}
#endif

static int import_transfer_sgt(struct import *im, u64 pos, u64 len)
{
	struct scatterlist *sg;
	u64 offset = 0;
	int err, i;

	for_each_sgtable_dma_sg(im->sgt, sg, i) {
		u64 here;

		if (pos >= sg_dma_len(sg)) {
			pos -= sg_dma_len(sg);
			continue;
		}
		here = min(sg_dma_len(sg) - pos, len - offset);
		err = edu_transfer(sg_dma_address(sg) + pos, here, offset,
				   im->how & DMABUF_TEST_WRITE);
		if (err)
			return err;
		pos = 0;
		offset += here;
		if (offset == len)
			return 0;
	}
	return -ENODATA;
}

static void import_count_sgt(struct import *im, struct dmabuf_test_import *arg)
{
	struct scatterlist *sg;
	int i;

	arg->nr = im->sgt->nents;
	arg->bytes = 0;
	for_each_sgtable_dma_sg(im->sgt, sg, i)
		arg->bytes += sg_dma_len(sg);
}

static void import_unmap(struct import *im)
{
	if (!im->mapped)
		return;
	im->mapped = false;
	if (im->how & DMABUF_TEST_RANGES)
		import_unmap_ranges(im);
	else
		dma_buf_unmap_attachment(im->attach, im->sgt, import_dir(im));
}

static int import_map(struct import *im)
{
	int err = 0;

	if (im->how & DMABUF_TEST_RANGES) {
		err = import_map_ranges(im);
	} else {
		im->sgt = dma_buf_map_attachment(im->attach, import_dir(im));
		if (IS_ERR(im->sgt))
			err = PTR_ERR(im->sgt);
	}
	im->mapped = !err;
	return err;
}

static void import_invalidate(struct dma_buf_attachment *attach)
{
	import_unmap(attach->importer_priv);
}

static const struct dma_buf_attach_ops import_ops = {
	.allow_peer2peer = true,
	.invalidate_mappings = import_invalidate,
};

static void import_release(struct import *im)
{
	if (!im->dmabuf)
		return;
	dma_resv_lock(im->dmabuf->resv, NULL);
	import_unmap(im);
	dma_resv_unlock(im->dmabuf->resv);
	dma_buf_detach(im->dmabuf, im->attach);
	dma_buf_put(im->dmabuf);
	im->dmabuf = NULL;
}

static int import_buffer(struct import *im, struct dmabuf_test_import *arg)
{
	struct dma_buf *dmabuf;
	int err;

	if (im->dmabuf)
		return -EBUSY;
	dmabuf = dma_buf_get(arg->fd);
	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);
	im->how = arg->how;
	im->attach = im->how & DMABUF_TEST_STATIC ?
		     dma_buf_attach(dmabuf, &edu.pdev->dev) :
		     dma_buf_dynamic_attach(dmabuf, &edu.pdev->dev, &import_ops,
					    im);
	if (IS_ERR(im->attach)) {
		dma_buf_put(dmabuf);
		return PTR_ERR(im->attach);
	}
	dma_resv_lock(dmabuf->resv, NULL);
	err = import_map(im);
	if (err)
		;
	else if (im->how & DMABUF_TEST_RANGES)
		import_count_ranges(im, arg);
	else
		import_count_sgt(im, arg);
	dma_resv_unlock(dmabuf->resv);
	if (err) {
		dma_buf_detach(dmabuf, im->attach);
		dma_buf_put(dmabuf);
		return err;
	}
	im->dmabuf = dmabuf;
	return 0;
}

/* Between the buffer and the device, under the reservation lock. */
static int import_transfer(struct import *im, u64 pos, u64 len)
{
	if (!im->mapped)
		return -ENODEV;
	return im->how & DMABUF_TEST_RANGES ?
		import_transfer_ranges(im, pos, len) :
		import_transfer_sgt(im, pos, len);
}

static int import_move(struct import *im, const struct dmabuf_test_move *arg)
{
	void __user *user = u64_to_user_ptr(arg->data);
	bool write = im->how & DMABUF_TEST_WRITE;
	int err = 0;

	if (!im->dmabuf || !arg->len || arg->len > DMABUF_TEST_BYTES)
		return -EINVAL;
	mutex_lock(&edu.busy);
	if (write) {
		if (copy_from_user(edu.data, user, arg->len))
			err = -EFAULT;
		else
			err = edu_transfer(edu.data_addr, arg->len, 0, false);
	}
	if (!err) {
		dma_resv_lock(im->dmabuf->resv, NULL);
		err = import_transfer(im, arg->offset, arg->len);
		dma_resv_unlock(im->dmabuf->resv);
	}
	if (!err && !write) {
		err = edu_transfer(edu.data_addr, arg->len, 0, true);
		if (!err && copy_to_user(user, edu.data, arg->len))
			err = -EFAULT;
	}
	mutex_unlock(&edu.busy);
	return err;
}

static int import_is_mapped(struct import *im)
{
	int mapped;

	if (!im->dmabuf)
		return -EINVAL;
	dma_resv_lock(im->dmabuf->resv, NULL);
	mapped = im->mapped;
	dma_resv_unlock(im->dmabuf->resv);
	return mapped;
}

/*
 * The exporter
 */

struct export {
	unsigned int nr;
	struct page *pages[] __counted_by(nr);
};

static void export_free(struct export *ex)
{
	unsigned int i;

	for (i = 0; i < ex->nr; i++)
		if (ex->pages[i])
			__free_page(ex->pages[i]);
	kfree(ex);
}

static struct sg_table *export_map(struct dma_buf_attachment *attach,
				   enum dma_data_direction dir)
{
	struct export *ex = attach->dmabuf->priv;
	struct sg_table *sgt = kzalloc_obj(*sgt);
	int err;

	if (!sgt)
		return ERR_PTR(-ENOMEM);
	err = sg_alloc_table_from_pages(sgt, ex->pages, ex->nr, 0,
					(u64)ex->nr << PAGE_SHIFT, GFP_KERNEL);
	if (err)
		goto free;
	err = dma_map_sgtable(attach->dev, sgt, dir, 0);
	if (!err)
		return sgt;
	sg_free_table(sgt);
free:
	kfree(sgt);
	return ERR_PTR(err);
}

static void export_unmap(struct dma_buf_attachment *attach, struct sg_table *sgt,
			 enum dma_data_direction dir)
{
	dma_unmap_sgtable(attach->dev, sgt, dir, 0);
	sg_free_table(sgt);
	kfree(sgt);
}

static int export_mmap(struct dma_buf *dmabuf, struct vm_area_struct *vma)
{
	struct export *ex = dmabuf->priv;

	return vm_map_pages(vma, ex->pages, ex->nr);
}

static void export_release(struct dma_buf *dmabuf)
{
	export_free(dmabuf->priv);
}

static const struct dma_buf_ops export_ops = {
	.map_dma_buf = export_map,
	.unmap_dma_buf = export_unmap,
	.mmap = export_mmap,
	.release = export_release,
};

static int export_buffer(unsigned long nr)
{
	DEFINE_DMA_BUF_EXPORT_INFO(info);
	struct dma_buf *dmabuf;
	struct export *ex;
	unsigned int i;
	int fd;

	if (!nr || nr > EXPORT_MAX_PAGES)
		return -EINVAL;
	ex = kzalloc_flex(*ex, pages, nr);
	if (!ex)
		return -ENOMEM;
	ex->nr = nr;
	/* Backwards, so that few of them are next to each other. */
	for (i = nr; i--; ) {
		ex->pages[i] = alloc_page(GFP_KERNEL | __GFP_ZERO);
		if (!ex->pages[i]) {
			export_free(ex);
			return -ENOMEM;
		}
	}
	info.ops = &export_ops;
	info.size = nr << PAGE_SHIFT;
	info.flags = O_RDWR;
	info.priv = ex;
	dmabuf = dma_buf_export(&info);
	if (IS_ERR(dmabuf)) {
		export_free(ex);
		return PTR_ERR(dmabuf);
	}
	fd = dma_buf_fd(dmabuf, O_CLOEXEC);
	if (fd < 0)
		dma_buf_put(dmabuf);
	return fd;
}

/*
 * What both are asked for
 */

static int translate(struct dmabuf_test_translate *arg)
{
	struct pci_dev *pdev =
		pci_get_domain_bus_and_slot(0, 0, PCI_DEVFN(arg->slot, 0));
	struct iommu_domain *domain;

	if (!pdev)
		return -ENODEV;
	domain = iommu_get_domain_for_dev(&pdev->dev);
	arg->phys = domain ? iommu_iova_to_phys(domain, arg->iova) : 0;
	pci_dev_put(pdev);
	return domain ? 0 : -ENODEV;
}

static int dmabuf_test_open(struct inode *inode, struct file *file)
{
	struct import *im = kzalloc_obj(*im);

	if (!im)
		return -ENOMEM;
	mutex_init(&im->lock);
#ifdef CONFIG_RANGE_LIST
	dma_range_list_init(&im->list);
#endif
	file->private_data = im;
	return 0;
}

static int dmabuf_test_release(struct inode *inode, struct file *file)
{
	struct import *im = file->private_data;

	import_release(im);
	kfree(im);
	return 0;
}

static long dmabuf_test_ioctl_locked(struct import *im, unsigned int cmd,
				     void __user *user, unsigned long arg)
{
	union {
		struct dmabuf_test_import import;
		struct dmabuf_test_move move;
		struct dmabuf_test_translate translate;
	} u;
	int err;

	if (_IOC_SIZE(cmd) > sizeof(u) ||
	    copy_from_user(&u, user, _IOC_SIZE(cmd)))
		return -EFAULT;
	switch (cmd) {
	case DMABUF_TEST_IMPORT:
		err = import_buffer(im, &u.import);
		break;
	case DMABUF_TEST_MOVE:
		return import_move(im, &u.move);
	case DMABUF_TEST_RELEASE:
		import_release(im);
		return 0;
	case DMABUF_TEST_MAPPED:
		return import_is_mapped(im);
	case DMABUF_TEST_EXPORT:
		return export_buffer(arg);
	case DMABUF_TEST_TRANSLATE:
		err = translate(&u.translate);
		break;
	default:
		return -ENOTTY;
	}
	if (!err && copy_to_user(user, &u, _IOC_SIZE(cmd)))
		return -EFAULT;
	return err;
}

static long dmabuf_test_ioctl(struct file *file, unsigned int cmd,
			      unsigned long arg)
{
	struct import *im = file->private_data;
	long ret;

	if (!edu.pdev)
		return -ENODEV;
	mutex_lock(&im->lock);
	ret = dmabuf_test_ioctl_locked(im, cmd, (void __user *)arg, arg);
	mutex_unlock(&im->lock);
	return ret;
}

static const struct file_operations dmabuf_test_fops = {
	.owner = THIS_MODULE,
	.open = dmabuf_test_open,
	.release = dmabuf_test_release,
	.unlocked_ioctl = dmabuf_test_ioctl,
};

static struct miscdevice dmabuf_test_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "dmabuf_test",
	.fops = &dmabuf_test_fops,
};

/* One device is enough. */
static int edu_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	int err;

	if (edu.pdev)
		return -EBUSY;
	err = pcim_enable_device(pdev);
	if (err)
		return err;
	edu.mmio = pcim_iomap_region(pdev, 0, KBUILD_MODNAME);
	if (IS_ERR(edu.mmio))
		return PTR_ERR(edu.mmio);
	err = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (err)
		return err;
	edu.data = dmam_alloc_coherent(&pdev->dev, DMABUF_TEST_BYTES,
				       &edu.data_addr, GFP_KERNEL);
	if (!edu.data)
		return -ENOMEM;
	dma_set_max_seg_size(&pdev->dev, UINT_MAX);
	pci_set_master(pdev);
	edu.pdev = pdev;
	return 0;
}

static void edu_remove(struct pci_dev *pdev)
{
	pci_clear_master(pdev);
	edu.pdev = NULL;
}

static const struct pci_device_id edu_ids[] = {
	{ PCI_DEVICE(0x1234, 0x11e8) },
	{ }
};
MODULE_DEVICE_TABLE(pci, edu_ids);

static struct pci_driver edu_driver = {
	.name = KBUILD_MODNAME,
	.id_table = edu_ids,
	.probe = edu_probe,
	.remove = edu_remove,
};

static int __init dmabuf_test_init(void)
{
	int err = pci_register_driver(&edu_driver);

	if (err)
		return err;
	err = misc_register(&dmabuf_test_misc);
	if (err)
		pci_unregister_driver(&edu_driver);
	return err;
}
module_init(dmabuf_test_init);

static void __exit dmabuf_test_exit(void)
{
	misc_deregister(&dmabuf_test_misc);
	pci_unregister_driver(&edu_driver);
}
module_exit(dmabuf_test_exit);

MODULE_IMPORT_NS("DMA_BUF");
MODULE_DESCRIPTION("Tests of dma-bufs with a device that QEMU emulates");
MODULE_LICENSE("GPL");
