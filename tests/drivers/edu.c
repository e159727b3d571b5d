// SPDX-License-Identifier: GPL-2.0
/*
 * QEMU's "edu" device: it copies between memory and a buffer of its own.
 */
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/iommu-dma.h>
#include <linux/iopoll.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/swiotlb.h>

#include "range_test.h"

#define EDU_DMA_SOURCE	0x80
#define EDU_DMA_DEST	0x88
#define EDU_DMA_COUNT	0x90
#define EDU_DMA_COMMAND	0x98
#define  EDU_DMA_START		BIT(0)
#define  EDU_DMA_TO_MEMORY	BIT(1)

#define EDU_BUFFER	0x40000
/* Not all of the buffer: some versions of QEMU do not allow its last byte. */
#define EDU_MAX_BYTES	2048

/* Devices in these slots of the root bus have been given 28 address bits. */
#define EDU_NARROW_SLOT	0x18
#define EDU_NARROW_BITS	28

struct edu {
	struct list_head list;
	struct pci_dev *pdev;
	void __iomem *mmio;
	struct mutex busy;	/* one test at a time */
	bool narrow;
};

static LIST_HEAD(edus);

/* One DMA of the device, between @addr and @offset in its buffer. */
static int edu_transfer(struct edu *edu, const struct dma_range *range,
			u64 offset, bool to_memory)
{
	u64 buffer = EDU_BUFFER + offset, command = EDU_DMA_START;

	if (offset + range->len > EDU_MAX_BYTES)
		return -E2BIG;
	if (to_memory)
		command |= EDU_DMA_TO_MEMORY;
	writeq(to_memory ? buffer : range->addr, edu->mmio + EDU_DMA_SOURCE);
	writeq(to_memory ? range->addr : buffer, edu->mmio + EDU_DMA_DEST);
	writeq(range->len, edu->mmio + EDU_DMA_COUNT);
	writeq(command, edu->mmio + EDU_DMA_COMMAND);
	return readq_poll_timeout(edu->mmio + EDU_DMA_COMMAND, command,
				  !(command & EDU_DMA_START), 2000,
				  20 * USEC_PER_SEC);
}

/* A part of a buffer that lies in several ranges. */
static int edu_transfer_slice(struct edu *edu, const struct dma_range_list *list,
			      u64 pos, u64 len, bool to_memory)
{
	struct dma_range part;
	u64 offset = 0;
	int err;

	dma_range_for_each_slice(list, pos, len, part) {
		err = edu_transfer(edu, &part, offset, to_memory);
		if (err)
			return err;
		offset += part.len;
	}
	return offset == len ? 0 : -ENODATA;
}

/*
 * Copy all of @src.  Segments are those of one list, as they would become
 * descriptors; from the other comes what belongs to each.
 */
static int edu_copy(struct edu *edu, const struct dma_range_list *dst,
		    const struct dma_range_list *src, bool dst_segments)
{
	struct dma_range_limits limits = dma_range_device_limits(&edu->pdev->dev);
	const struct dma_range_list *lead = dst_segments ? dst : src;
	struct dma_range seg;
	s64 segments = 0;
	u64 pos = 0;
	int err;

	dma_range_for_each_segment(lead, &limits, seg) {
		if (seg.len > limits.max_len ||
		    (seg.addr ^ (seg.addr + seg.len - 1)) & ~limits.boundary)
			return -ERANGE;
		err = dst_segments ?
			edu_transfer_slice(edu, src, pos, seg.len, false) :
			edu_transfer(edu, &seg, 0, false);
		if (!err)
			err = dst_segments ?
				edu_transfer(edu, &seg, 0, true) :
				edu_transfer_slice(edu, dst, pos, seg.len, true);
		if (err)
			return err;
		pos += seg.len;
		segments++;
	}
	if (segments != dma_range_nr_segments(lead, &limits))
		return -ERANGE;
	return pos == dma_range_list_bytes(lead) ? 0 : -ENODATA;
}

