// SPDX-License-Identifier: GPL-2.0
/*
 * A driver that uses range lists: memory of three kinds is described, mapped for
 * a device behind an IOMMU, and read back through the addresses that the device
 * was given.
 *
 * Write a buffer to /dev/range_list; byte i of it must be
 * (i * 167 + (i >> 12)) & 0xff.  It stays pinned until the file is closed.  Then
 * read the report.
 */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/highmem.h>
#include <linux/iommu.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/random.h>
#include <linux/scatterlist.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uio.h>
#include <linux/vmalloc.h>

#include <linux/dma_range.h>
#include <linux/phys_range.h>

#include "mock_iommu.h"

#define SCATTERED_PAGES	1024
#define VMALLOC_BYTES	(SZ_1M + 100)

static struct device *sample_dev;

struct sample_file {
	struct mutex lock;		/* of the list */
	struct phys_range_list user;
};

static u8 sample_byte(u64 pos)
{
	return pos * 167 + (pos >> 12);
}

/* What the device sees at @addr. */
static u8 *sample_device_view(dma_addr_t addr, phys_addr_t *phys)
{
	*phys = iommu_iova_to_phys(iommu_get_domain_for_dev(sample_dev), addr);
	return *phys ? kmap_local_pfn(PHYS_PFN(*phys)) : NULL;
}

/*
 * Walk both lists page by page: the device must find at each position the page
 * that was described, and in it the bytes that were written.
 */
static bool sample_verify(const struct phys_range_list *memory,
			  const struct dma_range_list *mapped, u64 *pages)
{
	u64 pos = 0, size;
	struct dma_range seg;
	const struct dma_range_limits pagewise = {
		.max_len = PAGE_SIZE,
		.boundary = PAGE_SIZE - 1,
	};

	*pages = 0;
	dma_range_for_each_segment(mapped, &pagewise, seg) {
		struct phys_range_state at =
			phys_range_state_slice(memory, pos, seg.len);
		struct phys_range want;
		phys_addr_t phys;
		u8 *view;

		if (!phys_range_next(&at, &want))
			return false;
		view = sample_device_view(seg.addr, &phys);
		if (!view)
			return false;
		for (size = 0; size < seg.len; size++)
			if (view[offset_in_page(phys) + size] !=
			    sample_byte(pos + size))
				break;
		kunmap_local(view);
		if (phys != want.addr || size != seg.len)
			return false;
		pos += seg.len;
		++*pages;
	}
	return pos == phys_range_list_bytes(memory);
}

/* Bytes of an sg_table for the same memory. */
static size_t sample_sg_bytes(const struct phys_range_list *memory, u32 *nents)
{
	const unsigned int most = SG_MAX_SINGLE_ALLOC;
	size_t bytes = sizeof(struct sg_table);
	unsigned int left;
	struct sg_table sgt;

	if (phys_range_list_to_sgtable(memory, &sgt, GFP_KERNEL))
		return 0;
	*nents = sgt.orig_nents;
	/* The last entry of a full page points at the next page. */
	for (left = *nents; left > most; left -= most - 1)
		bytes += PAGE_SIZE;
	bytes += kmalloc_size_roundup(left * sizeof(struct scatterlist));
	sg_free_table(&sgt);
	return bytes;
}

static void sample_print_ratio(struct seq_file *m, size_t bytes, u64 n)
{
	u64 tenths = div64_u64((u64)bytes * 10 + n / 2, n);

	seq_printf(m, "%llu.%llu bytes a range", tenths / 10, tenths % 10);
}

static bool sample_report(struct seq_file *m, const char *what,
			  struct phys_range_list *memory)
{
	struct range_usage usage = phys_range_list_usage(memory);
	u64 nr = phys_range_list_nr(memory), pages;
	DEFINE_DMA_RANGE_LIST(mapped);
	u32 nents = 0;
	size_t sg = sample_sg_bytes(memory, &nents);
	bool ok;
	int err;

	seq_printf(m, "%s, %llu bytes\n", what, phys_range_list_bytes(memory));
	seq_printf(m, "  physical ranges  %llu, %zu chunks, ", nr,
		   usage.chunks + 1);
	sample_print_ratio(m, usage.bytes, nr);
	seq_printf(m, "\n  as an sg_table   %u entries, ", nents);
	sample_print_ratio(m, sg, nents ?: 1);

	err = dma_map_phys_ranges(sample_dev, &mapped, memory,
				  DMA_TO_DEVICE, 0, GFP_KERNEL);
	if (err) {
		seq_printf(m, "\n  mapping failed   %pe\n", ERR_PTR(err));
		return false;
	}
	seq_printf(m, "\n  DMA ranges       %llu", dma_range_list_nr(&mapped));
	if (dma_range_list_nr(&mapped) == 1) {
		DMA_RANGE_STATE(state, &mapped);
		struct dma_range range;

		dma_range_next(&state, &range);
		seq_printf(m, ", at IOVA %#llx", (u64)range.addr);
	}
	ok = sample_verify(memory, &mapped, &pages);
	seq_printf(m, "\n  verified         %llu pages translated and read back: %s\n",
		   pages, ok ? "as written" : "DIFFERENT");
	dma_unmap_ranges(sample_dev, &mapped, DMA_TO_DEVICE, 0);
	return ok;
}

/* Pages from all over the allocator, in random order. */
static bool sample_scattered(struct seq_file *m)
{
	struct page **pages = kvcalloc(SCATTERED_PAGES, sizeof(*pages),
				       GFP_KERNEL);
	DEFINE_PHYS_RANGE_LIST(memory);
	bool ok = false;
	u64 i, k;

	if (!pages)
		return false;
	for (i = 0; i < SCATTERED_PAGES; i++) {
		pages[i] = alloc_page(GFP_KERNEL);
		if (!pages[i])
			goto out;
	}
	for (i = SCATTERED_PAGES - 1; i; i--) {
		k = get_random_u32_below(i + 1);
		swap(pages[i], pages[k]);
	}
	for (i = 0; i < SCATTERED_PAGES; i++) {
		u8 *view = kmap_local_page(pages[i]);

		for (k = 0; k < PAGE_SIZE; k++)
			view[k] = sample_byte(i * PAGE_SIZE + k);
		kunmap_local(view);
	}
	if (phys_range_list_append_pages(&memory, pages, SCATTERED_PAGES, 0,
					 SCATTERED_PAGES * PAGE_SIZE,
					 GFP_KERNEL))
		goto out;
	ok = sample_report(m, "scattered pages", &memory);
	phys_range_list_destroy(&memory);
out:
	for (i = 0; i < SCATTERED_PAGES && pages[i]; i++)
		__free_page(pages[i]);
	kvfree(pages);
	return ok;
}

static bool sample_vmalloc(struct seq_file *m)
{
	DEFINE_PHYS_RANGE_LIST(memory);
	u8 *buf = vmalloc(VMALLOC_BYTES);
	bool ok = false;
	u64 i;

	if (!buf)
		return false;
	for (i = 0; i < VMALLOC_BYTES; i++)
		buf[i] = sample_byte(i);
	if (!phys_range_list_append_virt(&memory, buf, VMALLOC_BYTES,
					 GFP_KERNEL))
		ok = sample_report(m, "vmalloc buffer", &memory);
	phys_range_list_destroy(&memory);
	vfree(buf);
	return ok;
}

static int sample_show(struct seq_file *m, void *v)
{
	struct sample_file *file = m->private;
	bool ok;

	ok = sample_scattered(m);
	ok &= sample_vmalloc(m);
	mutex_lock(&file->lock);
	if (phys_range_list_empty(&file->user))
		seq_puts(m, "user buffer: write one first\n");
	else
		ok &= sample_report(m, "pinned user buffer", &file->user);
	mutex_unlock(&file->lock);
	seq_puts(m, ok ? "OK\n" : "FAILED\n");
	return 0;
}

static ssize_t sample_write(struct kiocb *iocb, struct iov_iter *from)
{
	struct seq_file *m = iocb->ki_filp->private_data;
	struct sample_file *file = m->private;
	ssize_t ret;

	mutex_lock(&file->lock);
	ret = phys_range_list_append_iov_iter(&file->user, from,
					      iov_iter_count(from),
					      GFP_KERNEL);
	mutex_unlock(&file->lock);
	return ret;
}

static int sample_open(struct inode *inode, struct file *filp)
{
	struct sample_file *file = kmalloc_obj(*file, GFP_KERNEL);
	int err;

	if (!file)
		return -ENOMEM;
	mutex_init(&file->lock);
	phys_range_list_init(&file->user);
	/* misc_open() has put the miscdevice there. */
	filp->private_data = NULL;
	err = single_open(filp, sample_show, file);
	if (err)
		kfree(file);
	return err;
}

static int sample_release(struct inode *inode, struct file *filp)
{
	struct seq_file *m = filp->private_data;
	struct sample_file *file = m->private;

	phys_range_list_destroy(&file->user);
	kfree(file);
	return single_release(inode, filp);
}

static const struct file_operations sample_fops = {
	.owner = THIS_MODULE,
	.open = sample_open,
	.release = sample_release,
	.read = seq_read,
	.write_iter = sample_write,
};

static struct miscdevice sample_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "range_list",
	.fops = &sample_fops,
};

static int __init sample_init(void)
{
	int err;

	sample_dev = range_list_mock_device_create(NULL);
	if (IS_ERR(sample_dev))
		return PTR_ERR(sample_dev);
	err = misc_register(&sample_misc);
	if (err)
		range_list_mock_device_destroy(sample_dev);
	return err;
}
module_init(sample_init);

static void __exit sample_exit(void)
{
	misc_deregister(&sample_misc);
	range_list_mock_device_destroy(sample_dev);
}
module_exit(sample_exit);

MODULE_DESCRIPTION("Sample driver that uses range lists");
MODULE_LICENSE("GPL");