/* Is this where the device should see the memory? */
static int edu_check_mapping(struct range_test *test, struct edu *edu,
			     const struct dma_range_list *mapped,
			     const struct phys_range_list *list)
{
	struct device *dev = &edu->pdev->dev;
	struct dma_range range;
	u64 pos = 0;

	if (dma_range_list_bytes(mapped) != phys_range_list_bytes(list))
		return range_test_fail(test, -EIO, "%llu bytes were mapped",
				       dma_range_list_bytes(mapped));
	if (use_dma_iommu(dev) && phys_range_list_is_aligned(list, PAGE_SIZE) &&
	    dma_range_list_nr(mapped) != 1)
		return range_test_fail(test, -EIO,
				       "a page list became %llu ranges",
				       dma_range_list_nr(mapped));
	dma_range_for_each_unlimited(mapped, range) {
		struct phys_range_state at =
			phys_range_state_slice(list, pos, range.len);
		struct phys_range memory;

		if (!phys_range_next(&at, &memory))
			return -ENODATA;
		if (range.addr + range.len - 1 > *dev->dma_mask)
			return range_test_fail(test, -EIO,
					       "%pad is beyond the device's mask",
					       &range.addr);
		if (!(range.flags & (use_dma_iommu(dev) ? DMA_RANGE_IOVA :
							 DMA_RANGE_DIRECT)))
			return range_test_fail(test, -EIO, "flags are %#x",
					       range.flags);
		if (!use_dma_iommu(dev) && range.addr == memory.addr &&
		    is_swiotlb_force_bounce(dev))
			return range_test_fail(test, -EIO, "%pad was not bounced",
					       &range.addr);
		pos += range.len;
	}
	return 0;
}

static int edu_map(struct range_test *test, struct edu *edu,
		   struct dma_range_list *mapped,
		   const struct phys_range_list *list,
		   enum dma_data_direction dir)
{
	struct device *dev = &edu->pdev->dev;
	int err;

	err = dma_map_phys_ranges(dev, mapped, list, dir, 0, GFP_KERNEL);
	if (err)
		return range_test_fail(test, -EIO, "mapping failed: %d", err);
	err = edu_check_mapping(test, edu, mapped, list);
	if (err)
		dma_unmap_ranges(dev, mapped, dir, 0);
	return err;
}

/* Map both lists, copy through the device, unmap both. */
static int edu_copy_lists(struct range_test *test, struct edu *edu,
			  const struct phys_range_list *dst,
			  const struct phys_range_list *src, bool dst_segments)
{
	struct device *dev = &edu->pdev->dev;
	DEFINE_DMA_RANGE_LIST(dst_mapped);
	DEFINE_DMA_RANGE_LIST(src_mapped);
	int err;

	err = edu_map(test, edu, &src_mapped, src, DMA_TO_DEVICE);
	if (err)
		return err;
	err = edu_map(test, edu, &dst_mapped, dst, DMA_FROM_DEVICE);
	if (!err) {
		err = edu_copy(edu, &dst_mapped, &src_mapped, dst_segments);
		if (err)
			range_test_fail(test, err, "the device's copy failed: %d",
					err);
		dma_unmap_ranges(dev, &dst_mapped, DMA_FROM_DEVICE, 0);
	}
	dma_unmap_ranges(dev, &src_mapped, DMA_TO_DEVICE, 0);
	return err;
}

/* From memory of one shape to memory of another. */
static int edu_test_copy(struct range_test *test, struct edu *edu,
			 enum memory_shape from, enum memory_shape to,
			 unsigned int pages, bool dst_segments)
{
	struct memory src, dst;
	u64 len;
	int err;

	err = memory_init(&src, from, pages);
	if (err)
		return err;
	err = memory_init(&dst, to, pages);
	if (err)
		goto free_src;
	len = min(phys_range_list_bytes(&src.list),
		  phys_range_list_bytes(&dst.list));
	err = phys_range_list_truncate(&src.list, len, GFP_KERNEL) ?:
	      phys_range_list_truncate(&dst.list, len, GFP_KERNEL) ?:
	      memory_write_pattern(&src, len) ?:
	      edu_copy_lists(test, edu, &dst.list, &src.list, dst_segments) ?:
	      memory_check_pattern(test, &src, len) ?:
	      memory_check_pattern(test, &dst, len) ?:
	      memory_check_poison(test, &src) ?:
	      memory_check_poison(test, &dst);
	memory_destroy(&dst);
free_src:
	memory_destroy(&src);
	return err;
}

/* From pinned user memory to pinned user memory; the caller compares. */
static int edu_test_user(struct range_test *test, struct edu *edu)
{
	DEFINE_PHYS_RANGE_LIST(src);
	DEFINE_PHYS_RANGE_LIST(dst);
	int err;

	err = phys_range_list_pin_user(&src, test->src, test->len, 0,
				       GFP_KERNEL);
	if (err)
		return range_test_fail(test, err, "pinning failed: %d", err);
	err = phys_range_list_pin_user(&dst, test->dst, test->len, FOLL_WRITE,
				       GFP_KERNEL);
	if (!err)
		err = edu_copy_lists(test, edu, &dst, &src, true);
	phys_range_list_unpin(&dst, true);
	phys_range_list_unpin(&src, false);
	return err;
}

/*
 * One mapping that is used again and again: the device reads, the CPU writes,
 * the device reads, the device writes.
 */
static int edu_test_both_ways(struct range_test *test, struct edu *edu)
{
	struct device *dev = &edu->pdev->dev;
	const enum dma_data_direction both = DMA_BIDIRECTIONAL;
	DEFINE_DMA_RANGE_LIST(a_mapped);
	DEFINE_DMA_RANGE_LIST(b_mapped);
	struct memory a, b;
	int err;

	err = memory_init(&a, MEMORY_UNALIGNED, 2);
	if (err)
		return err;
	err = memory_init(&b, MEMORY_UNALIGNED, 2) ?:
	      memory_write_pattern(&a, 1);
	if (err)
		goto free_a;
	err = edu_map(test, edu, &a_mapped, &a.list, both);
	if (err)
		goto free_b;
	err = edu_map(test, edu, &b_mapped, &b.list, both);
	if (err)
		goto unmap_a;

	err = edu_copy(edu, &b_mapped, &a_mapped, false);
	if (err)
		goto unmap_b;
	dma_sync_ranges_for_cpu(dev, &b_mapped, 0,
				dma_range_list_bytes(&b_mapped), both);
	dma_sync_ranges_for_cpu(dev, &a_mapped, 0,
				dma_range_list_bytes(&a_mapped), both);
	err = memory_check_pattern(test, &b, 1) ?: memory_write_pattern(&a, 2);
	if (err)
		goto unmap_b;
	dma_sync_ranges_for_device(dev, &a_mapped, 0,
				   dma_range_list_bytes(&a_mapped), both);
	dma_sync_ranges_for_device(dev, &b_mapped, 0,
				   dma_range_list_bytes(&b_mapped), both);
	err = edu_copy(edu, &b_mapped, &a_mapped, true);
	if (err)
		goto unmap_b;
	dma_sync_ranges_for_cpu(dev, &b_mapped, 0,
				dma_range_list_bytes(&b_mapped), both);
	err = memory_check_pattern(test, &b, 2) ?: memory_write_pattern(&b, 3);
	if (err)
		goto unmap_b;
	dma_sync_ranges_for_device(dev, &b_mapped, 0,
				   dma_range_list_bytes(&b_mapped), both);
	err = edu_copy(edu, &a_mapped, &b_mapped, false);
unmap_b:
	dma_unmap_ranges(dev, &b_mapped, both, 0);
unmap_a:
	dma_unmap_ranges(dev, &a_mapped, both, 0);
	err = err ?: memory_check_pattern(test, &a, 3) ?:
	      memory_check_poison(test, &a) ?: memory_check_poison(test, &b);
free_b:
	memory_destroy(&b);
free_a:
	memory_destroy(&a);
	return err;
}

/* A device that takes little at once, and not across a boundary. */
static int edu_test_limits(struct range_test *test, struct edu *edu)
{
	struct device *dev = &edu->pdev->dev;
	unsigned long boundary = dma_get_seg_boundary(dev);
	int err;

	dma_set_max_seg_size(dev, 900);
	dma_set_seg_boundary(dev, 4095);
	err = edu_test_copy(test, edu, MEMORY_UNALIGNED, MEMORY_UNALIGNED, 2,
			    false);
	dma_set_seg_boundary(dev, boundary);
	dma_set_max_seg_size(dev, EDU_MAX_BYTES);
	return err;
}

/* The machine has most of its memory where such a device does not reach. */
static int edu_test_narrow(struct range_test *test, struct edu *edu)
{
	return edu_test_copy(test, edu, MEMORY_PAGES, MEMORY_UNALIGNED, 4,
			     false) ?:
	       edu_test_copy(test, edu, MEMORY_SMALL, MEMORY_PAGES, 2, true);
}

/*
 * One range of 2 MiB, for which bounce buffers have no room in one piece.  The
 * device reads some of it, as it is slow.
 */
static int edu_test_large(struct range_test *test, struct edu *edu)
{
	static const u64 where[] = {
		0, SZ_256K - 1000, SZ_512K, SZ_1M + 4321, SZ_2M - EDU_MAX_BYTES
	};
	struct device *dev = &edu->pdev->dev;
	DEFINE_PHYS_RANGE_LIST(large);
	DEFINE_DMA_RANGE_LIST(large_mapped);
	DEFINE_DMA_RANGE_LIST(part_mapped);
	struct page *pages = alloc_pages(GFP_KERNEL, get_order(SZ_2M));
	struct memory mem;
	unsigned int i;
	u8 *want;
	int err;

	if (!pages)
		return -ENOMEM;
	want = page_address(pages);
	pattern_fill(want, SZ_2M, 8);
	err = phys_range_list_append_virt(&large, want, SZ_2M, GFP_KERNEL) ?:
	      memory_init(&mem, MEMORY_PAGES, 1);
	if (err)
		goto free_large;
	err = edu_map(test, edu, &large_mapped, &large, DMA_TO_DEVICE);
	for (i = 0; i < ARRAY_SIZE(where) && !err; i++) {
		err = edu_map(test, edu, &part_mapped, &mem.list,
			      DMA_FROM_DEVICE);
		if (err)
			break;
		err = edu_transfer_slice(edu, &large_mapped, where[i],
					 EDU_MAX_BYTES, false) ?:
		      edu_transfer_slice(edu, &part_mapped, 0, EDU_MAX_BYTES,
					 true);
		dma_unmap_ranges(dev, &part_mapped, DMA_FROM_DEVICE, 0);
		if (!err && memcmp(page_address(mem.pages[0]), want + where[i],
				   EDU_MAX_BYTES))
			err = range_test_fail(test, -EIO,
					      "bytes at %llu are different",
					      where[i]);
	}
	dma_unmap_ranges(dev, &large_mapped, DMA_TO_DEVICE, 0);
	memory_destroy(&mem);
free_large:
	phys_range_list_destroy(&large);
	__free_pages(pages, get_order(SZ_2M));
	return err;
}

/* Copy what @list describes into the device and from there to memory, or back. */
static int edu_p2p_move(struct range_test *test, struct edu *edu,
			struct p2p_memory *p2p, struct phys_range_list *list,
			bool to_p2p, bool *refused)
{
	struct device *dev = &edu->pdev->dev;
	DEFINE_DMA_RANGE_LIST(p2p_mapped);
	DEFINE_DMA_RANGE_LIST(mapped);
	struct memory memory;
	int err;

	err = memory_init(&memory, MEMORY_UNALIGNED, 3);
	if (err)
		return err;
	err = phys_range_list_truncate(&memory.list, p2p->size, GFP_KERNEL) ?:
	      memory_write_pattern(&memory, 4);
	if (err)
		goto free;
	p2p_memory_write_pattern(p2p, 5);
	err = p2p_map(test, edu->pdev, &p2p_mapped, p2p, list,
		      to_p2p ? DMA_FROM_DEVICE : DMA_TO_DEVICE);
	if (err)
		goto free;
	*refused = dma_range_list_empty(&p2p_mapped);
	if (*refused)
		goto free;
	/* An IOMMU of QEMU's sees what a switch would keep from a real one. */
	if (!p2p_on_bus(edu->pdev) || !use_dma_iommu(dev)) {
		err = edu_map(test, edu, &mapped, &memory.list,
			      to_p2p ? DMA_TO_DEVICE : DMA_FROM_DEVICE);
		if (!err)
			err = edu_copy(edu, to_p2p ? &p2p_mapped : &mapped,
				       to_p2p ? &mapped : &p2p_mapped, to_p2p);
		dma_unmap_ranges(dev, &mapped,
				 to_p2p ? DMA_TO_DEVICE : DMA_FROM_DEVICE, 0);
		if (!err)
			err = to_p2p ? p2p_memory_check_pattern(test, p2p, 4) :
				       memory_check_pattern(test, &memory, 5);
	}
	dma_unmap_ranges(dev, &p2p_mapped,
			 to_p2p ? DMA_FROM_DEVICE : DMA_TO_DEVICE, 0);
free:
	memory_destroy(&memory);
	return err;
}

static int edu_test_p2p(struct range_test *test, struct edu *edu)
{
	DEFINE_PHYS_RANGE_LIST(list);
	struct p2p_memory p2p;
	bool refused = false;
	int err;

	err = p2p_memory_init(test, &p2p, edu->pdev, 2 * PAGE_SIZE);
	if (err)
		return err;
	err = p2p_memory_append(&p2p, &list) ?:
	      edu_p2p_move(test, edu, &p2p, &list, false, &refused) ?:
	      edu_p2p_move(test, edu, &p2p, &list, true, &refused);
	phys_range_list_destroy(&list);
	p2p_memory_destroy(&p2p);
	return err;
}

static int edu_test_threads(struct range_test *test, struct edu *edu)
{
	return threads_run(test, &edu->pdev->dev);
}

static const struct edu_test {
	const char *name;
	bool narrow;
	int (*run)(struct range_test *test, struct edu *edu);
	enum memory_shape from, to;
	unsigned int pages;
} edu_tests[] = {
	{ "edu-pages", .from = MEMORY_PAGES, .to = MEMORY_PAGES, .pages = 8 },
	{ "edu-unaligned", .from = MEMORY_UNALIGNED, .to = MEMORY_PAGES,
	  .pages = 5 },
	{ "edu-small", .from = MEMORY_SMALL, .to = MEMORY_SMALL, .pages = 6 },
	{ "edu-28-bit", .narrow = true, .run = edu_test_narrow },
	{ "edu-user", .run = edu_test_user },
	{ "edu-both-ways", .run = edu_test_both_ways },
	{ "edu-large", .run = edu_test_large },
	{ "edu-limits", .run = edu_test_limits },
	{ "edu-threads", .run = edu_test_threads },
	{ "edu-p2p", .run = edu_test_p2p },
};

static struct edu *edu_get(const struct edu_test *how, unsigned int depth)
{
	struct edu *edu, *last = NULL;

	list_for_each_entry(edu, &edus, list) {
		if (edu->narrow != how->narrow || pci_depth(edu->pdev) != depth)
			continue;
		if (mutex_trylock(&edu->busy))
			return edu;
		last = edu;
	}
	if (last)
		mutex_lock(&last->busy);
	return last;
}

int edu_run(struct range_test *test)
{
	const struct edu_test *how = edu_tests;
	struct edu *edu;
	int err;

	while (strcmp(how->name, test->name))
		if (++how == edu_tests + ARRAY_SIZE(edu_tests))
			return range_test_fail(test, -EINVAL, "no such test");
	edu = edu_get(how, test->depth);
	if (!edu)
		return range_test_skip(test, "there is no such edu device");
	err = range_test_check_device(test, &edu->pdev->dev);
	if (err)
		goto unlock;
	if (how->run)
		err = how->run(test, edu);
	else
		err = edu_test_copy(test, edu, how->from, how->to, how->pages,
				    false) ?:
		      edu_test_copy(test, edu, how->to, how->from, how->pages,
				    true);
unlock:
	mutex_unlock(&edu->busy);
	return err;
}

static int edu_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct edu *edu = devm_kzalloc(&pdev->dev, sizeof(*edu), GFP_KERNEL);
	int err;

	if (!edu)
		return -ENOMEM;
	edu->pdev = pdev;
	edu->narrow = pci_is_root_bus(pdev->bus) &&
		      PCI_SLOT(pdev->devfn) >= EDU_NARROW_SLOT;
	mutex_init(&edu->busy);
	err = pcim_enable_device(pdev);
	if (err)
		return err;
	edu->mmio = pcim_iomap_region(pdev, 0, KBUILD_MODNAME);
	if (IS_ERR(edu->mmio))
		return PTR_ERR(edu->mmio);
	err = dma_set_mask_and_coherent(&pdev->dev,
					DMA_BIT_MASK(edu->narrow ?
						     EDU_NARROW_BITS : 64));
	if (err)
		return err;
	dma_set_max_seg_size(&pdev->dev, EDU_MAX_BYTES);
	pci_set_master(pdev);
	pci_set_drvdata(pdev, edu);
	list_add_tail(&edu->list, &edus);
	return 0;
}

static void edu_remove(struct pci_dev *pdev)
{
	struct edu *edu = pci_get_drvdata(pdev);

	list_del(&edu->list);
	pci_clear_master(pdev);
}

static const struct pci_device_id edu_ids[] = {
	{ PCI_DEVICE(0x1234, 0x11e8) },
	{ }
};
MODULE_DEVICE_TABLE(pci, edu_ids);

struct pci_driver edu_driver = {
	.name = KBUILD_MODNAME,
	.id_table = edu_ids,
	.probe = edu_probe,
	.remove = edu_remove,
};
